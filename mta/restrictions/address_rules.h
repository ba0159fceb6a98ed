// Rules about the addresses and domains of sender and recipient.
//
// The null sender is never judged, nor is an address literal.
//
// Source:  postconf(5): reject_non_fqdn_sender, reject_non_fqdn_recipient,
//          reject_unknown_sender_domain (also reject_unknown_address),
//          reject_unknown_recipient_domain, reject_unlisted_sender,
//          reject_unlisted_recipient (also check_recipient_maps).
// Threads: pure.

#ifndef POSTERN_MTA_RESTRICTIONS_ADDRESS_RULES_H_
#define POSTERN_MTA_RESTRICTIONS_ADDRESS_RULES_H_

#include "absl/types/span.h"
#include "mta/restrictions/rule.h"

namespace postern::mta::restrictions {

absl::Span<const RuleName> AddressRules();

}  // namespace postern::mta::restrictions

#endif  // POSTERN_MTA_RESTRICTIONS_ADDRESS_RULES_H_
