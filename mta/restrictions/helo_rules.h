// Rules about the name in HELO.
//
// Without HELO there is nothing to judge (smtpd_helo_required).
//
// Source:  postconf(5): reject_invalid_helo_hostname,
//          reject_non_fqdn_helo_hostname, reject_unknown_helo_hostname; also
//          without "helo_", as they were called once.
// Threads: pure.

#ifndef POSTERN_MTA_RESTRICTIONS_HELO_RULES_H_
#define POSTERN_MTA_RESTRICTIONS_HELO_RULES_H_

#include "absl/types/span.h"
#include "mta/restrictions/rule.h"

namespace postern::mta::restrictions {

absl::Span<const RuleName> HeloRules();

}  // namespace postern::mta::restrictions

#endif  // POSTERN_MTA_RESTRICTIONS_HELO_RULES_H_
