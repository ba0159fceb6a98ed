#include "mta/queue/scheduler.h"

#include <optional>
#include <string>
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
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const Outcome kDeferred = {Outcome::Kind::kDeferred, "4.4.1", "refused", ""};
const Outcome kDelivered = {Outcome::Kind::kDelivered, "2.0.0", "250 ok", "mx"};

TEST(SchedulerTest, DeliversAFreshMessageAtOnce) {
  TestScheduler scheduler;
  ASSERT_THAT(scheduler.Start(), IsOk());
  const auto id = scheduler.spool.Add("Subject: x\r\n\r\nhello\r\n");
  ASSERT_TRUE(scheduler.EventuallyEmpty());
  ASSERT_THAT(scheduler.courier.asked(), SizeIs(1));
  EXPECT_EQ(scheduler.courier.asked()[0].queue_id, id->ToString());
  EXPECT_EQ(scheduler.courier.asked()[0].content,
            "Subject: x\r\n\r\nhello\r\n");
  EXPECT_THAT(scheduler.spool.Ids(), IsEmpty());
  EXPECT_EQ(scheduler.Counter("postern_mta_queue_delivered_total"), 1);
  scheduler.Stop();
  EXPECT_THAT(scheduler.spool.KeysOnDisk(), ElementsAre("v"));
}

TEST(SchedulerTest, DeliversALargeMessageFromTheSpool) {
  TestScheduler scheduler;
  ASSERT_THAT(scheduler.Start(), IsOk());
  const std::string content(3 * kChunkBytes + 1, 'x');
  ASSERT_THAT(scheduler.spool.Add(content), IsOk());
  ASSERT_TRUE(scheduler.EventuallyEmpty());
  EXPECT_EQ(scheduler.courier.asked()[0].content, content);
}

TEST(SchedulerTest, TriesADeferredMessageAgainWhenItIsDue) {
  TestScheduler scheduler;
  scheduler.courier.AnswerWith(kDeferred);
  ASSERT_THAT(scheduler.Start(), IsOk());
  const auto id = scheduler.spool.Add("x");
  ASSERT_TRUE(scheduler.EventuallyAsked(1));
  ASSERT_TRUE(scheduler.EventuallyQuiet());
  EXPECT_EQ(scheduler->Find(*id)->state, QueueIndex::State::kDeferred);
  EXPECT_EQ(scheduler.spool->ReadEnvelope(*id)->failures(), 1u);
  EXPECT_EQ(scheduler.Counter("postern_mta_queue_deferred_total",
                              {{"cause", "other"}}),
            1);

  scheduler.Advance(absl::Minutes(5) - absl::Seconds(1));
  ASSERT_TRUE(scheduler.EventuallyQuiet());
  EXPECT_THAT(scheduler.courier.asked(), SizeIs(1));
  scheduler.courier.AnswerWith(kDelivered);
  scheduler.Advance(absl::Seconds(1));
  ASSERT_TRUE(scheduler.EventuallyEmpty());
  EXPECT_THAT(scheduler.courier.asked(), SizeIs(2));
  EXPECT_EQ(scheduler.courier.asked()[1].content, "x");
}

TEST(SchedulerTest, GoesOnAfterARestart) {
  TestScheduler scheduler;
  scheduler.courier.AnswerWith(kDeferred);
  ASSERT_THAT(scheduler.Start(), IsOk());
  const auto first = scheduler.spool.Add("one");
  const auto second = scheduler.spool.Add("two");
  ASSERT_TRUE(scheduler.EventuallyAsked(2));
  scheduler.Stop();
  ASSERT_THAT(scheduler.spool.Open(), IsOk());
  scheduler.courier.AnswerWith(kDelivered);
  ASSERT_THAT(scheduler.Start(), IsOk());
  EXPECT_THAT(scheduler.courier.asked(), SizeIs(2));  // Nothing is due.
  EXPECT_EQ(scheduler->Find(*first)->state, QueueIndex::State::kDeferred);
  scheduler.Advance(absl::Minutes(5));
  ASSERT_TRUE(scheduler.EventuallyEmpty());
  EXPECT_THAT(scheduler.courier.asked(), SizeIs(4));
}

TEST(SchedulerTest, SpreadsWhatIsOverdueAtTheStart) {
  TestScheduler scheduler;
  std::vector<QueueId> ids;
  for (int i = 0; i < 3; ++i) ids.push_back(*scheduler.spool.Add("x"));
  scheduler.courier.Hold();
  ASSERT_THAT(scheduler.Start(), IsOk());
  const int64_t now_us = absl::ToUnixMicros(scheduler.spool.clock.Now());
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(scheduler->Find(ids[i])->due_us, now_us + i * 5000);
  }
  scheduler.Advance(absl::Seconds(1));
  EXPECT_TRUE(scheduler.EventuallyAsked(3));
}

TEST(SchedulerTest, RetriesGoOnWhenTheClockGoesBack) {
  TestScheduler scheduler;
  scheduler.courier.AnswerWith(kDeferred);
  ASSERT_THAT(scheduler.Start(), IsOk());
  const auto id = scheduler.spool.Add("x");
  ASSERT_TRUE(scheduler.EventuallyAsked(1));
  ASSERT_TRUE(scheduler.EventuallyQuiet());
  const int64_t due_us = scheduler->Find(*id)->due_us;
  scheduler.Advance(-absl::Hours(24));
  ASSERT_TRUE(scheduler.Eventually(
      [&] { return scheduler->Find(*id)->due_us < due_us; }));
  scheduler.courier.AnswerWith(kDelivered);
  scheduler.Advance(absl::Minutes(5));
  ASSERT_TRUE(scheduler.EventuallyEmpty());
  EXPECT_THAT(scheduler.courier.asked(), SizeIs(2));
}

