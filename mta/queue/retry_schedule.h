// When to try a deferred message again, and when to give up and bounce it.
//
// A schedule is a list of waits. The first wait follows the first failed
// attempt, the second wait the second, and so on; the last wait repeats until
// the message is too old. A wait may be longer by a part that differs from
// message to message, so that mail that failed together is not tried together
// for ever; it follows from when the message was queued. There is no clock and
// no I/O here: callers pass the times in, so tests are plain arithmetic.
//
//   auto schedule = RetrySchedule::Create({absl::Minutes(30), absl::Hours(2)},
//                                         absl::Hours(5 * 24), 0.1);
//   std::optional<absl::Time> next =
//       schedule->NextAttempt(/*failures=*/1, queued, clock.Now());
//
// Source:  RFC 5321 section 4.5.4.1: wait at least 30 minutes as a rule, keep
//          trying for at least 4-5 days, and make both configurable.
// Errors:  Create() returns InvalidArgument; the text starts with the name of
//          the config field at fault.
// Threads: immutable once created; safe to share.

#ifndef POSTERN_MTA_QUEUE_RETRY_SCHEDULE_H_
#define POSTERN_MTA_QUEUE_RETRY_SCHEDULE_H_

#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace postern::mta::queue {

class RetrySchedule {
 public:
  // `waits` must be positive and never shrink. `give_up_after` is the largest
  // age a message may reach in the queue; it must leave room for one retry.
  // `jitter` is the largest part of itself by which a wait is longer.
  static absl::StatusOr<RetrySchedule> Create(std::vector<absl::Duration> waits,
                                              absl::Duration give_up_after,
                                              double jitter);

  // Returns when to try next, or nullopt when the message must be bounced now.
  //
  // `failures` counts the attempts made so far, all failed; it is at least 1.
  // `queued` is when we accepted the message, `last_failure` when the latest
  // attempt ended.
  std::optional<absl::Time> NextAttempt(int failures, absl::Time queued,
                                        absl::Time last_failure) const;

  // Returns the same schedule for mail that may not get so old.
  RetrySchedule EndingAfter(absl::Duration give_up_after) const;

  absl::Duration give_up_after() const { return give_up_after_; }
  // No attempt is planned later than this after the one before.
  absl::Duration longest_wait() const { return (1 + jitter_) * waits_.back(); }

 private:
  RetrySchedule(std::vector<absl::Duration> waits, absl::Duration give_up_after,
                double jitter);

  std::vector<absl::Duration> waits_;  // Never empty.
  absl::Duration give_up_after_;
  double jitter_;
};

}  // namespace postern::mta::queue

#endif  // POSTERN_MTA_QUEUE_RETRY_SCHEDULE_H_
