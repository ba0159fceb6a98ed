#include "mta/queue/settlement.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace postern::mta::queue {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const absl::Time kQueued = absl::FromUnixSeconds(1'700'000'000);
constexpr absl::Duration kNoWarning = absl::ZeroDuration();

const Outcome kDelivered = {Outcome::Kind::kDelivered, "2.0.0", "250 ok", "mx"};
const Outcome kDeferred = {Outcome::Kind::kDeferred, "4.2.2", "452 full", "mx"};
const Outcome kFailed = {Outcome::Kind::kFailed, "5.1.1", "550 who?", "mx"};

const RetrySchedule& Schedule() {
  static const RetrySchedule schedule =
      RetrySchedule::Create({absl::Minutes(5), absl::Hours(1)}, absl::Hours(5),
                            0)
          .value();
  return schedule;
}

spool::v1::Envelope EnvelopeTo(const std::vector<std::string>& addresses) {
  spool::v1::Envelope envelope;
  envelope.set_sender("alice@example.net");
  envelope.set_queued_us(absl::ToUnixMicros(kQueued));
  envelope.set_chunks(3);
  for (const std::string& address : addresses) {
    envelope.add_recipients()->set_address(address);
  }
  return envelope;
}

std::vector<std::string> Addresses(const spool::v1::Envelope& envelope) {
  std::vector<std::string> addresses;
  for (const auto& r : envelope.recipients()) addresses.push_back(r.address());
  return addresses;
}

TEST(SettlementTest, IsDoneWhenAllHaveIt) {
  const Settlement s = Settle(EnvelopeTo({"a", "b"}), {kDelivered, kDelivered},
                              Schedule(), kNoWarning, kQueued);
  EXPECT_THAT(Addresses(s.envelope), IsEmpty());
  EXPECT_THAT(s.failed, IsEmpty());
  EXPECT_EQ(s.envelope.chunks(), 3u);
}

TEST(SettlementTest, KeepsWhoWasDeferredWithTheReply) {
  const Settlement s =
      Settle(EnvelopeTo({"a", "b", "c"}), {kDelivered, kDeferred, kFailed},
             Schedule(), kNoWarning, kQueued);
  EXPECT_THAT(Addresses(s.envelope), ElementsAre("b"));
  EXPECT_EQ(s.envelope.recipients(0).last_reply(), "452 full");
  EXPECT_EQ(s.envelope.recipients(0).last_status(), "4.2.2");
  EXPECT_EQ(s.envelope.recipients(0).last_host(), "mx");
  EXPECT_EQ(s.envelope.failures(), 1u);
  EXPECT_EQ(s.envelope.next_attempt_us(),
            absl::ToUnixMicros(kQueued + absl::Minutes(5)));
  ASSERT_EQ(s.failed.size(), 1u);
  EXPECT_EQ(s.failed[0].recipient.address(), "c");
  EXPECT_FALSE(s.failed[0].is_expired);
}

TEST(SettlementTest, FailsTheDeferredWhenTheirTimeIsOver) {
  spool::v1::Envelope envelope = EnvelopeTo({"a", "b"});
  envelope.set_failures(7);
  const Settlement s = Settle(envelope, {kDeferred, kFailed}, Schedule(),
                              kNoWarning, kQueued + absl::Hours(5));
  EXPECT_THAT(Addresses(s.envelope), IsEmpty());
  ASSERT_EQ(s.failed.size(), 2u);
  EXPECT_EQ(s.failed[0].recipient.address(), "b");
  EXPECT_EQ(s.failed[1].recipient.address(), "a");
  EXPECT_TRUE(s.failed[1].is_expired);
  EXPECT_EQ(s.failed[1].outcome.reply, "452 full");
}

// Who is reported, and as what.
std::vector<std::string> Reports(const Settlement& settlement) {
  const char* words[] = {"failed ", "delayed ", "delivered ", "relayed "};
  std::vector<std::string> reports;
  for (const ReportedRecipient& r : settlement.reported) {
    reports.push_back(words[static_cast<int>(r.action)] +
                      r.recipient.address());
  }
  return reports;
}

TEST(SettlementTest, ReportsFailureUnlessNobodyWantsToKnow) {
  spool::v1::Envelope envelope = EnvelopeTo({"a", "b", "c", "d"});
  envelope.mutable_recipients(1)->set_notify_never(true);
  envelope.mutable_recipients(2)->set_notify_failure(true);
  envelope.mutable_recipients(3)->set_notify_success(true);
  const Settlement s = Settle(envelope, {kFailed, kFailed, kFailed, kFailed},
                              Schedule(), kNoWarning, kQueued);
  EXPECT_EQ(s.failed.size(), 4u);
  EXPECT_THAT(Reports(s), ElementsAre("failed a", "failed c"));
}

