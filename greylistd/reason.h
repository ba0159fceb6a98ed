// Why a request was answered as it was: one closed set for metrics, log and
// operators.
//
// Threads: values.

#ifndef POSTERN_GREYLISTD_REASON_H_
#define POSTERN_GREYLISTD_REASON_H_

#include <cstddef>

#include "absl/strings/string_view.h"
#include "greylistd/decision.h"

namespace postern::greylistd {

// The label `reason` of the metric and of log lines.
enum class Reason {
  kNew,
  kEarlyRetry,
  kPendingLimit,
  kFirstPass,
  kKnown,
  kAllowedClient,
  kAuthenticated,
  kClientAllowlist,
  kRecipientAllowlist,
  kRule,
  kDnsAllowlist,
  kIncomplete,    // Attributes are missing: nothing to decide.
  kStoreFailure,  // Decided by on_store_failure.
};
inline constexpr size_t kReasons = 13;

// Returns "early_retry" and the like.
absl::string_view ReasonName(Reason reason);

// Why somebody does not have to wait, before any store is asked.
enum class Skip {
  kNone,
  kAuthenticated,
  kClientAllowlist,
  kRecipientAllowlist,
  kRule,
};

// `skip` is not kNone.
Reason ReasonOf(Skip skip);
Reason ReasonOf(Outcome::Kind kind);

}  // namespace postern::greylistd

#endif  // POSTERN_GREYLISTD_REASON_H_
