// How messages leave for another relay (leaving.cc).

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/testing/status_matchers.h"
#include "mta/queue/spool_format.h"
#include "mta/queue/test_scheduler.h"
#include "mta/queue/unsynced_file_system.h"

namespace postern::mta::queue {
namespace {

using ::postern::testing::IsOk;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using State = QueueIndex::State;

const auto kAny = [](QueueId) { return true; };

class LeavingTest : public ::testing::Test {
 protected:
  LeavingTest() {
    EXPECT_THAT(scheduler_.Start(), IsOk());
    Outcome later;
    later.status = "4.2.0";
    later.reply = "450 4.2.0 later";
    scheduler_.courier.AnswerWith(later);
  }

  // A message that has failed once.
  QueueId AddDeferred() {
    const size_t before = scheduler_.courier.asked().size();
    const QueueId id = scheduler_.spool.Add("x\r\n").value();
    EXPECT_TRUE(scheduler_.EventuallyAsked(before + 1));
    EXPECT_TRUE(scheduler_.EventuallyQuiet());
    return id;
  }
  absl::Status End(Scheduler::Leaving leaving) {
    return scheduler_.spool.runtime->BlockOn(
        scheduler_->EndLeaving(std::move(leaving)));
  }
  void Stay(Scheduler::Leaving leaving) {
    scheduler_.spool.runtime->BlockOn(
        scheduler_->StayBehind(std::move(leaving)));
  }
  std::optional<Scheduler::Leaving> Take(
      std::optional<QueueId> after = std::nullopt) {
    return scheduler_->TakeLeaving(after, absl::InfinitePast(), kAny);
  }

