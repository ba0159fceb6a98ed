// Who is at the other end of a session, as far as it is known by now: the peer
// of the socket, or whom it speaks for (XCLIENT).
//
//   const dns::ClientName name = co_await client.Name();
//   Show(client.address(), client.address_text(), name.verified_name);
//
// Threads: one at a time.

#ifndef POSTERN_MTA_SERVER_CLIENT_H_
#define POSTERN_MTA_SERVER_CLIENT_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "lib/dns/client_name.h"
#include "lib/net/drain.h"
#include "lib/net/endpoint.h"
#include "lib/net/ip.h"
#include "lib/net/stream.h"
#include "lib/net/task.h"
#include "mta/server/client_names.h"
#include "mta/smtp/client_attributes.h"

namespace postern::mta::server {

class Client {
 public:
  // Begins to look its name up. `names` and `drain` must outlive it.
  Client(const net::Stream& stream, ClientNames& names, net::Drain& drain);

  // 0.0.0.0 if it is not known.
  const net::IpAddress& address() const { return address_; }
  // The same as text; "unknown" if it is not known.
  const std::string& address_text() const { return address_text_; }
  uint16_t port() const { return port_; }
  // Our own end of the connection.
  const net::Endpoint& server() const { return server_; }
  // Tells whether it is this host: 127.0.0.1, ::1, or our own end's address.
  bool is_this_host() const;
  // Who has authenticated, as a proxy says; empty: nobody.
  const std::string& login() const { return login_; }

  // Returns its names, "unknown" where there is none; waits for the look-up.
  net::Task<dns::ClientName> Name();

  // Becomes what XCLIENT tells. A new address without a name has its name
  // looked up.
  void Take(const smtp::ClientAttributes& told);

 private:
  void TakeAddress(const std::string& address);
  void TakeName(const smtp::ClientAttributes::Value& name);

  ClientNames& names_;
  net::Drain& drain_;
  net::IpAddress address_;
  std::string address_text_;
  uint16_t port_;
  net::Endpoint server_;
  std::string login_;
  std::shared_ptr<ClientNames::Lookup> lookup_;
  std::optional<dns::ClientName> told_name_;  // Instead of the look-up.
};

}  // namespace postern::mta::server

#endif  // POSTERN_MTA_SERVER_CLIENT_H_
