#include "mta/outbound/handoff.h"

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/base/file.h"
#include "lib/dns/fake_resolver.h"
#include "lib/testing/status_matchers.h"
#include "lib/testing/temp_dir.h"
#include "mta/outbound/test_taker.h"
#include "mta/queue/test_scheduler.h"

namespace postern::mta::outbound {
namespace {

using ::postern::testing::IsOk;
using ::postern::testing::StatusIs;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;
using Answer = TestTaker::Answer;

const std::string kSecret(40, 's');

class HandoffTest : public ::testing::Test {
 protected:
  HandoffTest() {
    EXPECT_THAT(scheduler_.Start(), IsOk());
    const std::string file = dir_.path() + "/secret";
    EXPECT_THAT(WriteFile(file, kSecret), IsOk());
    config_.set_myhostname("relay.test");
    config_.mutable_handoff()->set_secret_file(file);
    config_.mutable_handoff()->set_connections(2);
    config_.mutable_handoff()->mutable_delivery_time()->set_seconds(5);
    config_.mutable_handoff()->set_tls_security_level(
        config::v1::Handoff::TLS_NONE);
  }

  void AddPeer(uint16_t port) {
    config_.mutable_handoff()->add_peers(absl::StrCat("127.0.0.1:", port));
  }
  void AddHeld(int count, const spool::v1::Envelope& like =
                              queue::TestSpool::UsualEnvelope()) {
    for (int i = 0; i < count; ++i) {
      spool::v1::Envelope envelope = like;
      envelope.set_hold(true);
      ASSERT_TRUE(scheduler_.spool.Add("x\r\n", envelope).ok());
    }
  }
  static uint16_t PortOfNobody() {
    const TestTaker gone(kSecret);
    return gone.port();
  }
  absl::StatusOr<std::unique_ptr<Handoff>> Create() {
    return Handoff::Create(config_, {.spool = *scheduler_.spool,
                                     .scheduler = *scheduler_,
                                     .resolver = resolver_,
                                     .own = own_,
                                     .runtime = *scheduler_.spool.runtime,
                                     .drain = *scheduler_.drain,
                                     .clock = scheduler_.spool.clock,
                                     .metrics = scheduler_.spool.registry});
  }
  // Stops the relay; returns how long it took.
  absl::Duration Finish(absl::Duration left = absl::Seconds(20)) {
    handoff_ = Create().value();
    scheduler_.drain->Begin();
    const absl::Time began = absl::Now();
    handoff_->Finish(left);
    return absl::Now() - began;
  }
  size_t Left() { return scheduler_->WhatIsLeft().messages; }
  double Given(const char* result) {
    return scheduler_.Counter("postern_mta_handoff_given_total",
                              {{"result", result}});
  }

