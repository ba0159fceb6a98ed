// Makes connections to hosts: from which address of ours, straight or through a
// SOCKS5 server, and with a PROXY header in front if the other side wants one.
//
//   ASSIGN_OR_RETURN(std::shared_ptr<const Connector> connector,
//                    Connector::FromConfig(config));
//   absl::StatusOr<net::Stream> stream =
//       co_await connector->Connect(host, "example.org:25", deadline);
//
// What goes to a Unix socket goes straight there.
//
// Errors:  FromConfig() returns InvalidArgument; the text starts with the
//          config field at fault. Connect(): those of net::Connect(), and what
//          the SOCKS5 server says.
// Threads: immutable; safe to share.

#ifndef POSTERN_MTA_OUTBOUND_CONNECTOR_H_
#define POSTERN_MTA_OUTBOUND_CONNECTOR_H_

#include <cstddef>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "lib/net/deadline.h"
#include "lib/net/endpoint.h"
#include "lib/net/stream.h"
#include "lib/net/task.h"
#include "mta/outbound/bind_addresses.h"
#include "mta/routing/mx.h"
#include "mta/sasl/client.h"
#include "proto/config/v1/mta.pb.h"

namespace postern::mta::outbound {

class Connector {
 public:
  static absl::StatusOr<std::shared_ptr<const Connector>> FromConfig(
      const config::v1::Mta& config);

  net::Task<absl::StatusOr<net::Stream>> Connect(routing::Host host,
                                                 std::string destination,
                                                 net::Deadline deadline) const;

  // Returns our name on that connection.
  const std::string& HeloName(const net::Stream& stream) const {
    return addresses_.HeloName(stream.local().host);
  }

 private:
  explicit Connector(BindAddresses addresses)
      : addresses_(std::move(addresses)) {}

  absl::Status ReadSocks(const config::v1::Smtp& config);
  // Has the SOCKS5 server at the other end connect to `host`.
  net::Task<absl::Status> GoThrough(net::Stream& stream, routing::Host host,
                                    net::Deadline deadline) const;

  const BindAddresses addresses_;
  std::optional<net::Endpoint> socks_;
  std::optional<sasl::Login> socks_login_;
  bool says_ends_ = false;
};

}  // namespace postern::mta::outbound

#endif  // POSTERN_MTA_OUTBOUND_CONNECTOR_H_
