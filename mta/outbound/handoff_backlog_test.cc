#include "mta/outbound/handoff_backlog.h"

#include <optional>
#include <utility>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/testing/status_matchers.h"
#include "mta/queue/test_scheduler.h"

namespace postern::mta::outbound {
namespace {

using ::postern::testing::IsOk;
using queue::QueueId;

class HandoffBacklogTest : public ::testing::Test {
 protected:
  HandoffBacklogTest() {
    EXPECT_THAT(scheduler_.Start(), IsOk());
    backlog_ = std::make_unique<HandoffBacklog>(*scheduler_, 2);
  }

  QueueId AddHeld() {
    spool::v1::Envelope envelope = queue::TestSpool::UsualEnvelope();
    envelope.set_hold(true);
    return scheduler_.spool.Add("x\r\n", envelope).value();
  }
  template <typename T>
  T Await(net::Task<T> task) {
    return scheduler_.spool.runtime->BlockOn(std::move(task));
  }
  void Refuse(size_t peer) {
    auto leaving = backlog_->Take(peer);
    ASSERT_TRUE(leaving.has_value());
    Await(backlog_->PutBack(*std::move(leaving), peer, /*is_refused=*/true));
  }

  queue::TestScheduler scheduler_;
  std::unique_ptr<HandoffBacklog> backlog_;
};

TEST_F(HandoffBacklogTest, EachMessageIsTakenOnce) {
  const QueueId first = AddHeld();
  const QueueId second = AddHeld();
  auto one = backlog_->Take(0);
  auto other = backlog_->Take(1);
  ASSERT_TRUE(one && other);
  EXPECT_EQ(one->id(), first);
  EXPECT_EQ(other->id(), second);
  EXPECT_FALSE(backlog_->Take(0).has_value());
  EXPECT_FALSE(backlog_->IsExhausted({0})) << "two are on their way";
  EXPECT_THAT(Await(backlog_->End(*std::move(one))), IsOk());
  EXPECT_THAT(Await(backlog_->End(*std::move(other))), IsOk());
  EXPECT_FALSE(backlog_->Take(0).has_value());
  EXPECT_TRUE(backlog_->IsExhausted({0}));
  EXPECT_FALSE(backlog_->IsExhausted({0, 1})) << "one has not looked";
  EXPECT_EQ(scheduler_->WhatIsLeft().messages, 0u);
}

TEST_F(HandoffBacklogTest, WhatOnePeerRefusesAnotherMayHave) {
  const QueueId id = AddHeld();
  Refuse(0);
  EXPECT_FALSE(backlog_->Take(0).has_value());
  auto leaving = backlog_->Take(1);
  ASSERT_TRUE(leaving.has_value());
  EXPECT_EQ(leaving->id(), id);
  Await(backlog_->PutBack(*std::move(leaving), 1, /*is_refused=*/true));
  EXPECT_FALSE(backlog_->Take(1).has_value());
  EXPECT_FALSE(backlog_->Take(0).has_value());
  EXPECT_TRUE(backlog_->IsExhausted({0, 1}));
  EXPECT_EQ(scheduler_->WhatIsLeft().messages, 1u);
}

TEST_F(HandoffBacklogTest, WhatWasOnlyPutBackComesAgain) {
  const QueueId id = AddHeld();
  AddHeld();
  auto leaving = backlog_->Take(0);
  Await(backlog_->PutBack(*std::move(leaving), 0, /*is_refused=*/false));
  auto next = backlog_->Take(0);
  ASSERT_TRUE(next.has_value());
  auto again = backlog_->Take(0);
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(again->id(), id);
  EXPECT_THAT(Await(backlog_->End(*std::move(next))), IsOk());
  EXPECT_THAT(Await(backlog_->End(*std::move(again))), IsOk());
}

TEST_F(HandoffBacklogTest, WhatIsKeptIsOfferedToNobody) {
  AddHeld();
  auto leaving = backlog_->Take(0);
  Await(backlog_->Keep(*std::move(leaving)));
  EXPECT_FALSE(backlog_->Take(0).has_value());
  EXPECT_FALSE(backlog_->Take(1).has_value());
  EXPECT_EQ(backlog_->kept(), 1u);
  EXPECT_TRUE(backlog_->IsExhausted({0, 1}));
}

TEST_F(HandoffBacklogTest, AChangeHasEverybodyLookAgain) {
  EXPECT_FALSE(backlog_->Take(0).has_value());
  EXPECT_TRUE(backlog_->IsExhausted({0}));
  backlog_->NoteChange();
  EXPECT_FALSE(backlog_->IsExhausted({0}));
  AddHeld();
  EXPECT_TRUE(backlog_->Take(0).has_value());
}

TEST_F(HandoffBacklogTest, SparesWhatIsAboutToBeDelivered) {
  scheduler_.drain->Begin();
  ASSERT_TRUE(scheduler_.spool.Add("x\r\n").ok());  // Due now.
  backlog_->Spare(scheduler_.spool.clock.Now() + absl::Seconds(5));
  EXPECT_FALSE(backlog_->Take(0).has_value());
  backlog_->Spare(absl::InfinitePast());
  auto leaving = backlog_->Take(0);
  ASSERT_TRUE(leaving.has_value());
  EXPECT_THAT(Await(backlog_->End(*std::move(leaving))), IsOk());
}

}  // namespace
}  // namespace postern::mta::outbound
