// Which hosts take the mail of a domain.
//
//   CO_ASSIGN_OR_RETURN(dns::MailHosts mail,
//                       co_await dns::LookupMx(resolver, domain, deadline));
//   if (mail.outcome != dns::MailHosts::Outcome::kHosts) …bounce…
//
// Source:  RFC 5321 section 5.1, RFC 7505 (null MX; ignored when the domain
//          has other MX records as well).
// Errors:  DeadlineExceeded, Unavailable (resolver.h): the mail waits.
// Threads: `resolver` must outlive the task.
// Limits:  50 hosts, the most preferred ones (MTA-31).

#ifndef POSTERN_LIB_DNS_MX_H_
#define POSTERN_LIB_DNS_MX_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "lib/dns/resolver.h"
#include "lib/net/deadline.h"
#include "lib/net/task.h"

namespace postern::dns {

// Hosts that are equally good: RFC 5321 wants them tried in random order.
struct MxGroup {
  uint16_t preference = 0;
  std::vector<std::string> hosts;  // Sorted by name.
};

struct MailHosts {
  enum class Outcome {
    kHosts,
    kNullMx,        // The domain takes no mail (RFC 7505): 556 5.1.10.
    kNoSuchDomain,  // NXDOMAIN: 550 5.1.2.
  };
  Outcome outcome = Outcome::kHosts;
  std::vector<MxGroup> groups;  // The most preferred first.
  // There is no MX: the one host is the domain itself, if it has an address.
  bool is_implicit = false;
  bool secure = false;
};

net::Task<absl::StatusOr<MailHosts>> LookupMx(Resolver& resolver,
                                              std::string domain,
                                              net::Deadline deadline);

// Puts the records of an answer in order; what LookupMx() does without DNS.
MailHosts OrderMx(std::vector<Mx> records);

}  // namespace postern::dns

#endif  // POSTERN_LIB_DNS_MX_H_
