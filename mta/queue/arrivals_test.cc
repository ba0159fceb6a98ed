#include "mta/queue/arrivals.h"

#include <string>

#include "gtest/gtest.h"
#include "lib/base/fake_clock.h"
#include "mta/queue/handed_over.h"

namespace postern::mta::queue {
namespace {

using State = Arrivals::State;

const std::string kSpool(16, 's');
const std::string kOther(16, 'o');

spool::v1::Envelope To(const std::string& recipient) {
  spool::v1::Envelope envelope;
  envelope.add_recipients()->set_address(recipient);
  return envelope;
}

spool::v1::Envelope From(const std::string& spool, uint64_t id,
                         const spool::v1::Envelope& envelope) {
  return HandedOver(spool, QueueId{id}, envelope);
}

class ArrivalsTest : public ::testing::Test {
 protected:
  FakeClock clock_;
  Arrivals arrivals_{clock_, 3};
};

TEST_F(ArrivalsTest, AMessageThatComesAgainIsKnown) {
  const auto envelope = From(kSpool, 1, To("a@b.example"));
  EXPECT_EQ(arrivals_.Begin(envelope).state, State::kNew);
  EXPECT_EQ(arrivals_.Begin(envelope).state, State::kBusy);
  arrivals_.End(envelope, QueueId{9});
  const Arrivals::Claim again = arrivals_.Begin(envelope);
  EXPECT_EQ(again.state, State::kKnown);
  EXPECT_EQ(again.id, QueueId{9});
}

TEST_F(ArrivalsTest, OneThatWasNotTakenMayComeAgain) {
  const auto envelope = From(kSpool, 1, To("a@b.example"));
  EXPECT_EQ(arrivals_.Begin(envelope).state, State::kNew);
  arrivals_.End(envelope, std::nullopt);
  EXPECT_EQ(arrivals_.Begin(envelope).state, State::kNew);
}

TEST_F(ArrivalsTest, OtherEntriesSpoolsAndRecipientsAreOtherMessages) {
  const auto envelope = From(kSpool, 1, To("a@b.example"));
  arrivals_.Begin(envelope);
  arrivals_.End(envelope, QueueId{9});
  EXPECT_EQ(arrivals_.Begin(From(kSpool, 2, To("a@b.example"))).state,
            State::kNew);
  EXPECT_EQ(arrivals_.Begin(From(kOther, 1, To("a@b.example"))).state,
            State::kNew);
  EXPECT_EQ(arrivals_.Begin(From(kSpool, 1, To("c@b.example"))).state,
            State::kNew);
}

// A hands it to us, the answer is lost; A hands it to B, and B to us.
TEST_F(ArrivalsTest, OneThatComesRoundIsKnown) {
  const auto envelope = From(kSpool, 1, To("a@b.example"));
  arrivals_.Begin(envelope);
  arrivals_.End(envelope, QueueId{9});
  const auto round = From(kOther, 5, envelope);
  EXPECT_EQ(arrivals_.Begin(round).state, State::kKnown);
  // Unless it has other recipients by now.
  auto changed = envelope;
  changed.mutable_recipients(0)->set_address("c@b.example");
  EXPECT_EQ(arrivals_.Begin(From(kOther, 5, changed)).state, State::kNew);
}

TEST_F(ArrivalsTest, WhatIsQueuedAtTheStartIsKnown) {
  const auto envelope = From(kSpool, 1, To("a@b.example"));
  arrivals_.Remember(QueueId{9}, envelope);
  arrivals_.Remember(QueueId{10}, To("a@b.example"));
  EXPECT_EQ(arrivals_.Begin(envelope).state, State::kKnown);
}

TEST_F(ArrivalsTest, TheOldestAreForgotten) {
  for (uint64_t i = 0; i < 4; ++i) {
    const auto envelope = From(kSpool, i, To("a@b.example"));
    arrivals_.Begin(envelope);
    arrivals_.End(envelope, QueueId{i});
  }
  EXPECT_EQ(arrivals_.Begin(From(kSpool, 0, To("a@b.example"))).state,
            State::kNew);
  EXPECT_EQ(arrivals_.Begin(From(kSpool, 3, To("a@b.example"))).state,
            State::kKnown);
  clock_.Advance(Arrivals::kKept + absl::Seconds(1));
  const auto fresh = From(kOther, 1, To("a@b.example"));
  arrivals_.Begin(fresh);
  arrivals_.End(fresh, QueueId{50});
  EXPECT_EQ(arrivals_.Begin(From(kSpool, 3, To("a@b.example"))).state,
            State::kNew);
}

}  // namespace
}  // namespace postern::mta::queue
