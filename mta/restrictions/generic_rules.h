// Rules that look at nothing in particular: permit, reject, defer,
// defer_if_permit, defer_if_reject, sleep.
//
// Source:  postconf(5), "Generic restrictions".
// Threads: pure.
// Limits:  sleep waits kMaxSleep at most.

#ifndef POSTERN_MTA_RESTRICTIONS_GENERIC_RULES_H_
#define POSTERN_MTA_RESTRICTIONS_GENERIC_RULES_H_

#include "absl/time/time.h"
#include "absl/types/span.h"
#include "mta/restrictions/rule.h"

namespace postern::mta::restrictions {

inline constexpr absl::Duration kMaxSleep = absl::Seconds(60);

absl::Span<const RuleName> GenericRules();

}  // namespace postern::mta::restrictions

#endif  // POSTERN_MTA_RESTRICTIONS_GENERIC_RULES_H_