  TestScheduler scheduler_;
};

TEST_F(LeavingTest, WhatHasLeftIsGone) {
  const QueueId id = AddDeferred();
  auto leaving = Take();
  ASSERT_TRUE(leaving.has_value());
  EXPECT_EQ(leaving->id(), id);
  ASSERT_THAT(leaving->envelope, IsOk());
  EXPECT_EQ(leaving->envelope->failures(), 1u);
  EXPECT_EQ(leaving->content->Piece(0).value(), "x\r\n");
  EXPECT_EQ(scheduler_->WhatIsLeft().in_delivery, 1u);
  EXPECT_THAT(End(*std::move(leaving)), IsOk());
  EXPECT_EQ(scheduler_->WhatIsLeft().messages, 0u);
  EXPECT_THAT(scheduler_.spool.Ids(), IsEmpty());
}

TEST_F(LeavingTest, NobodyElseTakesWhatIsOnItsWay) {
  const QueueId first = AddDeferred();
  const QueueId second = AddDeferred();
  auto one = Take();
  auto other = Take();
  ASSERT_TRUE(one && other);
  EXPECT_EQ(one->id(), first);
  EXPECT_EQ(other->id(), second);
  EXPECT_FALSE(Take().has_value());
  scheduler_.Advance(absl::Hours(1));
  scheduler_->DeliverInDrain();
  EXPECT_THAT(scheduler_.courier.asked(), SizeIs(2)) << "none was tried again";
  Stay(*std::move(one));
  Stay(*std::move(other));
}

TEST_F(LeavingTest, WhatStaysIsAsItWas) {
  const QueueId id = AddDeferred();
  const QueueId held = AddDeferred();
  ASSERT_THAT(scheduler_->Hold({held}), IsOk());
  const auto due = scheduler_->Find(id)->due_us;
  auto one = Take();
  auto other = Take();
  ASSERT_TRUE(one && other && other->claimed.before.state == State::kHeld);
  Stay(*std::move(one));
  Stay(*std::move(other));
  EXPECT_EQ(scheduler_->Find(id)->state, State::kDeferred);
  EXPECT_EQ(scheduler_->Find(id)->due_us, due);
  EXPECT_EQ(scheduler_->Find(held)->state, State::kHeld);
  EXPECT_EQ(scheduler_->WhatIsLeft().held, 1u);
  EXPECT_TRUE(scheduler_.spool->ReadEnvelope(held)->hold());
}

TEST_F(LeavingTest, TheOperatorsWishIsDoneToWhatStays) {
  const QueueId deleted = AddDeferred();
  const QueueId held = AddDeferred();
  auto one = Take();
  auto other = Take();
  ASSERT_TRUE(one && other);
  EXPECT_THAT(scheduler_->Delete({deleted}), IsOk());
  EXPECT_THAT(scheduler_->Hold({held}), IsOk());
  Stay(*std::move(one));
  Stay(*std::move(other));
  EXPECT_FALSE(scheduler_->Find(deleted).has_value());
  EXPECT_EQ(scheduler_->Find(held)->state, State::kHeld);
  EXPECT_THAT(scheduler_.spool.Ids(), SizeIs(1));
}

TEST_F(LeavingTest, WhatIsDueSoonIsSpared) {
  const QueueId id = AddDeferred();
  const absl::Time due = absl::FromUnixMicros(scheduler_->Find(id)->due_us);
  EXPECT_FALSE(scheduler_->TakeLeaving({}, due + absl::Microseconds(1), kAny)
                   .has_value());
  auto leaving = scheduler_->TakeLeaving({}, due, kAny);
  ASSERT_TRUE(leaving.has_value());
  Stay(*std::move(leaving));
  EXPECT_FALSE(Take(id).has_value()) << "the first after it";
}

TEST_F(LeavingTest, WhatIsNotWantedIsPassedOver) {
  const QueueId first = AddDeferred();
  const QueueId second = AddDeferred();
  auto leaving = scheduler_->TakeLeaving(
      {}, absl::InfinitePast(), [first](QueueId id) { return id != first; });
  ASSERT_TRUE(leaving.has_value());
  EXPECT_EQ(leaving->id(), second);
  Stay(*std::move(leaving));
}

TEST_F(LeavingTest, InTheDrainOnlyWhatIsWantedIsTried) {
  scheduler_.drain->Begin();
  const QueueId id = scheduler_.spool.Add("x\r\n").value();
  EXPECT_EQ(scheduler_->Find(id)->state, State::kWaiting);
  EXPECT_THAT(scheduler_.courier.asked(), IsEmpty());
  scheduler_->DeliverInDrain();
  EXPECT_TRUE(scheduler_.EventuallyAsked(1));
  ASSERT_TRUE(scheduler_.spool.Add("y\r\n").ok());
  EXPECT_TRUE(scheduler_.EventuallyAsked(2)) << "what comes in as well";
  EXPECT_TRUE(scheduler_.EventuallyQuiet());
  scheduler_->StopInDrain();
  const QueueId late = scheduler_.spool.Add("z\r\n").value();
  EXPECT_EQ(scheduler_->Find(late)->state, State::kWaiting);
  EXPECT_THAT(scheduler_.courier.asked(), SizeIs(2));
}

TEST_F(LeavingTest, ADamagedMessageIsSaidToBeSo) {
  const QueueId id = AddDeferred();
  scheduler_.Stop();
  scheduler_.spool.Overwrite(ChunkKey(id, 0), "damaged");
  ASSERT_THAT(scheduler_.spool.Open(), IsOk());
  ASSERT_THAT(scheduler_.Start(), IsOk());
  auto leaving = Take();
  ASSERT_TRUE(leaving && leaving->envelope.ok());
  EXPECT_FALSE(leaving->content->Piece(0).ok());
  Stay(*std::move(leaving));
  EXPECT_EQ(scheduler_->WhatIsLeft().messages, 1u);
}

TEST(LeavingFailureTest, WhatCannotBeRemovedStays) {
  UnsyncedFileSystem disk;
  TestScheduler scheduler(disk.env());
  ASSERT_THAT(scheduler.Start(), IsOk());
  scheduler.courier.Hold();
  auto held = TestSpool::UsualEnvelope();
  held.set_hold(true);
  ASSERT_TRUE(scheduler.spool.Add("x\r\n", held).ok());
  auto leaving = scheduler->TakeLeaving({}, absl::InfinitePast(), kAny);
  ASSERT_TRUE(leaving.has_value());
  disk.Fail(UnsyncedFileSystem::Operation::kSync,
            rocksdb::IOStatus::IOError("broken"));
  EXPECT_FALSE(scheduler.spool.runtime
                   ->BlockOn(scheduler->EndLeaving(*std::move(leaving)))
                   .ok());
  EXPECT_EQ(scheduler->WhatIsLeft().held, 1u);
}

}  // namespace
}  // namespace postern::mta::queue
