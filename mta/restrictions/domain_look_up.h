// Is there mail, or a host, behind a domain name?
//
//   const DomainStatus status = co_await LookUpDomain(resolver, "example.org");
//
// Source:  postconf(5), reject_unknown_sender_domain: an MX, or an address.
//          RFC 7505 for the null MX. A name has the form of a host name.
// Threads: `resolver` must outlive the task.
// Limits:  kLookUpTime in all; what takes longer is a temporary failure.

#ifndef POSTERN_MTA_RESTRICTIONS_DOMAIN_LOOK_UP_H_
#define POSTERN_MTA_RESTRICTIONS_DOMAIN_LOOK_UP_H_

#include <string>

#include "absl/time/time.h"
#include "lib/dns/resolver.h"
#include "lib/net/task.h"

namespace postern::mta::restrictions {

inline constexpr absl::Duration kLookUpTime = absl::Seconds(10);

enum class DomainStatus {
  kOk,
  kNone,              // No MX and no address.
  kNullMx,            // The domain says that it takes no mail.
  kTemporaryFailure,  // Nobody knows now.
};

// MX first, then addresses.
net::Task<DomainStatus> LookUpDomain(dns::Resolver& resolver,
                                     std::string domain);
// Addresses first, then MX.
net::Task<DomainStatus> LookUpHost(dns::Resolver& resolver, std::string name);

}  // namespace postern::mta::restrictions

#endif  // POSTERN_MTA_RESTRICTIONS_DOMAIN_LOOK_UP_H_
