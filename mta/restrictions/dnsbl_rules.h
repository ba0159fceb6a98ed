// The rules that ask DNS lists:
//
//   reject_rbl_client zone[=filter]      permit_dnswl_client zone[=filter]
//   reject_rhsbl_client                  permit_rhswl_client
//   reject_rhsbl_reverse_client
//   reject_rhsbl_helo
//   reject_rhsbl_sender
//   reject_rhsbl_recipient
//
// A list that cannot be asked is no reason to refuse: the next rule decides.
// For a permission it means that a refusal by a later rule becomes a deferral.
// A permission never opens the relay: it does not count for a recipient that is
// none of ours. Domains that end in a number, and addresses in brackets, are
// not asked about.
//
// Source:  postconf(5): the names, default_rbl_reply, rbl_reply_maps,
//          maps_rbl_reject_code; RFC 5782 for IPv6 (nibbles).
// Threads: as rule.h.

#ifndef POSTERN_MTA_RESTRICTIONS_DNSBL_RULES_H_
#define POSTERN_MTA_RESTRICTIONS_DNSBL_RULES_H_

#include "absl/types/span.h"
#include "mta/restrictions/rule.h"

namespace postern::mta::restrictions {

absl::Span<const RuleName> DnsblRules();

}  // namespace postern::mta::restrictions

#endif  // POSTERN_MTA_RESTRICTIONS_DNSBL_RULES_H_
