// Rules about who may use a sender address: smtpd_sender_login_maps.
//
// The owners of an address are looked up as user+extension@domain, as
// user@domain and as @domain.
//
// Source:  postconf(5): reject_sender_login_mismatch,
//          reject_authenticated_sender_login_mismatch,
//          reject_known_sender_login_mismatch,
//          reject_unauthenticated_sender_login_mismatch.
// Threads: pure.

#ifndef POSTERN_MTA_RESTRICTIONS_LOGIN_RULES_H_
#define POSTERN_MTA_RESTRICTIONS_LOGIN_RULES_H_

#include "absl/types/span.h"
#include "mta/restrictions/rule.h"

namespace postern::mta::restrictions {

absl::Span<const RuleName> LoginRules();

}  // namespace postern::mta::restrictions

#endif  // POSTERN_MTA_RESTRICTIONS_LOGIN_RULES_H_
