// Rules about the client's names in the DNS.
//
// Source:  postconf(5): reject_unknown_client_hostname (also as
//          reject_unknown_client), reject_unknown_reverse_client_hostname.
// Threads: pure.

#ifndef POSTERN_MTA_RESTRICTIONS_CLIENT_RULES_H_
#define POSTERN_MTA_RESTRICTIONS_CLIENT_RULES_H_

#include "absl/types/span.h"
#include "mta/restrictions/rule.h"

namespace postern::mta::restrictions {

absl::Span<const RuleName> ClientRules();

}  // namespace postern::mta::restrictions

#endif  // POSTERN_MTA_RESTRICTIONS_CLIENT_RULES_H_
