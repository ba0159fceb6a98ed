// Which zone a name is in, and who serves it.
//
//   CO_ASSIGN_OR_RETURN(const Zone zone,
//                       co_await FindZone(resolver, name, deadline));
//   CO_ASSIGN_OR_RETURN(const std::vector<NameServer> servers,
//                       co_await FindNameServers(resolver, zone.name,
//                       deadline));
//
// Source:  RFC 1034 section 4.2, RFC 2136 section 4.3: the primary is the one
//          that the SOA record names.
// Errors:  those of resolver.h; NotFound: there is no zone, or a name server
//          has no address.
// Threads: `resolver` must outlive the task.
// Limits:  32 name servers; more are Unavailable.

#ifndef POSTERN_LIB_DNS_ZONE_H_
#define POSTERN_LIB_DNS_ZONE_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "lib/dns/resolver.h"
#include "lib/net/deadline.h"
#include "lib/net/ip.h"
#include "lib/net/task.h"

namespace postern::dns {

struct Zone {
  std::string name;
  std::string primary;  // The host that takes changes.
};

// Looks at `name` and at each name above it.
net::Task<absl::StatusOr<Zone>> FindZone(Resolver& resolver, std::string name,
                                         net::Deadline deadline);

struct NameServer {
  std::string name;
  std::vector<net::IpAddress> addresses;  // Never empty.
};

// Returns all name servers of the zone.
net::Task<absl::StatusOr<std::vector<NameServer>>> FindNameServers(
    Resolver& resolver, std::string zone, net::Deadline deadline);

}  // namespace postern::dns

#endif  // POSTERN_LIB_DNS_ZONE_H_
