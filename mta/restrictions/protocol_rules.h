// Rules about how a client speaks.
//
// Source:  postconf(5): reject_unauth_pipelining,
//          reject_multi_recipient_bounce, reject_plaintext_session.
// Threads: pure.

#ifndef POSTERN_MTA_RESTRICTIONS_PROTOCOL_RULES_H_
#define POSTERN_MTA_RESTRICTIONS_PROTOCOL_RULES_H_

#include "absl/types/span.h"
#include "mta/restrictions/rule.h"

namespace postern::mta::restrictions {

absl::Span<const RuleName> ProtocolRules();

}  // namespace postern::mta::restrictions

#endif  // POSTERN_MTA_RESTRICTIONS_PROTOCOL_RULES_H_
