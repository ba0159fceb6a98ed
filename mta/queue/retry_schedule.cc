#include "mta/queue/retry_schedule.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace postern::mta::queue {

absl::StatusOr<RetrySchedule> RetrySchedule::Create(
    std::vector<absl::Duration> waits, absl::Duration give_up_after) {
  if (waits.empty() || waits.front() <= absl::ZeroDuration()) {
    return absl::InvalidArgumentError(
        "queue.retry_waits: needs positive waits");
  }
  if (!std::is_sorted(waits.begin(), waits.end())) {
    return absl::InvalidArgumentError("queue.retry_waits: must not shrink");
  }
  if (give_up_after <= waits.front()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "queue.maximal_queue_lifetime: ", absl::FormatDuration(give_up_after),
        " is over before the first retry"));
  }
  return RetrySchedule(std::move(waits), give_up_after);
}

RetrySchedule::RetrySchedule(std::vector<absl::Duration> waits,
                             absl::Duration give_up_after)
    : waits_(std::move(waits)), give_up_after_(give_up_after) {}

std::optional<absl::Time> RetrySchedule::NextAttempt(
    int failures, absl::Time queued, absl::Time last_failure) const {
  assert(failures >= 1);
  const size_t step = std::min<size_t>(failures, waits_.size()) - 1;
  const absl::Time next = last_failure + waits_[step];
  if (next > queued + give_up_after_) return std::nullopt;
  return next;
}

}  // namespace postern::mta::queue
