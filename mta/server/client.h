// Who is at the other end of a session, as far as it is known by now.
//
//   const dns::ClientName name = co_await client.Name();
//   Show(client.address(), client.address_text(), name.verified_name);
//
// Threads: one at a time.

#ifndef POSTERN_MTA_SERVER_CLIENT_H_
#define POSTERN_MTA_SERVER_CLIENT_H_

#include <cstdint>
#include <memory>
#include <string>

#include "lib/dns/client_name.h"
#include "lib/net/drain.h"
#include "lib/net/ip.h"
#include "lib/net/stream.h"
#include "lib/net/task.h"
#include "mta/server/client_names.h"

namespace postern::mta::server {

class Client {
 public:
  // Begins to look its name up. `names` and `drain` must outlive it.
  Client(const net::Stream& stream, ClientNames& names, net::Drain& drain);

  const net::IpAddress& address() const { return address_; }
  // The same as text.
  const std::string& address_text() const { return address_text_; }
  uint16_t port() const { return port_; }

  // Returns its names, "unknown" where there is none; waits for the look-up.
  net::Task<dns::ClientName> Name();

 private:
  net::IpAddress address_;
  std::string address_text_;
  uint16_t port_;
  std::shared_ptr<ClientNames::Lookup> lookup_;
};

}  // namespace postern::mta::server

#endif  // POSTERN_MTA_SERVER_CLIENT_H_
