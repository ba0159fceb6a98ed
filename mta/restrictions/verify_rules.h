// reject_unverified_sender, reject_unverified_recipient: is there somebody at
// the address?
//
// Addresses of our own domains are looked up; others are probed (verify.h). The
// null sender and the sender of our own probes are not verified.
//
// Source:  postconf(5): the names, unverified_*_{reject,defer}_code,
//          unverified_*_reject_reason, unverified_*_tempfail_action.
// Threads: as rule.h.

#ifndef POSTERN_MTA_RESTRICTIONS_VERIFY_RULES_H_
#define POSTERN_MTA_RESTRICTIONS_VERIFY_RULES_H_

#include <string>

#include "absl/types/span.h"
#include "mta/restrictions/rule.h"
#include "proto/config/v1/mta.pb.h"

namespace postern::mta::restrictions {

absl::Span<const RuleName> VerifyRules();

// Returns the sender of probes, address_verify_sender with a domain; empty: the
// null sender.
std::string ProbeSender(const config::v1::Mta& config);

}  // namespace postern::mta::restrictions

#endif  // POSTERN_MTA_RESTRICTIONS_VERIFY_RULES_H_
