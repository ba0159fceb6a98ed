// What the operator does to the queue (queue_control.cc).

#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/testing/status_matchers.h"
#include "mta/queue/scheduler.h"
#include "mta/queue/spool_format.h"
#include "mta/queue/test_scheduler.h"

namespace postern::mta::queue {
namespace {

using ::postern::testing::IsOk;
using ::postern::testing::IsOkAndHolds;
using ::postern::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const Outcome kDeferred = {Outcome::Kind::kDeferred, "4.4.1", "refused", ""};

// A scheduler with two deferred messages.
class QueueControlTest : public ::testing::Test {
 protected:
  void SetUp() override {
    scheduler_.courier.AnswerWith(kDeferred);
    ASSERT_THAT(scheduler_.Start(), IsOk());
    first_ = scheduler_.spool.Add("one").value();
    second_ = scheduler_.spool.Add(std::string(2 * kChunkBytes, '2')).value();
    ASSERT_TRUE(scheduler_.EventuallyAsked(2));
    ASSERT_TRUE(scheduler_.EventuallyQuiet());
    scheduler_.courier.AnswerWith(
        Outcome{Outcome::Kind::kDelivered, "2.0.0", "250 ok", "mx"});
  }

  TestScheduler scheduler_;
  QueueId first_;
  QueueId second_;
};

TEST_F(QueueControlTest, ListsTheOldestFirstInPages) {
  const auto page = scheduler_->List({}, 1);
  ASSERT_THAT(page, SizeIs(1));
  EXPECT_EQ(page[0].first, first_);
  EXPECT_EQ(page[0].second.size_bytes, 3);
  EXPECT_EQ(page[0].second.state, QueueIndex::State::kDeferred);
  EXPECT_EQ(scheduler_->List(first_, 10)[0].first, second_);
  EXPECT_THAT(scheduler_->List(second_, 10), IsEmpty());
}

TEST_F(QueueControlTest, FlushesOneMessage) {
  EXPECT_THAT(scheduler_->Flush(second_), IsOk());
  ASSERT_TRUE(scheduler_.EventuallyAsked(3));
  ASSERT_TRUE(
      scheduler_.Eventually([&] { return !scheduler_->Find(second_); }));
  EXPECT_TRUE(scheduler_->Find(first_).has_value());
}

TEST_F(QueueControlTest, FlushesSeveralMessages) {
  EXPECT_EQ(scheduler_->FlushEach({first_, second_}), 2u);
  EXPECT_TRUE(scheduler_.EventuallyEmpty());
}

TEST_F(QueueControlTest, DeletesWhatWaitsWithoutABounce) {
  EXPECT_THAT(scheduler_->Delete({first_, second_}), IsOkAndHolds(2u));
  EXPECT_THAT(scheduler_->List({}, 10), IsEmpty());
  EXPECT_THAT(scheduler_.courier.asked(), SizeIs(2));
  scheduler_.Stop();
  EXPECT_THAT(scheduler_.spool.KeysOnDisk(), ElementsAre("v"));
}

TEST_F(QueueControlTest, DeletesWhatIsBeingDeliveredWhenTheAttemptEnds) {
  scheduler_.courier.Hold();
  scheduler_.courier.AnswerWith(kDeferred);
  ASSERT_THAT(scheduler_->Flush(first_), IsOk());
  ASSERT_TRUE(scheduler_.EventuallyAsked(3));
  EXPECT_THAT(scheduler_->Flush(first_), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(scheduler_->Delete({first_}), IsOkAndHolds(1u));
  EXPECT_TRUE(scheduler_->Find(first_).has_value());
  scheduler_.courier.Release();
  EXPECT_TRUE(scheduler_.Eventually([&] { return !scheduler_->Find(first_); }));
  EXPECT_THAT(scheduler_.spool.Ids(), ElementsAre(second_));
}

TEST_F(QueueControlTest, DeletesWhatWasSetAside) {
  scheduler_.Stop();
  ASSERT_THAT(scheduler_.spool->SetAside(first_, "test"), IsOk());
  ASSERT_THAT(scheduler_.Start(), IsOk());
  EXPECT_THAT(scheduler_->Delete({first_}), IsOkAndHolds(1u));
  EXPECT_THAT(scheduler_.spool->Damaged(), IsEmpty());
}

TEST_F(QueueControlTest, NeverTriesWhatIsHeldHoweverOldItGrows) {
  EXPECT_THAT(scheduler_->Hold({first_, second_}), IsOkAndHolds(2u));
  EXPECT_THAT(scheduler_->Hold({first_}), IsOkAndHolds(0u));
  EXPECT_EQ(scheduler_->Find(first_)->state, QueueIndex::State::kHeld);
  EXPECT_EQ(scheduler_.spool.registry
                .AddGauge("postern_mta_queue_messages", "", {{"state", "held"}})
                .Value(),
            2);
  scheduler_.Advance(absl::Hours(1000));
  EXPECT_EQ(scheduler_->FlushEach({first_, second_}), 0u);
  EXPECT_THAT(scheduler_->Flush(first_),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("on hold")));
  ASSERT_TRUE(scheduler_.EventuallyQuiet());
  EXPECT_THAT(scheduler_.courier.asked(), SizeIs(2));

  EXPECT_THAT(scheduler_->Release({first_}), IsOkAndHolds(1u));
  EXPECT_THAT(scheduler_->Release({first_}), IsOkAndHolds(0u));
  ASSERT_TRUE(scheduler_.Eventually([&] { return !scheduler_->Find(first_); }));
  EXPECT_THAT(scheduler_.courier.asked(), SizeIs(3));
  EXPECT_FALSE(scheduler_.courier.asked()[2].envelope.hold());
}

TEST_F(QueueControlTest, HoldsOverARestart) {
  EXPECT_THAT(scheduler_->Hold({first_}), IsOkAndHolds(1u));
  scheduler_.Stop();
  ASSERT_THAT(scheduler_.spool.Open(), IsOk());
  ASSERT_THAT(scheduler_.Start(), IsOk());
  scheduler_.Advance(absl::Hours(1));
  ASSERT_TRUE(
      scheduler_.Eventually([&] { return !scheduler_->Find(second_); }));
  EXPECT_EQ(scheduler_->Find(first_)->state, QueueIndex::State::kHeld);
  EXPECT_THAT(scheduler_->Release({first_}), IsOkAndHolds(1u));
  EXPECT_TRUE(scheduler_.EventuallyEmpty());
}

TEST_F(QueueControlTest, HoldsWhatIsBeingDeliveredWhenTheAttemptEnds) {
  scheduler_.courier.Hold();
  scheduler_.courier.AnswerWith(kDeferred);
  ASSERT_THAT(scheduler_->Flush(first_), IsOk());
  ASSERT_TRUE(scheduler_.EventuallyAsked(3));
  EXPECT_THAT(scheduler_->Hold({first_}), IsOkAndHolds(1u));
  scheduler_.courier.Release();
  ASSERT_TRUE(scheduler_.EventuallyQuiet());
  EXPECT_EQ(scheduler_->Find(first_)->state, QueueIndex::State::kHeld);
  EXPECT_TRUE(scheduler_.spool->ReadEnvelope(first_)->hold());
  EXPECT_EQ(scheduler_.spool->ReadEnvelope(first_)->failures(), 2u);
}

TEST_F(QueueControlTest, TakesAWishToHoldBackWhileTheAttemptRuns) {
  scheduler_.courier.Hold();
  scheduler_.courier.AnswerWith(kDeferred);
  ASSERT_THAT(scheduler_->Flush(first_), IsOk());
  ASSERT_TRUE(scheduler_.EventuallyAsked(3));
  EXPECT_THAT(scheduler_->Hold({first_}), IsOkAndHolds(1u));
  EXPECT_THAT(scheduler_->Release({first_}), IsOkAndHolds(1u));
  scheduler_.courier.Release();
  ASSERT_TRUE(scheduler_.EventuallyQuiet());
  EXPECT_EQ(scheduler_->Find(first_)->state, QueueIndex::State::kDeferred);
}

TEST_F(QueueControlTest, TakesMailInThatIsHeldFromTheBeginning) {
  spool::v1::Envelope envelope = TestSpool::UsualEnvelope();
  envelope.set_hold(true);
  const QueueId id = scheduler_.spool.Add("three", envelope).value();
  EXPECT_EQ(scheduler_->Find(id)->state, QueueIndex::State::kHeld);
  ASSERT_TRUE(scheduler_.EventuallyQuiet());
  EXPECT_THAT(scheduler_.courier.asked(), SizeIs(2));
  EXPECT_THAT(scheduler_->Release({id}), IsOkAndHolds(1u));
  ASSERT_TRUE(scheduler_.EventuallyAsked(3));
  EXPECT_EQ(scheduler_.courier.asked()[2].content, "three");
}

TEST_F(QueueControlTest, NeverLosesAWishWhenCommandsMeet) {
  std::vector<QueueId> ids = {first_, second_};
  std::vector<std::thread> operators;
  for (const bool holds : {true, false, true, false}) {
    operators.emplace_back([this, &ids, holds] {
      for (int i = 0; i < 20; ++i) {
        EXPECT_THAT(holds ? scheduler_->Hold(ids) : scheduler_->Release(ids),
                    IsOk());
      }
    });
  }
  const auto deleted = scheduler_->Delete({first_});
  for (std::thread& thread : operators) thread.join();
  EXPECT_THAT(deleted, IsOk());
  EXPECT_TRUE(scheduler_.Eventually([&] { return !scheduler_->Find(first_); }));
}

TEST_F(QueueControlTest, DeletesWhatIsHeld) {
  EXPECT_THAT(scheduler_->Hold({first_}), IsOkAndHolds(1u));
  EXPECT_THAT(scheduler_->Delete({first_}), IsOkAndHolds(1u));
  EXPECT_FALSE(scheduler_->Find(first_).has_value());
  EXPECT_THAT(scheduler_.spool.Ids(), ElementsAre(second_));
}

TEST_F(QueueControlTest, KnowsWhatIsNotThere) {
  const QueueId unknown = {1};
  EXPECT_THAT(scheduler_->Flush(unknown),
              StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(scheduler_->Delete({unknown}), IsOkAndHolds(0u));
  EXPECT_THAT(scheduler_->Hold({unknown}), IsOkAndHolds(0u));
  EXPECT_THAT(scheduler_->Release({unknown}), IsOkAndHolds(0u));
  EXPECT_FALSE(scheduler_->Find(unknown).has_value());
}

}  // namespace
}  // namespace postern::mta::queue