TEST(SchedulerTest, RetriesGoOnWhenTheClockWentBackBetweenTwoRuns) {
  TestScheduler scheduler;
  scheduler.courier.AnswerWith(kDeferred);
  ASSERT_THAT(scheduler.Start(), IsOk());
  ASSERT_THAT(scheduler.spool.Add("x"), IsOk());
  ASSERT_TRUE(scheduler.EventuallyAsked(1));
  ASSERT_TRUE(scheduler.EventuallyQuiet());
  scheduler.Stop();
  scheduler.spool.clock.Advance(-absl::Hours(24));
  scheduler.courier.AnswerWith(kDelivered);
  ASSERT_THAT(scheduler.Start(), IsOk());
  ASSERT_TRUE(scheduler.EventuallyEmpty());
}

TEST(SchedulerTest, BeginsNothingNewOnceItDrainsButEndsWhatRuns) {
  TestScheduler scheduler;
  ASSERT_THAT(scheduler.Start(), IsOk());
  scheduler.courier.Hold();
  const auto running = scheduler.spool.Add("running");
  ASSERT_TRUE(scheduler.EventuallyAsked(1));
  scheduler.drain->Begin();
  const auto late = scheduler.spool.Add("late");
  ASSERT_THAT(late, IsOk());
  scheduler.courier.Release();
  ASSERT_TRUE(scheduler.drain->AwaitIdle(absl::Seconds(20)));
  EXPECT_THAT(scheduler.courier.asked(), SizeIs(1));
  EXPECT_THAT(scheduler.spool.Ids(), ElementsAre(*late));
}

TEST(SchedulerTest, KeepsToTheLimitOfActiveMessages) {
  TestScheduler scheduler;
  scheduler.active_limit = 4;  // One sender may have half of it.
  ASSERT_THAT(scheduler.Start(), IsOk());
  scheduler.courier.Hold();
  for (int i = 0; i < 5; ++i) ASSERT_THAT(scheduler.spool.Add("x"), IsOk());
  ASSERT_TRUE(scheduler.EventuallyAsked(2));
  int active = 0;
  for (const auto& [id, entry] : scheduler->List({}, 10)) {
    active += entry.state == QueueIndex::State::kActive;
  }
  EXPECT_EQ(active, 2);
  scheduler.courier.Release();
  EXPECT_TRUE(scheduler.EventuallyEmpty());
  EXPECT_THAT(scheduler.courier.asked(), SizeIs(5));
}

// Hashes say which flow a message is of, and differ from run to run.
spool::v1::Envelope OfAnotherFlow() {
  const Flow usual = FlowOf(TestSpool::UsualEnvelope());
  spool::v1::Envelope envelope = TestSpool::UsualEnvelope();
  Flow flow = usual;
  for (char c = 'a';
       flow.sender == usual.sender || flow.destination == usual.destination;
       ++c) {
    envelope.set_sender(std::string("jane@") + c);
    envelope.mutable_recipients(0)->set_address(std::string("john@") + c);
    flow = FlowOf(envelope);
  }
  return envelope;
}

TEST(SchedulerTest, ABulkSenderLeavesRoomForOthers) {
  TestScheduler scheduler;
  scheduler.active_limit = 10;
  ASSERT_THAT(scheduler.Start(), IsOk());
  scheduler.courier.Hold();
  for (int i = 0; i < 20; ++i) ASSERT_THAT(scheduler.spool.Add("x"), IsOk());
  ASSERT_TRUE(scheduler.EventuallyAsked(5));
  ASSERT_THAT(scheduler.spool.Add("y", OfAnotherFlow()), IsOk());
  ASSERT_TRUE(scheduler.EventuallyAsked(6));
  scheduler.courier.Release();
  EXPECT_TRUE(scheduler.EventuallyEmpty());
  EXPECT_THAT(scheduler.courier.asked(), SizeIs(21));
}

TEST(SchedulerTest, AttemptsNothingWhileNothingCanBeRecorded) {
  UnsyncedFileSystem disk;
  TestScheduler scheduler(disk.env());
  scheduler.courier.AnswerWith(kDeferred);
  ASSERT_THAT(scheduler.Start(), IsOk());
  ASSERT_THAT(scheduler.spool.Add("x"), IsOk());
  ASSERT_TRUE(scheduler.EventuallyAsked(1));
  ASSERT_TRUE(scheduler.EventuallyQuiet());
  disk.Fail(UnsyncedFileSystem::Operation::kSync,
            rocksdb::IOStatus::IOError("broken"));
  EXPECT_FALSE(scheduler.spool.Add("y").ok());
  scheduler.Advance(absl::Hours(1));
  for (int i = 0; i < 100; ++i) scheduler.spool.runtime->BlockOn(net::Yield());
  EXPECT_THAT(scheduler.courier.asked(), SizeIs(1));
}

}  // namespace
}  // namespace postern::mta::queue
