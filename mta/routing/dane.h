// Finds the TLSA records of a host, by which it is known without any authority
// (DANE).
//
//   const absl::StatusOr<TlsaFound> found =
//       co_await FindTlsa(resolver, host, deadline);
//   if (!found.ok()) …no mail to this host now…
//
// Source:  RFC 7672 section 2.2.2 (which name they stand at: where the CNAMEs
//          of the host end, else the host's own), section 2.2.3 (only secure
//          ones count), section 3.1.3 (which are usable). They are looked for
//          only where the host's addresses are secure, or the alias is that the
//          host's name is.
// Errors:  what the resolver says: the records cannot be had, or are forged. To
//          go on as if there were none would be what a forger wants.
// Threads: `resolver` must outlive the task.
// Limits:  100 usable records.

#ifndef POSTERN_MTA_ROUTING_DANE_H_
#define POSTERN_MTA_ROUTING_DANE_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "lib/dns/resolver.h"
#include "lib/net/deadline.h"
#include "lib/net/task.h"
#include "lib/net/tls_peer.h"
#include "mta/routing/mx.h"

namespace postern::mta::routing {

struct TlsaFound {
  // The name that the host is known by; empty: it has no records.
  std::string base;
  // Empty though there is a base: none can be used. TLS is a must then, but
  // the certificate may be any (RFC 7672 section 2.2).
  std::vector<net::TlsaRecord> usable;
  // All records as text: "3 1 1 ab12…".
  std::vector<std::string> strings;

  bool is_any() const { return !base.empty(); }
};

net::Task<absl::StatusOr<TlsaFound>> FindTlsa(dns::Resolver& resolver,
                                              Host host,
                                              net::Deadline deadline);

}  // namespace postern::mta::routing

#endif  // POSTERN_MTA_ROUTING_DANE_H_
