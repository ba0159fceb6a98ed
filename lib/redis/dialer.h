// Makes connections to Redis: finds the address, connects, starts TLS and logs
// in.
//
// Errors:  Unavailable or DeadlineExceeded; the text begins with the endpoint.
// Threads: immutable; safe to share between reactors.
// Limits:  `timeout` for all of it; several addresses of a host share it.

#ifndef POSTERN_LIB_REDIS_DIALER_H_
#define POSTERN_LIB_REDIS_DIALER_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "lib/net/endpoint.h"
#include "lib/net/stream.h"
#include "lib/net/task.h"
#include "lib/net/tls.h"
#include "lib/redis/login.h"

namespace postern::dns {
class Resolver;
}

namespace postern::redis {

class Dialer {
 public:
  struct Options {
    Login login;
    net::TlsContext* tls = nullptr;  // nullptr: in the clear.
    std::string tls_server_name;     // Empty: the endpoint's host.
    absl::Duration timeout;
    dns::Resolver* resolver = nullptr;  // nullptr: addresses only.
  };

  // What `options` points to must outlive the dialer.
  explicit Dialer(Options options);

  // Returns a connection that is logged in. The password file is read anew.
  net::Task<absl::StatusOr<net::Stream>> Dial(net::Endpoint endpoint) const;

 private:
  net::Task<absl::StatusOr<net::Stream>> Connect(net::Endpoint endpoint,
                                                 net::Deadline deadline) const;
  net::Task<absl::Status> LogIn(net::Stream& stream,
                                net::Deadline deadline) const;
  // Dial() without the endpoint in the text of errors.
  net::Task<absl::StatusOr<net::Stream>> TryToDial(
      net::Endpoint endpoint, net::Deadline deadline) const;

  Options options_;
};

}  // namespace postern::redis

#endif  // POSTERN_LIB_REDIS_DIALER_H_
