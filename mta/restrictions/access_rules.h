// Rules that look something up in an access table and do what it says.
//
//   check_client_access hash:/etc/postern/clients
//   check_recipient_access inline:{ {abuse@ = OK} {example.org = REJECT} }
//
// Source:  access(5); postconf(5): check_client_access,
//          check_reverse_client_hostname_access, check_helo_access,
//          check_sender_access, check_recipient_access, check_ccert_access.
// Threads: pure.

#ifndef POSTERN_MTA_RESTRICTIONS_ACCESS_RULES_H_
#define POSTERN_MTA_RESTRICTIONS_ACCESS_RULES_H_

#include "absl/types/span.h"
#include "mta/restrictions/rule.h"

namespace postern::mta::restrictions {

absl::Span<const RuleName> AccessRules();

}  // namespace postern::mta::restrictions

#endif  // POSTERN_MTA_RESTRICTIONS_ACCESS_RULES_H_
