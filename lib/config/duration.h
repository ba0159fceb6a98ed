// Durations as people write them: "5m", "1h30m", "35d", "500ms", "0.5s", "0".
//
// The units are d, h, m, s, ms, us and ns, each at most once and the larger
// ones first. A number without a unit is refused unless it is 0: nobody should
// have to guess.
//
// Errors:  InvalidArgument; the text says what is wanted.
// Threads: pure.
// Limits:  from 0 to 10 000 years, in whole nanoseconds: what fits into
//          google.protobuf.Duration.

#ifndef POSTERN_LIB_CONFIG_DURATION_H_
#define POSTERN_LIB_CONFIG_DURATION_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace postern::config {

// The longest duration.
constexpr absl::Duration kMaxDuration = absl::Seconds(315'576'000'000);

absl::StatusOr<absl::Duration> ParseDuration(absl::string_view text);

// Returns a short text that ParseDuration() reads back exactly: "90m", "5d",
// "1d1m". `duration` is in whole nanoseconds and within the limits.
std::string DurationText(absl::Duration duration);

}  // namespace postern::config

#endif  // POSTERN_LIB_CONFIG_DURATION_H_