TEST(SettlementTest, ReportsSuccessWhereNobodyElseWill) {
  spool::v1::Envelope envelope = EnvelopeTo({"a", "b", "c", "d"});
  for (int i = 0; i < 3; ++i) {
    envelope.mutable_recipients(i)->set_notify_success(true);
  }
  Outcome relayed = kDelivered;
  relayed.handover = Outcome::Handover::kRelayed;
  Outcome here = kDelivered;
  here.handover = Outcome::Handover::kMailbox;
  const Settlement s = Settle(envelope, {kDelivered, relayed, here, here},
                              Schedule(), kNoWarning, kQueued);
  EXPECT_THAT(Reports(s), ElementsAre("relayed b", "delivered c"));
  EXPECT_THAT(s.failed, IsEmpty());
}

TEST(SettlementTest, ReportsDelayOnceAMessage) {
  spool::v1::Envelope envelope = EnvelopeTo({"a", "b"});
  envelope.mutable_recipients(1)->set_notify_failure(true);
  const absl::Duration warning = absl::Hours(1);
  const Settlement early =
      Settle(envelope, {kDeferred, kDeferred}, Schedule(), warning,
             kQueued + warning - absl::Seconds(1));
  EXPECT_THAT(Reports(early), IsEmpty());
  const Settlement late = Settle(early.envelope, {kDeferred, kDeferred},
                                 Schedule(), warning, kQueued + warning);
  EXPECT_THAT(Reports(late), ElementsAre("delayed a"));
  EXPECT_EQ(late.reported[0].outcome.reply, "452 full");
  EXPECT_TRUE(late.envelope.delay_reported());
  const Settlement later = Settle(late.envelope, {kDeferred, kDeferred},
                                  Schedule(), warning, kQueued + 2 * warning);
  EXPECT_THAT(Reports(later), IsEmpty());
}

TEST(SettlementTest, ReportsDelayToWhoAskedWithoutConfiguration) {
  spool::v1::Envelope envelope = EnvelopeTo({"a", "b"});
  envelope.mutable_recipients(0)->set_notify_delay(true);
  const Settlement s = Settle(envelope, {kDeferred, kDeferred}, Schedule(),
                              kNoWarning, kQueued + absl::Hours(4));
  EXPECT_THAT(Reports(s), ElementsAre("delayed a"));
}

TEST(SettlementTest, ReportsFailureAndNoDelayWhenItGivesUp) {
  spool::v1::Envelope envelope = EnvelopeTo({"a"});
  const Settlement s = Settle(envelope, {kDeferred}, Schedule(), absl::Hours(1),
                              kQueued + absl::Hours(5));
  EXPECT_THAT(Reports(s), ElementsAre("failed a"));
  EXPECT_TRUE(s.reported[0].is_expired);
}

TEST(SettlementTest, StoresRepliesAsOnePrintableLine) {  // MTA-33
  const Outcome evil = {
      Outcome::Kind::kDeferred, "4.0.0\r\n",
      "400-no\r\nrecipient: root\r\n" + std::string(9999, 'x'), "mx\n"};
  const Settlement s =
      Settle(EnvelopeTo({"a"}), {evil}, Schedule(), kNoWarning, kQueued);
  EXPECT_EQ(s.envelope.recipients(0).last_reply().find('\n'),
            std::string::npos);
  EXPECT_EQ(s.envelope.recipients(0).last_reply().size(), 500u);
  EXPECT_EQ(s.envelope.recipients(0).last_host(), "mx?");
}

// RFC 3461 section 5.2.7.3.
TEST(SettlementTest, TellsWhoAskedThatAnAliasWasExpanded) {
  spool::v1::Envelope envelope = EnvelopeTo({"a"});
  envelope.mutable_recipients(0)->set_notify_success(true);
  Outcome expanded = kDelivered;
  expanded.handover = Outcome::Handover::kExpanded;
  const Settlement s =
      Settle(envelope, {expanded}, Schedule(), kNoWarning, kQueued);
  EXPECT_THAT(Addresses(s.envelope), IsEmpty());
  ASSERT_EQ(s.reported.size(), 1u);
  EXPECT_EQ(s.reported[0].action, ReportedRecipient::Action::kExpanded);
}

TEST(SettlementTest, CountsWhatBecameOfTheRecipientsOverAllAttempts) {
  Outcome discarded = kDelivered;
  discarded.handover = Outcome::Handover::kDiscarded;
  Outcome expanded = kDelivered;
  expanded.handover = Outcome::Handover::kExpanded;
  const Settlement first =
      Settle(EnvelopeTo({"a", "b", "c", "d", "e"}),
             {kDelivered, kDeferred, kFailed, discarded, expanded}, Schedule(),
             kNoWarning, kQueued);
  EXPECT_EQ(first.tally.attempts, 1u);
  EXPECT_EQ(first.tally.delivered, 1u);
  EXPECT_EQ(first.tally.bounced, 1u);
  EXPECT_EQ(first.tally.discarded, 1u);
  const Settlement last = Settle(first.envelope, {kDeferred}, Schedule(),
                                 kNoWarning, kQueued + absl::Hours(10));
  EXPECT_EQ(last.tally.attempts, 2u);
  EXPECT_EQ(last.tally.delivered, 1u);
  EXPECT_EQ(last.tally.bounced, 1u);
  EXPECT_EQ(last.tally.expired, 1u);
}

}  // namespace
}  // namespace postern::mta::queue
