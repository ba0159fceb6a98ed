#include "mta/queue/retry_schedule.h"

#include <algorithm>
#include <cassert>
#include <cstdint>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace postern::mta::queue {
namespace {

// Returns a number from 0 to 1 that is a message's own.
double ChanceOf(absl::Time queued, int failures) {
  // SplitMix64: neighbouring times are far apart afterwards.
  uint64_t x = static_cast<uint64_t>(absl::ToUnixMicros(queued)) +
               static_cast<uint64_t>(failures) * 0x9E3779B97F4A7C15;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
  x ^= x >> 31;
  return static_cast<double>(x >> 11) / static_cast<double>(1ull << 53);
}

}  // namespace

absl::StatusOr<RetrySchedule> RetrySchedule::Create(
    std::vector<absl::Duration> waits, absl::Duration give_up_after,
    double jitter) {
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
  return RetrySchedule(std::move(waits), give_up_after, jitter);
}

RetrySchedule::RetrySchedule(std::vector<absl::Duration> waits,
                             absl::Duration give_up_after, double jitter)
    : waits_(std::move(waits)),
      give_up_after_(give_up_after),
      jitter_(jitter) {}

RetrySchedule RetrySchedule::EndingAfter(absl::Duration give_up_after) const {
  RetrySchedule schedule = *this;
  schedule.give_up_after_ = std::min(give_up_after_, give_up_after);
  return schedule;
}

std::optional<absl::Time> RetrySchedule::NextAttempt(
    int failures, absl::Time queued, absl::Time last_failure) const {
  assert(failures >= 1);
  const size_t step = std::min<size_t>(failures, waits_.size()) - 1;
  const absl::Time end = queued + give_up_after_;
  const absl::Time next = last_failure + waits_[step];
  if (next > end) return std::nullopt;
  return std::min(end,
                  next + jitter_ * ChanceOf(queued, failures) * waits_[step]);
}

}  // namespace postern::mta::queue
