// Which hosts to try for a next hop, best first, or why there is none.
//
//   const Candidates found = co_await finder.Find(next_hop, deadline);
//   if (found.trouble) …            // 5xx: fail for good, 4xx: defer
//   for (const Host& host : found.hosts) Connect(host.address, host.port);
//
// The DNS answers become replies as an operator expects them: a null MX is 556
// 5.1.10, a domain that does not exist 550 5.1.2, one without MX and without
// address 550 5.4.4, a failing DNS 451 4.4.3, a way back to ourselves 554
// 5.4.6. The same of a relayhost is a mistake in our own configuration: 451
// 4.3.5, so that its mail waits.
//
// Source:  RFC 5321 section 5.1 (order of MX, the domain's address as implicit
//          MX, cutting off at our own preference), RFC 7505 (null MX),
//          RFC 3463 (codes), RFC 7672 section 2.2 (what must be secure). Hosts
//          of equal preference are shuffled.
// Errors:  none: a trouble is a value.
// Threads: safe to share.
// Limits:  the best 16 exchangers are looked at; `address_limit` addresses are
//          returned, 3 of each exchanger when there are several (MTA-31).

#ifndef POSTERN_MTA_ROUTING_MX_H_
#define POSTERN_MTA_ROUTING_MX_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "lib/dns/resolver.h"
#include "lib/net/deadline.h"
#include "lib/net/ip.h"
#include "lib/net/task.h"
#include "mta/routing/next_hop.h"
#include "mta/routing/own_endpoints.h"
#include "mta/smtp/reply.h"

namespace postern::mta::routing {

struct Host {
  std::string name;  // As the MX or the relayhost has it, or the address.
  net::IpAddress address;
  uint16_t port = 0;
  std::string socket = {};  // The path, instead of address and port.
  size_t place = 0;         // Which of the next hop's places: 0 is its first.
  // Nobody can have made up that the next hop has this host (a validated MX, or
  // our own settings), and that the host has this address: DNSSEC says so.
  bool is_name_secure = false;
  bool is_address_secure = false;
  std::string canonical_name = {};  // Where the CNAMEs of the name ended.

  // Returns "mx.example.org[192.0.2.1]:25", as Postfix writes a relay, or
  // "unix[/path]".
  std::string ToString() const;

  friend bool operator==(const Host&, const Host&) = default;
};

struct Candidates {
  std::vector<Host> hosts;  // Empty if and only if there is a trouble.
  std::optional<smtp::Reply> trouble;
};

class MxFinder {
 public:
  // All arguments must outlive the finder.
  MxFinder(dns::Resolver& resolver, const OwnEndpoints& own,
           size_t address_limit)
      : resolver_(resolver), own_(own), address_limit_(address_limit) {}

  // Returns the candidates for `next_hop`: a host, a domain or a socket; those
  // of its other places come behind.
  net::Task<Candidates> Find(NextHop next_hop, net::Deadline deadline) const;

 private:
  net::Task<Candidates> FindOne(NextHop next_hop, net::Deadline deadline) const;
  net::Task<Candidates> FindMx(NextHop next_hop, net::Deadline deadline) const;
  net::Task<Candidates> FindHost(NextHop next_hop,
                                 net::Deadline deadline) const;

  dns::Resolver& resolver_;
  const OwnEndpoints& own_;
  const size_t address_limit_;
};

}  // namespace postern::mta::routing

#endif  // POSTERN_MTA_ROUTING_MX_H_
