// What becomes of messages that are to go elsewhere.

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/testing/status_matchers.h"
#include "mta/queue/scheduler.h"
#include "mta/queue/test_scheduler.h"
#include "mta/queue/unsynced_file_system.h"

namespace postern::mta::queue {
namespace {

using ::postern::testing::IsOk;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using State = QueueIndex::State;

// Two messages that are deferred.
class QueueClaimsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    scheduler_.courier.AnswerWith(
        Outcome{Outcome::Kind::kDeferred, "4.4.1", "refused", "mx"});
    ASSERT_THAT(scheduler_.Start(), IsOk());
    first_ = scheduler_.spool.Add("one").value();
    second_ = scheduler_.spool.Add("two").value();
    ASSERT_TRUE(scheduler_.EventuallyAsked(2));
    ASSERT_TRUE(scheduler_.EventuallyQuiet());
  }

  std::vector<Scheduler::Claimed> Claim(const std::vector<QueueId>& ids) {
    busy_ = 0;
    return scheduler_->Claim(ids, busy_);
  }

  TestScheduler scheduler_;
  QueueId first_;
  QueueId second_;
  size_t busy_ = 0;
};

TEST_F(QueueClaimsTest, WhatIsClaimedIsNotTried) {
  const auto claimed = Claim({first_});
  scheduler_.Advance(absl::Minutes(10));
  ASSERT_TRUE(scheduler_.EventuallyAsked(3));
  EXPECT_EQ(scheduler_.courier.asked()[2].queue_id, second_.ToString());
  scheduler_->Unclaim(claimed);
  ASSERT_TRUE(scheduler_.EventuallyAsked(4));
  EXPECT_EQ(scheduler_.courier.asked()[3].queue_id, first_.ToString());
}

TEST_F(QueueClaimsTest, WhatIsGivenAwayIsGone) {
  ASSERT_THAT(scheduler_->GiveAway(Claim({first_})), IsOk());
  EXPECT_THAT(scheduler_.spool.Ids(), ElementsAre(second_));
  EXPECT_EQ(scheduler_->Find(first_), std::nullopt);
}

TEST_F(QueueClaimsTest, WhatIsInDeliveryIsBusyAndWhatIsUnknownIsNothing) {
  scheduler_.courier.Hold();
  scheduler_.Advance(absl::Minutes(10));
  ASSERT_TRUE(scheduler_.EventuallyAsked(4));
  EXPECT_THAT(Claim({first_, second_, QueueId{7}}), IsEmpty());
  EXPECT_EQ(busy_, 2u);
}

TEST_F(QueueClaimsTest, WishesOfTheOperatorAreDoneWhenItComesBack) {
  const auto claimed = Claim({first_, second_});
  EXPECT_THAT(scheduler_->Delete({first_}), IsOk());
  EXPECT_THAT(scheduler_->Hold({second_}), IsOk());
  scheduler_->Unclaim(claimed);
  EXPECT_THAT(scheduler_.spool.Ids(), ElementsAre(second_));
  EXPECT_EQ(scheduler_->Find(second_)->state, State::kHeld);
}

TEST(QueueClaimsTroubleTest, WhatCannotBeDeletedIsQueuedAsBefore) {
  UnsyncedFileSystem disk;
  TestScheduler scheduler(disk.env());
  scheduler.courier.AnswerWith(
      Outcome{Outcome::Kind::kDeferred, "4.4.1", "refused", "mx"});
  ASSERT_THAT(scheduler.Start(), IsOk());
  const QueueId id = scheduler.spool.Add("one").value();
  ASSERT_TRUE(scheduler.EventuallyAsked(1));
  ASSERT_TRUE(scheduler.EventuallyQuiet());
  size_t busy = 0;
  const auto claimed = scheduler->Claim({id}, busy);
  disk.Fail(UnsyncedFileSystem::Operation::kSync,
            rocksdb::IOStatus::IOError("broken"));
  EXPECT_FALSE(scheduler->GiveAway(claimed).ok());
  EXPECT_EQ(scheduler->Find(id)->state, State::kDeferred);
}

}  // namespace
}  // namespace postern::mta::queue
