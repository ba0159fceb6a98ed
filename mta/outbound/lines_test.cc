#include "mta/outbound/lines.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mta/outbound/outcome.h"

namespace postern::mta::outbound {
namespace {

using ::testing::IsNull;
using ::testing::NotNull;
using ::testing::Optional;

class LinesTest : public ::testing::Test {
 protected:
  LinesTest() {
    Reset(2, {.connections = 3, .failures = 2, .down_time = absl::Hours(1)});
  }

  void Reset(size_t concurrency, Lines::Limits limits) {
    concurrency_ = {.initial = concurrency, .most = concurrency};
    lines_.emplace(limits);
  }

  Destination To(absl::string_view name) const {
    Destination to;
    to.name = std::string(name);
    to.concurrency = concurrency_;
    to.rate_delay = rate_delay_;
    return to;
  }

  static std::string NameOf(const Lines::Line& line) {
    return Lines::DestinationOf(line).name;
  }

  Job& NewJob() {
    jobs_.push_back(std::make_unique<Job>(parcel_, routing::NextHop()));
    return *jobs_.back();
  }

  // Lets a job join; returns the line if a worker is to be started.
  Lines::Line* Join(absl::string_view name) {
    return lines_->Join(To(name), NewJob());
  }

  const Parcel parcel_ = {"s@y", {"a@x", "b@x"}, nullptr, false};
  std::vector<std::unique_ptr<Job>> jobs_;
  ConcurrencyWindow::Limits concurrency_;
  absl::Duration rate_delay_;
  std::optional<Lines> lines_;
};

TEST_F(LinesTest, StartsWorkersUpToTheConcurrencyLimit) {
  Lines::Line* line = Join("x");
  ASSERT_THAT(line, NotNull());
  EXPECT_EQ(NameOf(*line), "x");
  EXPECT_EQ(Join("x"), line);
  EXPECT_THAT(Join("x"), IsNull());
  EXPECT_EQ(lines_->waiting(), 3u);
}

TEST_F(LinesTest, FirstComeFirstServed) {
  Lines::Line* line = Join("x");
  Join("x");
  EXPECT_EQ(lines_->Take(*line), jobs_[0].get());
  EXPECT_EQ(lines_->Take(*line), jobs_[1].get());
  EXPECT_THAT(lines_->Take(*line), IsNull());
}

TEST_F(LinesTest, WakesAnIdleWorkerRatherThanStartingOne) {
  Lines::Line* line = Join("x");
  lines_->Take(*line);
  IdleWorker idle;
  EXPECT_THAT(lines_->TakeOrWait(*line, idle), IsNull());
  EXPECT_THAT(Join("x"), IsNull());
  EXPECT_TRUE(idle.wake.is_set());
  EXPECT_EQ(lines_->TakeOrWait(*line, idle), jobs_[1].get());
}

TEST_F(LinesTest, AWorkerThatStoppedWaitingIsNotWoken) {
  Lines::Line* line = Join("x");
  lines_->Take(*line);
  IdleWorker idle;
  lines_->TakeOrWait(*line, idle);
  lines_->StopWaiting(*line, idle);
  EXPECT_EQ(Join("x"), line);
  EXPECT_FALSE(idle.wake.is_set());
}

TEST_F(LinesTest, LooksAheadOnlyWhenNoConnectionCanBeAdded) {
  Lines::Line* line = Join("x");
  EXPECT_THAT(lines_->TakeIfCrowded(*line), IsNull());
  Join("x");
  EXPECT_EQ(lines_->TakeIfCrowded(*line), jobs_[0].get());
}

TEST_F(LinesTest, AWorkerDoesNotEndWhileAJobWaits) {
  Lines::Line* line = Join("x");
  EXPECT_EQ(lines_->End(*line, false).job, jobs_[0].get());
  EXPECT_THAT(lines_->End(*line, false).job, IsNull());
  // The line has begun anew.
  EXPECT_THAT(Join("x"), NotNull());
}

TEST_F(LinesTest, AJobCanLeaveUntilItIsTaken) {
  Lines::Line* line = Join("x");
  EXPECT_TRUE(lines_->Leave(To("x"), *jobs_[0]));
  EXPECT_FALSE(lines_->Leave(To("x"), *jobs_[0]));
  EXPECT_FALSE(lines_->Leave(To("y"), *jobs_[0]));
  EXPECT_THAT(lines_->Take(*line), IsNull());
  EXPECT_EQ(lines_->waiting(), 0u);
}

TEST_F(LinesTest, ALineThatFoundNoRoomIsServedWhenAWorkerEnds) {
  Lines::Line* x = Join("x");
  Join("x");
  Join("y");
  EXPECT_THAT(Join("z"), IsNull());  // All three connections are in use.
  lines_->Take(*x);
  lines_->Take(*x);
  const Lines::Ending ending = lines_->End(*x, false);
  ASSERT_THAT(ending.start, NotNull());
  EXPECT_EQ(NameOf(*ending.start), "z");
  EXPECT_THAT(lines_->End(*x, false).start, IsNull());
}

TEST_F(LinesTest, AStarvedLineThatEverybodyLeftIsForgotten) {
  Lines::Line* x = Join("x");
  Join("x");
  Join("y");
  Join("z");
  EXPECT_TRUE(lines_->Leave(To("z"), *jobs_[3]));
  lines_->Take(*x);
  lines_->Take(*x);
  EXPECT_THAT(lines_->End(*x, false).start, IsNull());
}

TEST_F(LinesTest, ABusyLineYieldsToAStarvedOne) {
  Reset(1, {.connections = 1, .failures = 2, .down_time = absl::Hours(1)});
  Lines::Line* x = Join("x");
  Join("x");
  Join("y");
  EXPECT_EQ(lines_->End(*x, false).job, jobs_[0].get());
  Lines::Ending ending = lines_->End(*x, true);
  EXPECT_THAT(ending.job, IsNull());
  ASSERT_THAT(ending.start, NotNull());
  EXPECT_EQ(NameOf(*ending.start), "y");
  // And x has its turn after y.
  EXPECT_EQ(lines_->Take(*ending.start), jobs_[2].get());
  ending = lines_->End(*ending.start, false);
  ASSERT_THAT(ending.start, NotNull());
  EXPECT_EQ(NameOf(*ending.start), "x");
}

TEST_F(LinesTest, ANextHopThatKeepsFailingDefersEverybodyAtOnce) {
  Lines::Line* line = Join("x");
  lines_->Take(*line);
  Join("x");
  lines_->NoteUnreachable(*line, Deferred(Cause::kConnect, "4.4.1", "refused"));
  EXPECT_FALSE(jobs_[1]->done.is_set());
  lines_->NoteUnreachable(*line,
                          Deferred(Cause::kConnect, "4.4.1", "refused again"));
  EXPECT_TRUE(jobs_[1]->done.is_set());
  ASSERT_EQ(jobs_[1]->outcomes.size(), 2u);
  EXPECT_EQ(jobs_[1]->outcomes[1].reply, "refused again");
  EXPECT_EQ(lines_->down(), 1u);
  // Who comes now is deferred without an attempt.
  EXPECT_THAT(Join("x"), IsNull());
  EXPECT_TRUE(jobs_[2]->done.is_set());
  // Others are not concerned.
  EXPECT_THAT(Join("y"), NotNull());
}

TEST_F(LinesTest, AfterTheDownTimeOneConnectionTriesAlone) {
  Reset(5,
        {.connections = 9, .failures = 2, .down_time = absl::ZeroDuration()});
  Lines::Line* line = Join("x");
  lines_->Take(*line);
  lines_->NoteUnreachable(*line, Deferred(Cause::kConnect, "4.4.1", "refused"));
  lines_->NoteUnreachable(*line, Deferred(Cause::kConnect, "4.4.1", "refused"));
  EXPECT_THAT(lines_->End(*line, false).job, IsNull());
  line = Join("x");
  ASSERT_THAT(line, NotNull());
  EXPECT_THAT(Join("x"), IsNull());
  EXPECT_FALSE(jobs_[2]->done.is_set());
  lines_->Take(*line);
  // It is back: the others follow one by one.
  EXPECT_TRUE(lines_->NoteReached(*line));
  EXPECT_EQ(lines_->Take(*line), jobs_[2].get());
  EXPECT_FALSE(lines_->NoteReached(*line));
  EXPECT_EQ(Join("x"), line);
}

TEST_F(LinesTest, ALineGrowsWithWhatItDeliversAndShrinksWithTrouble) {
  Reset(2, {.connections = 9, .failures = 9, .down_time = absl::Hours(1)});
  concurrency_ = {.initial = 1, .most = 3};
  Lines::Line* line = Join("x");
  ASSERT_THAT(line, NotNull());
  for (int i = 0; i < 6; ++i) EXPECT_THAT(Join("x"), IsNull());
  EXPECT_THAT(lines_->Take(*line), NotNull());
  EXPECT_TRUE(lines_->NoteServed(*line));
  EXPECT_TRUE(lines_->NoteServed(*line));
  EXPECT_FALSE(lines_->NoteServed(*line));  // Three are the limit.
  EXPECT_FALSE(lines_->IsOverfull(*line));
  lines_->NoteBroken(*line);
  EXPECT_TRUE(lines_->IsOverfull(*line));
  // One ends although jobs wait, the others do not.
  EXPECT_THAT(lines_->End(*line, false).job, IsNull());
  EXPECT_FALSE(lines_->IsOverfull(*line));
  EXPECT_THAT(lines_->End(*line, false).job, NotNull());
}

TEST_F(LinesTest, ASendersManyJobsLetAnotherBetween) {
  Parcel other = parcel_;
  other.sender = "jane@z";
  Lines::Line* line = Join("x");
  Join("x");
  Join("x");
  Job jane(other, routing::NextHop());
  EXPECT_THAT(lines_->Join(To("x"), jane), IsNull());
  EXPECT_EQ(lines_->Take(*line), jobs_[0].get());
  EXPECT_EQ(lines_->Take(*line), &jane);
  EXPECT_EQ(lines_->Take(*line), jobs_[1].get());
}

TEST_F(LinesTest, DeliveriesBeginAtTheRateOfTheDestination) {
  rate_delay_ = absl::Hours(1);
  Lines::Line* line = Join("x");
  const absl::Duration longest = absl::Hours(2);
  EXPECT_THAT(lines_->ReserveTime(*line, longest),
              Optional(absl::ZeroDuration()));
  const absl::Duration second = *lines_->ReserveTime(*line, longest);
  EXPECT_GT(second, absl::Minutes(59));
  EXPECT_LE(second, absl::Hours(1));
  EXPECT_GT(*lines_->ReserveTime(*line, longest), absl::Minutes(118));
  // Nobody waits for longer than that, and keeps no time for himself.
  EXPECT_EQ(lines_->ReserveTime(*line, longest), std::nullopt);
  EXPECT_EQ(lines_->ReserveTime(*line, longest), std::nullopt);
  EXPECT_LT(*lines_->ReserveTime(*line, absl::Hours(4)), absl::Hours(3));
  rate_delay_ = absl::ZeroDuration();
  Lines::Line* free = Join("y");
  EXPECT_THAT(lines_->ReserveTime(*free, longest),
              Optional(absl::ZeroDuration()));
  EXPECT_THAT(lines_->ReserveTime(*free, longest),
              Optional(absl::ZeroDuration()));
}

TEST_F(LinesTest, WorkersAreCountedByTheirLimits) {
  Destination slow = To("y");
  slow.limit_class = 2;
  Join("x");
  Join("x");
  EXPECT_THAT(lines_->Join(slow, NewJob()), NotNull());
  EXPECT_THAT(lines_->WorkersByClass(), ::testing::ElementsAre(2, 0, 1));
}

TEST_F(LinesTest, FailedNextHopsDoNotPileUp) {
  Reset(1,
        {.connections = 1, .failures = 1, .down_time = absl::ZeroDuration()});
  for (int i = 0; i < 5000; ++i) {
    Lines::Line* line = Join(absl::StrCat(i, ".example"));
    ASSERT_THAT(line, NotNull());
    lines_->Take(*line);
    lines_->NoteUnreachable(*line,
                            Deferred(Cause::kConnect, "4.4.1", "refused"));
    ASSERT_THAT(lines_->End(*line, false).job, IsNull());
  }
  EXPECT_LE(lines_->known(), 1001u);
}

TEST_F(LinesTest, ShowsWhatGoesOnWhereMostWaits) {
  Join("a");
  Join("b");
  Join("b");
  Lines::Line* line = Join("b");
  EXPECT_EQ(line, nullptr);
  const std::vector<Lines::State> states = lines_->Look(10);
  ASSERT_EQ(states.size(), 2u);
  EXPECT_EQ(states[0].name, "b");
  EXPECT_EQ(states[0].waiting, 3u);
  EXPECT_EQ(states[0].connections, 2u);
  EXPECT_EQ(states[0].window, 2u);
  EXPECT_EQ(states[1].waiting, 1u);
  EXPECT_EQ(lines_->Look(1).size(), 1u);
}

TEST_F(LinesTest, ShowsWhyADestinationIsDown) {
  Lines::Line* line = Join("a");
  lines_->NoteUnreachable(*line, {queue::Outcome::Kind::kDeferred, "4.4.1",
                                  "connection refused", ""});
  EXPECT_FALSE(lines_->Look(1)[0].down_for);
  lines_->NoteUnreachable(*line, {queue::Outcome::Kind::kDeferred, "4.4.1",
                                  "connection refused", ""});
  const Lines::State state = lines_->Look(1)[0];
  EXPECT_EQ(state.failures, 2u);
  EXPECT_GT(*state.down_for, absl::Minutes(59));
  EXPECT_EQ(state.latest_trouble.reply, "connection refused");
}

TEST_F(LinesTest, SettlesWhatWaitsForSomeDestinations) {
  Lines::Line* a = Join("a");
  Lines::Line* b = Join("b");
  Join("a");
  const queue::Outcome why = {queue::Outcome::Kind::kDeferred, "4.3.2", "no",
                              ""};
  lines_->SettleWaiting(
      [&why](const Destination& destination, const routing::NextHop&) {
        return destination.name == "a" ? std::optional(why) : std::nullopt;
      });
  EXPECT_EQ(jobs_[0]->outcomes.size(), 2u);
  EXPECT_TRUE(jobs_[1]->outcomes.empty());
  EXPECT_EQ(jobs_[2]->outcomes[0].status, "4.3.2");
  EXPECT_EQ(lines_->waiting(), 1u);
  EXPECT_EQ(lines_->Take(*a), nullptr);
  EXPECT_EQ(lines_->Take(*b), jobs_[1].get());
}

TEST_F(LinesTest, ALineHasTheLimitsThatTheLatestJobCameWith) {
  Lines::Line* line = Join("a");
  EXPECT_FALSE(lines_->ReuseOf(*line).is_paced);
  concurrency_.most = 1;
  rate_delay_ = absl::Seconds(5);
  Join("a");
  EXPECT_EQ(lines_->Look(1)[0].window, 1u);
  EXPECT_TRUE(lines_->ReuseOf(*line).is_paced);
}

}  // namespace
}  // namespace postern::mta::outbound
