// Stops asking a server that does not answer, and finds out when it does again.
//
// Closed: everything passes. After so many failures in a row it opens: nothing
// passes for a pause. Then one trial is allowed (half open): its success closes
// the breaker, its failure opens it for twice the pause, up to a longest. The
// pauses are drawn from the upper half of their length, so that many clients
// do not come back at the same moment.
//
//   if (!breaker.is_closed()) return breaker_is_open;
//   …ask… breaker.Succeeded() or breaker.Failed(now, jitter)
//
// Threads: one at a time. There is no clock here: callers say what time it is.

#ifndef POSTERN_LIB_REDIS_CIRCUIT_BREAKER_H_
#define POSTERN_LIB_REDIS_CIRCUIT_BREAKER_H_

#include "absl/time/time.h"
#include "lib/net/deadline.h"

namespace postern::redis {

class CircuitBreaker {
 public:
  using TimePoint = net::Deadline::TimePoint;

  struct Options {
    int failures = 5;  // In a row; at least 1.
    absl::Duration shortest_pause = absl::Milliseconds(100);
    absl::Duration longest_pause = absl::Seconds(5);
  };

  enum class State { kClosed, kOpen, kHalfOpen };

  explicit CircuitBreaker(Options options);

  bool is_closed() const { return state_ == State::kClosed; }
  State state() const { return state_; }

  // Begins the trial, if the pause is over; false if it is not, or a trial is
  // under way, or the breaker is closed. Its end must be reported.
  bool BeginTrial(TimePoint now);

  // When a trial may begin; meaningful while open.
  TimePoint trial_time() const { return trial_time_; }

  // Reports how something went. What was asked before the breaker opened may
  // end while it is open: that changes nothing. `jitter` is in [0, 1).
  void Succeeded();
  void Failed(TimePoint now, double jitter);

 private:
  Options options_;
  State state_ = State::kClosed;
  int failures_ = 0;      // In a row, while closed.
  absl::Duration pause_;  // The next one.
  TimePoint trial_time_ = {};
};

}  // namespace postern::redis

#endif  // POSTERN_LIB_REDIS_CIRCUIT_BREAKER_H_