  const testing::TempDir dir_;
  queue::TestScheduler scheduler_;
  config::v1::Mta config_;
  dns::FakeResolver resolver_{""};
  const routing::OwnEndpoints own_{"relay.test", {}};
  std::unique_ptr<Handoff> handoff_;
};

TEST_F(HandoffTest, HandsEverythingToPeersAndEnds) {
  TestTaker one(kSecret, 'a');
  TestTaker other(kSecret, 'b');
  AddPeer(one.port());
  AddPeer(other.port());
  AddHeld(100);
  EXPECT_LT(Finish(), absl::Seconds(15));
  EXPECT_EQ(Left(), 0u);
  EXPECT_EQ(one.messages().size() + other.messages().size(), 100u);
  EXPECT_THAT(scheduler_.spool.Ids(), IsEmpty());
  EXPECT_EQ(Given("handed_off"), 100);
  const auto messages = one.messages();
  ASSERT_FALSE(messages.empty());
  EXPECT_TRUE(messages[0].envelope.hold());
  EXPECT_EQ(messages[0].envelope.origins(0).spool(), scheduler_.spool->name());
  EXPECT_EQ(messages[0].content, "x\r\n");
}

TEST_F(HandoffTest, WhatIsDueIsDeliveredFirst) {
  TestTaker taker(kSecret);
  AddPeer(taker.port());
  scheduler_.courier.Hold();
  ASSERT_TRUE(scheduler_.spool.Add("x\r\n").ok());
  ASSERT_TRUE(scheduler_.EventuallyAsked(1));
  scheduler_.drain->Begin();
  ASSERT_TRUE(scheduler_.spool.Add("y\r\n").ok());  // From a last session.
  scheduler_.courier.Release();
  Finish();
  EXPECT_THAT(scheduler_.courier.asked(), SizeIs(2));
  EXPECT_THAT(taker.messages(), IsEmpty());
  EXPECT_EQ(Left(), 0u);
}

TEST_F(HandoffTest, WhatIsDeferredThenIsHandedOver) {
  TestTaker taker(kSecret);
  AddPeer(taker.port());
  queue::Outcome later;
  later.status = "4.2.0";
  scheduler_.courier.AnswerWith(later);
  scheduler_.drain->Begin();
  ASSERT_TRUE(scheduler_.spool.Add("x\r\n").ok());
  Finish();
  EXPECT_THAT(scheduler_.courier.asked(), SizeIs(1));
  ASSERT_THAT(taker.messages(), SizeIs(1));
  EXPECT_EQ(taker.messages()[0].envelope.failures(), 1u);
  EXPECT_EQ(Left(), 0u);
}

TEST_F(HandoffTest, WhatIsInDeliveryAtTheEndStays) {
  TestTaker taker(kSecret);
  AddPeer(taker.port());
  scheduler_.courier.Hold();
  ASSERT_TRUE(scheduler_.spool.Add("x\r\n").ok());
  ASSERT_TRUE(scheduler_.EventuallyAsked(1));
  AddHeld(3);
  Finish(absl::Milliseconds(500));
  EXPECT_THAT(taker.messages(), SizeIs(3));
  EXPECT_EQ(Left(), 1u);
  EXPECT_EQ(
      scheduler_.spool.registry.AddGauge("postern_mta_handoff_remaining", "")
          .Value(),
      1);
}

TEST_F(HandoffTest, WithoutPeersAllStays) {
  AddHeld(2);
  EXPECT_LT(Finish(), absl::Seconds(3));
  EXPECT_EQ(Left(), 2u);
  EXPECT_THAT(scheduler_.spool.Ids(), SizeIs(2));
}

TEST_F(HandoffTest, AnUnreachablePeerDoesNotHinderAnother) {
  const uint16_t nobody = PortOfNobody();
  TestTaker taker(kSecret);
  AddPeer(nobody);
  AddPeer(taker.port());
  AddHeld(20);
  EXPECT_LT(Finish(), absl::Seconds(15));
  EXPECT_THAT(taker.messages(), SizeIs(20));
  EXPECT_EQ(Left(), 0u);
}

TEST_F(HandoffTest, WithUnreachablePeersAllStays) {
  const uint16_t nobody = PortOfNobody();
  AddPeer(nobody);
  AddPeer(nobody + 1);
  AddHeld(20);
  EXPECT_LT(Finish(), absl::Seconds(15)) << "it does not try for ever";
  EXPECT_EQ(Left(), 20u);
}

TEST_F(HandoffTest, WhatOnePeerRefusesTheNextOneGets) {
  TestTaker full(kSecret, 'a');
  full.AnswerWith([](const TestTaker::Message&) { return Answer::kRefuse; });
  TestTaker taker(kSecret, 'b');
  AddPeer(full.port());
  AddPeer(taker.port());
  AddHeld(30);
  Finish();
  EXPECT_THAT(taker.messages(), SizeIs(30));
  EXPECT_LE(Given("refused"), 2 * 5) << "it is left alone soon";
  EXPECT_EQ(Left(), 0u);
}

TEST_F(HandoffTest, AStrangerGetsNothing) {
  TestTaker stranger(std::string(40, 'x'));
  AddPeer(stranger.port());
  AddHeld(3);
  Finish();
  EXPECT_THAT(stranger.messages(), IsEmpty());
  EXPECT_EQ(Left(), 3u);
}

TEST_F(HandoffTest, ALostReceiptIsAskedForAtTheSamePeer) {
  TestTaker taker(kSecret);
  AddPeer(taker.port());
  config_.mutable_handoff()->set_connections(1);
  int asked = 0;
  taker.AnswerWith([&asked](const TestTaker::Message&) {
    return ++asked == 1 ? Answer::kVanish : Answer::kTake;
  });
  AddHeld(1);
  Finish();
  const auto messages = taker.messages();
  ASSERT_THAT(messages, SizeIs(2));
  // By this a relay knows it again.
  EXPECT_EQ(messages[0].envelope.origins(0).SerializeAsString(),
            messages[1].envelope.origins(0).SerializeAsString());
  EXPECT_EQ(Given("doubtful"), 1);
  EXPECT_EQ(Left(), 0u);
}

TEST_F(HandoffTest, APeerThatDiesDoesNotTakeMailAlong) {
  TestTaker dying(kSecret, 'a');
  dying.AnswerWith([](const TestTaker::Message&) { return Answer::kVanish; });
  TestTaker taker(kSecret, 'b');
  AddPeer(dying.port());
  AddPeer(taker.port());
  AddHeld(20);
  Finish();
  EXPECT_EQ(Left(), 0u);
  EXPECT_THAT(taker.messages(), SizeIs(20));
}

TEST_F(HandoffTest, APeerThatHangsHoldsNothingUp) {
  TestTaker hanging(kSecret, 'a');
  hanging.AnswerWith([](const TestTaker::Message&) { return Answer::kHang; });
  TestTaker taker(kSecret, 'b');
  AddPeer(hanging.port());
  AddPeer(taker.port());
  AddHeld(20);
  EXPECT_LT(Finish(absl::Seconds(1)), absl::Seconds(8));
  // One on each connection to the peer that hangs.
  EXPECT_LE(Left(), 2u);
  EXPECT_GE(taker.messages().size(), 18u);
}

TEST_F(HandoffTest, MailForThisMachineStays) {
  TestTaker taker(kSecret);
  AddPeer(taker.port());
  spool::v1::Envelope envelope = queue::TestSpool::UsualEnvelope();
  envelope.mutable_recipients(0)->set_command("/bin/true");
  AddHeld(1, envelope);
  envelope = queue::TestSpool::UsualEnvelope();
  envelope.set_requiretls(true);
  AddHeld(1, envelope);
  AddHeld(1);
  Finish();
  EXPECT_THAT(taker.messages(), SizeIs(1));
  EXPECT_EQ(Left(), 2u);
}

TEST_F(HandoffTest, PeersNeedASecret) {
  AddPeer(25);
  config_.mutable_handoff()->clear_secret_file();
  EXPECT_THAT(Create().status(), StatusIs(absl::StatusCode::kInvalidArgument,
                                          StartsWith("handoff.secret_file: ")));
}

}  // namespace
}  // namespace postern::mta::outbound
