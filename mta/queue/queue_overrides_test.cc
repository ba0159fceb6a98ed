// What the operator decides in the place of the next hops (queue_overrides.cc).

#include <atomic>
#include <string>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/testing/status_matchers.h"
#include "mta/queue/scheduler.h"
#include "mta/queue/test_scheduler.h"

namespace postern::mta::queue {
namespace {

using ::postern::testing::IsOk;
using ::testing::HasSubstr;
using ::testing::SizeIs;

const Outcome kDeferred = {Outcome::Kind::kDeferred, "4.4.1", "refused", "mx"};

// A scheduler with a message that was tried in vain; rewriting puts "new-"
// before each recipient.
class QueueOverridesTest : public ::testing::Test {
 protected:
  void SetUp() override {
    scheduler_.courier.AnswerWith(kDeferred);
    scheduler_.rewrite =
        [this](spool::v1::Envelope& envelope) -> net::Task<absl::Status> {
      return Rewrite(envelope);
    };
    ASSERT_THAT(scheduler_.Start(), IsOk());
    id_ =
        scheduler_.spool.Add("Subject: x\r\n\r\nbody\r\n", Envelope()).value();
    ASSERT_TRUE(scheduler_.EventuallyAsked(1));
    ASSERT_TRUE(scheduler_.EventuallyQuiet());
  }

  net::Task<absl::Status> Rewrite(spool::v1::Envelope& envelope) {
    rewritten_ += envelope.recipients_size();
    for (spool::v1::Recipient& recipient : *envelope.mutable_recipients()) {
      recipient.set_address("new-" + recipient.address());
    }
    co_return absl::OkStatus();
  }

  static spool::v1::Envelope Envelope() {
    spool::v1::Envelope envelope;
    envelope.set_sender("ann@example.net");
    envelope.add_recipients()->set_address("bob@example.com");
    spool::v1::Recipient& member = *envelope.add_recipients();
    member.set_address("carol@example.com");
    member.set_owner("owner@example.com");
    return envelope;
  }
  spool::v1::Envelope Stored() {
    return scheduler_.spool->ReadEnvelope(id_).value();
  }

  TestScheduler scheduler_;
  QueueId id_;
  std::atomic<int> rewritten_ = 0;
};

TEST_F(QueueOverridesTest,
       RequeuedMailIsRewrittenAgainWithItsFailuresForgotten) {
  const auto changed = scheduler_->Requeue({id_});
  ASSERT_THAT(changed.status(), IsOk());
  EXPECT_EQ(changed->messages, 1u);
  ASSERT_TRUE(scheduler_.EventuallyAsked(2));
  ASSERT_TRUE(scheduler_.EventuallyQuiet());
  EXPECT_EQ(Stored().recipients(0).address(), "new-bob@example.com");
  EXPECT_EQ(Stored().failures(), 1u);  // That of the new attempt.
  EXPECT_FALSE(Stored().to_be_rewritten());
}

TEST_F(QueueOverridesTest, RequeuedMembersOfAListKeepTheirOwner) {
  ASSERT_THAT(scheduler_->Requeue({id_}).status(), IsOk());
  ASSERT_TRUE(scheduler_.EventuallyAsked(2));
  ASSERT_TRUE(scheduler_.EventuallyQuiet());
  EXPECT_EQ(rewritten_, 1);
  EXPECT_EQ(Stored().recipients(1).address(), "carol@example.com");
  EXPECT_EQ(Stored().recipients(1).owner(), "owner@example.com");
}

TEST_F(QueueOverridesTest, RequeueReleasesWhatIsHeld) {
  ASSERT_THAT(scheduler_->Hold({id_}).status(), IsOk());
  ASSERT_THAT(scheduler_->Requeue({id_}).status(), IsOk());
  ASSERT_TRUE(scheduler_.EventuallyAsked(2));
  EXPECT_FALSE(Stored().hold());
}

TEST_F(QueueOverridesTest, RedirectedMailHasOneRecipientInPlaceOfAll) {
  ASSERT_THAT(scheduler_->Redirect({id_}, "dan@example.org").status(), IsOk());
  ASSERT_TRUE(scheduler_.EventuallyAsked(2));
  ASSERT_TRUE(scheduler_.EventuallyQuiet());
  ASSERT_THAT(Stored().recipients(), SizeIs(1));
  EXPECT_EQ(Stored().recipients(0).address(), "new-dan@example.org");
}

TEST_F(QueueOverridesTest, RedirectedMailThatIsHeldStaysSo) {
  ASSERT_THAT(scheduler_->Hold({id_}).status(), IsOk());
  ASSERT_THAT(scheduler_->Redirect({id_}, "dan@example.org").status(), IsOk());
  EXPECT_EQ(scheduler_->Find(id_)->state, QueueIndex::State::kHeld);
  EXPECT_EQ(Stored().recipients(0).address(), "dan@example.org");
  EXPECT_TRUE(Stored().hold());
}

TEST_F(QueueOverridesTest, RedirectedMailIsOfTheFlowOfItsNewRecipient) {
  const Flow before = FlowOf(Stored());
  // Hashes say which flow a message is of, and differ from run to run.
  std::string address = "dan@example.org";
  spool::v1::Envelope after = Stored();
  do {
    address += "g";
    after.mutable_recipients(0)->set_address(address);
  } while (FlowOf(after) == before);
  ASSERT_THAT(scheduler_->Hold({id_}).status(), IsOk());
  ASSERT_THAT(scheduler_->Redirect({id_}, address).status(), IsOk());
  EXPECT_EQ(scheduler_->Find(id_)->flow, FlowOf(after));
}

TEST_F(QueueOverridesTest, BouncedMailLeavesAndItsSenderIsTold) {
  const auto changed = scheduler_->Bounce({id_}, "5.7.1", "not wanted");
  ASSERT_THAT(changed.status(), IsOk());
  EXPECT_EQ(changed->messages, 1u);
  EXPECT_FALSE(scheduler_->Find(id_).has_value());
  // One to the sender, one to the owner of the list.
  ASSERT_TRUE(scheduler_.EventuallyAsked(3));
  ASSERT_TRUE(scheduler_.EventuallyQuiet());
  const auto reports = scheduler_->List({}, 10);
  ASSERT_THAT(reports, SizeIs(2));
  const std::string report =
      scheduler_.spool.ContentOf(reports[0].first).value();
  EXPECT_THAT(report, HasSubstr("Status: 5.7.1"));
  EXPECT_THAT(report, HasSubstr("not wanted"));
}

TEST_F(QueueOverridesTest, WhatIsBeingDeliveredIsLeftAloneAndCounted) {
  scheduler_.courier.Hold();
  ASSERT_THAT(scheduler_->Flush(id_), IsOk());
  ASSERT_TRUE(scheduler_.EventuallyAsked(2));
  const auto changed = scheduler_->Bounce({id_}, "5.0.0", "gone");
  ASSERT_THAT(changed.status(), IsOk());
  EXPECT_EQ(changed->messages, 0u);
  EXPECT_EQ(changed->busy, 1u);
  EXPECT_TRUE(scheduler_->Find(id_).has_value());
}

TEST_F(QueueOverridesTest, WhatIsNotThereIsNotCounted) {
  const auto changed =
      scheduler_->Requeue({QueueId::Parse("0000000000001").value()});
  ASSERT_THAT(changed.status(), IsOk());
  EXPECT_EQ(changed->messages + changed->busy, 0u);
}

}  // namespace
}  // namespace postern::mta::queue
