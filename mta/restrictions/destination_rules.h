// Rules about where a recipient belongs, and who may send elsewhere.
//
// Source:  postconf(5): permit_mynetworks, permit_sasl_authenticated,
//          permit_tls_clientcerts, permit_auth_destination,
//          reject_unauth_destination, defer_unauth_destination,
//          permit_inet_interfaces.
// Threads: pure.

#ifndef POSTERN_MTA_RESTRICTIONS_DESTINATION_RULES_H_
#define POSTERN_MTA_RESTRICTIONS_DESTINATION_RULES_H_

#include "absl/types/span.h"
#include "mta/restrictions/rule.h"

namespace postern::mta::restrictions {

absl::Span<const RuleName> DestinationRules();

}  // namespace postern::mta::restrictions

#endif  // POSTERN_MTA_RESTRICTIONS_DESTINATION_RULES_H_
