// A point on the steady clock at which a wait ends, whatever happens to the
// wall clock meanwhile.
//
// Threads: a value.

#ifndef POSTERN_LIB_NET_DEADLINE_H_
#define POSTERN_LIB_NET_DEADLINE_H_

#include <algorithm>
#include <chrono>
#include <compare>

#include "absl/time/time.h"

namespace postern::net {

class Deadline {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  // Returns the deadline `wait` from now.
  static Deadline After(absl::Duration wait) {
    return Deadline(std::chrono::steady_clock::now() +
                    absl::ToChronoNanoseconds(std::min(wait, kLongest)));
  }

  bool has_passed() const { return std::chrono::steady_clock::now() >= at_; }

  // Returns the time that is left, zero once the deadline has passed.
  absl::Duration Left() const {
    return std::max(absl::ZeroDuration(),
                    absl::FromChrono(at_ - std::chrono::steady_clock::now()));
  }

  TimePoint time_point() const { return at_; }

  friend auto operator<=>(const Deadline&, const Deadline&) = default;

 private:
  static constexpr absl::Duration kLongest = absl::Hours(24 * 365);

  explicit Deadline(TimePoint at) : at_(at) {}

  TimePoint at_;
};

}  // namespace postern::net

#endif  // POSTERN_LIB_NET_DEADLINE_H_
