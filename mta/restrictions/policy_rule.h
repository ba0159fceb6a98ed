// check_policy_service: a rule that asks another program.
//
//   check_policy_service inet:127.0.0.1:10023
//   check_policy_service { unix:/run/greylistd, timeout=5s,
//                          default_action=DUNNO }
//
// A service is asked through one object however often it is named.
//
// Source:  postconf(5), check_policy_service; mta/filters/policy_service.h has
//          the syntax.
// Threads: as rule.h.

#ifndef POSTERN_MTA_RESTRICTIONS_POLICY_RULE_H_
#define POSTERN_MTA_RESTRICTIONS_POLICY_RULE_H_

#include "absl/types/span.h"
#include "mta/restrictions/rule.h"

namespace postern::mta::restrictions {

absl::Span<const RuleName> PolicyRules();

}  // namespace postern::mta::restrictions

#endif  // POSTERN_MTA_RESTRICTIONS_POLICY_RULE_H_
