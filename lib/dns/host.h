// The addresses of a host.
//
//   CO_ASSIGN_OR_RETURN(dns::HostAddresses host,
//                       co_await dns::ResolveHost(resolver, name, deadline));
//
// Source:  RFC 6761 section 6.3: "localhost" is never asked for.
// Errors:  DeadlineExceeded, Unavailable (resolver.h). When one of A and AAAA
//          fails and the other has addresses, these are the result.
// Threads: `resolver` must outlive the task.
// Limits:  64 addresses; more are left out.

#ifndef POSTERN_LIB_DNS_HOST_H_
#define POSTERN_LIB_DNS_HOST_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "lib/dns/resolver.h"
#include "lib/net/deadline.h"
#include "lib/net/endpoint.h"
#include "lib/net/ip.h"
#include "lib/net/task.h"

namespace postern::dns {

struct HostAddresses {
  std::vector<net::IpAddress> addresses;  // A first, then AAAA.
  bool exists = false;  // False: NXDOMAIN. True with no addresses: NODATA.
  bool secure = false;  // All of it was validated with DNSSEC.
  // Where the CNAMEs of the name ended; empty: it was not asked for.
  std::string canonical_name = {};
};

// Looks up A and AAAA. `host` may be an address itself, which is the result.
net::Task<absl::StatusOr<HostAddresses>> ResolveHost(Resolver& resolver,
                                                     std::string host,
                                                     net::Deadline deadline);

// Returns `endpoint` with each address of its host: what net::Connect takes. A
// Unix socket and an address are returned as they are. Never empty: a host
// without an address is Unavailable.
net::Task<absl::StatusOr<std::vector<net::Endpoint>>> ResolveEndpoints(
    Resolver& resolver, net::Endpoint endpoint, net::Deadline deadline);

}  // namespace postern::dns

#endif  // POSTERN_LIB_DNS_HOST_H_
