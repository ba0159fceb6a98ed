#include "mta/queue/retry_schedule.h"

#include <optional>
#include <set>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/testing/status_matchers.h"

namespace postern::mta::queue {
namespace {

using ::postern::testing::StatusIs;
using ::testing::Eq;
using ::testing::Optional;
using ::testing::StartsWith;

const absl::Time kQueued = absl::FromUnixSeconds(1'700'000'000);

// Half an hour, two hours, then every six hours for five days.
RetrySchedule UsualSchedule() {
  return RetrySchedule::Create(
             {absl::Minutes(30), absl::Hours(2), absl::Hours(6)},
             absl::Hours(5 * 24), 0)
      .value();
}

TEST(RetryScheduleTest, WaitsLongerAfterEachFailure) {
  const RetrySchedule schedule = UsualSchedule();
  EXPECT_THAT(schedule.NextAttempt(1, kQueued, kQueued),
              Optional(kQueued + absl::Minutes(30)));
  EXPECT_THAT(schedule.NextAttempt(2, kQueued, kQueued),
              Optional(kQueued + absl::Hours(2)));
}

TEST(RetryScheduleTest, RepeatsTheLastWait) {
  EXPECT_THAT(UsualSchedule().NextAttempt(40, kQueued, kQueued),
              Optional(kQueued + absl::Hours(6)));
}

TEST(RetryScheduleTest, TriesOneLastTimeExactlyAtTheDeadline) {
  const absl::Time deadline = kQueued + absl::Hours(5 * 24);
  EXPECT_THAT(
      UsualSchedule().NextAttempt(9, kQueued, deadline - absl::Hours(6)),
      Optional(deadline));
}

TEST(RetryScheduleTest, GivesUpWhenTheNextAttemptWouldBeTooLate) {
  const absl::Time day_five = kQueued + absl::Hours(5 * 24);
  EXPECT_THAT(UsualSchedule().NextAttempt(9, kQueued, day_five),
              Eq(std::nullopt));
}

TEST(RetryScheduleTest, SpreadsWhatFailedTogether) {
  const RetrySchedule schedule =
      RetrySchedule::Create({absl::Minutes(10)}, absl::Hours(24), 0.1).value();
  int early = 0;
  std::set<absl::Time> times;
  for (int i = 0; i < 1000; ++i) {
    const absl::Time queued = kQueued + absl::Microseconds(i);
    const absl::Time next = *schedule.NextAttempt(1, queued, kQueued);
    EXPECT_GE(next, kQueued + absl::Minutes(10));
    EXPECT_LE(next, kQueued + absl::Minutes(11));
    if (next < kQueued + absl::Seconds(630)) ++early;
    times.insert(next);
  }
  EXPECT_NEAR(early, 500, 80);
  EXPECT_GT(times.size(), 990u);
}

TEST(RetryScheduleTest, JitterNeitherBouncesEarlyNorTriesTooLate) {
  const RetrySchedule schedule =
      RetrySchedule::Create({absl::Hours(1)}, absl::Hours(24), 1).value();
  const absl::Time end = kQueued + absl::Hours(24);
  EXPECT_THAT(schedule.NextAttempt(1, kQueued, end - absl::Hours(1)),
              Optional(end));
}

TEST(RetryScheduleTest, AnEarlierEndCounts) {
  const RetrySchedule schedule = UsualSchedule().EndingAfter(absl::Hours(24));
  EXPECT_EQ(schedule.give_up_after(), absl::Hours(24));
  EXPECT_THAT(schedule.NextAttempt(1, kQueued, kQueued),
              Optional(kQueued + absl::Minutes(30)));
  EXPECT_THAT(schedule.NextAttempt(9, kQueued, kQueued + absl::Hours(20)),
              Eq(std::nullopt));
  EXPECT_EQ(schedule.EndingAfter(absl::Hours(48)).give_up_after(),
            absl::Hours(24));
}

TEST(RetryScheduleTest, RejectsSchedulesThatCannotWork) {
  struct Case {
    const char* why;
    std::vector<absl::Duration> waits;
    absl::Duration give_up_after;
    const char* field;
  };
  const Case cases[] = {
      {"no waits", {}, absl::Hours(24), "queue.retry_waits:"},
      {"zero wait",
       {absl::ZeroDuration()},
       absl::Hours(24),
       "queue.retry_waits:"},
      {"shrinking",
       {absl::Hours(2), absl::Hours(1)},
       absl::Hours(24),
       "queue.retry_waits:"},
      {"too short",
       {absl::Hours(2)},
       absl::Hours(1),
       "queue.maximal_queue_lifetime:"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.why);
    EXPECT_THAT(
        RetrySchedule::Create(c.waits, c.give_up_after, 0.1),
        StatusIs(absl::StatusCode::kInvalidArgument, StartsWith(c.field)));
  }
}

}  // namespace
}  // namespace postern::mta::queue
