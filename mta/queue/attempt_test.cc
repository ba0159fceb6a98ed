// What an attempt leaves in the queue (attempt.cc).

#include <atomic>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/testing/status_matchers.h"
#include "mta/queue/scheduler.h"
#include "mta/queue/spool_format.h"
#include "mta/queue/test_scheduler.h"
#include "mta/queue/unsynced_file_system.h"

namespace postern::mta::queue {
namespace {

using ::postern::testing::IsOk;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

const Outcome kDeferred = {Outcome::Kind::kDeferred, "4.4.1", "refused", ""};
const Outcome kFailed = {Outcome::Kind::kFailed, "5.1.1", "550 who?", "mx"};
const Outcome kDelivered = {Outcome::Kind::kDelivered, "2.0.0", "250 ok", "mx"};

spool::v1::Envelope EnvelopeTo(const std::vector<std::string>& recipients) {
  spool::v1::Envelope envelope;
  envelope.set_sender("alice@example.net");
  for (const std::string& recipient : recipients) {
    envelope.add_recipients()->set_address(recipient);
  }
  return envelope;
}

TEST(AttemptTest, TriesOnlyThoseAgainWhoDoNotHaveIt) {
  TestScheduler scheduler;
  scheduler.courier.AnswerWith([](const std::string& recipient) {
    return recipient == "b" ? kDeferred : kDelivered;
  });
  ASSERT_THAT(scheduler.Start(), IsOk());
  ASSERT_THAT(scheduler.spool.Add("x", EnvelopeTo({"a", "b", "c"})), IsOk());
  ASSERT_TRUE(scheduler.EventuallyAsked(1));
  ASSERT_TRUE(scheduler.EventuallyQuiet());
  scheduler.Advance(absl::Minutes(5));
  ASSERT_TRUE(scheduler.EventuallyAsked(2));
  const auto asked = scheduler.courier.asked();
  ASSERT_EQ(asked[1].envelope.recipients_size(), 1);
  EXPECT_EQ(asked[1].envelope.recipients(0).address(), "b");
  EXPECT_EQ(asked[1].envelope.recipients(0).last_reply(), "refused");
}

TEST(AttemptTest, BouncesWhatFailedToTheSender) {
  TestScheduler scheduler;
  scheduler.courier.AnswerWith([](const std::string& recipient) {
    return recipient == "b" ? kFailed : kDelivered;
  });
  ASSERT_THAT(scheduler.Start(), IsOk());
  ASSERT_THAT(scheduler.spool.Add("Subject: lost\r\n\r\nbody\r\n",
                                  EnvelopeTo({"a", "b"})),
              IsOk());
  ASSERT_TRUE(scheduler.EventuallyAsked(2));
  ASSERT_TRUE(scheduler.EventuallyEmpty());
  const FakeCourier::Asked bounce = scheduler.courier.asked()[1];
  EXPECT_EQ(bounce.envelope.sender(), "");
  EXPECT_EQ(bounce.envelope.recipients(0).address(), "alice@example.net");
  EXPECT_THAT(bounce.content, HasSubstr("Final-Recipient: rfc822; b\r\n"));
  EXPECT_THAT(bounce.content, HasSubstr("Subject: lost\r\n"));
  EXPECT_EQ(scheduler.Counter("postern_mta_queue_bounces_total"), 1);
  EXPECT_EQ(scheduler.Counter("postern_mta_queue_failed_recipients_total"), 1);
}

TEST(AttemptTest, TellsNobodyWhoWantsToHearNothing) {  // MTA-37
  TestScheduler scheduler;
  scheduler.courier.AnswerWith(kFailed);
  ASSERT_THAT(scheduler.Start(), IsOk());
  spool::v1::Envelope envelope = EnvelopeTo({"a"});
  envelope.mutable_recipients(0)->set_notify_never(true);
  ASSERT_THAT(scheduler.spool.Add("x", envelope), IsOk());
  ASSERT_TRUE(scheduler.EventuallyAsked(1));
  ASSERT_TRUE(scheduler.EventuallyEmpty());
  EXPECT_THAT(scheduler.courier.asked(), SizeIs(1));
  EXPECT_EQ(scheduler.Counter("postern_mta_queue_bounces_dropped_total"), 1);
}

TEST(AttemptTest, AReportOnTlsHasATimeOfItsOwnAndNoReport) {
  TestScheduler scheduler;
  scheduler.courier.AnswerWith(kDeferred);
  ASSERT_THAT(scheduler.Start(), IsOk());
  spool::v1::Envelope envelope = EnvelopeTo({"tls@example.org"});
  envelope.mutable_recipients(0)->set_notify_never(true);
  envelope.set_is_tls_report(true);
  ASSERT_THAT(scheduler.spool.Add("x", envelope), IsOk());
  for (int i = 1; i <= 24; ++i) {
    ASSERT_TRUE(scheduler.EventuallyAsked(i));
    ASSERT_TRUE(scheduler.EventuallyQuiet());
    scheduler.Advance(absl::Minutes(5));
  }
  ASSERT_TRUE(scheduler.EventuallyEmpty());  // Other mail has five hours.
  EXPECT_EQ(scheduler.Counter("postern_mta_queue_bounces_total"), 0);
}

TEST(AttemptTest, TellsWhoAskedThatTheMessageIsThere) {
  TestScheduler scheduler;
  scheduler.courier.AnswerWith([](const std::string&) {
    Outcome outcome = kDelivered;
    outcome.handover = Outcome::Handover::kMailbox;
    return outcome;
  });
  ASSERT_THAT(scheduler.Start(), IsOk());
  spool::v1::Envelope envelope = EnvelopeTo({"a", "b"});
  envelope.mutable_recipients(1)->set_notify_success(true);
  ASSERT_THAT(scheduler.spool.Add("x", envelope), IsOk());
  ASSERT_TRUE(scheduler.EventuallyAsked(2));
  ASSERT_TRUE(scheduler.EventuallyEmpty());
  // The report is delivered too, and nobody reports on that.
  ASSERT_THAT(scheduler.courier.asked(), SizeIs(2));
  const FakeCourier::Asked report = scheduler.courier.asked()[1];
  EXPECT_THAT(report.content, HasSubstr("Final-Recipient: rfc822; b\r\n"
                                        "Action: delivered\r\n"
                                        "Status: 2.0.0\r\n"));
  EXPECT_THAT(report.content, Not(HasSubstr("Final-Recipient: rfc822; a\r")));
  EXPECT_EQ(scheduler.Counter("postern_mta_queue_notices_total",
                              {{"kind", "success"}}),
            1);
}

TEST(AttemptTest, TellsTheSenderOnceThatItIsLate) {
  TestScheduler scheduler;
  scheduler.delay_warning_time = absl::Hours(1);
  scheduler.courier.AnswerWith([](const std::string& recipient) {
    return recipient == "a" ? kDeferred : kDelivered;
  });
  ASSERT_THAT(scheduler.Start(), IsOk());
  ASSERT_THAT(scheduler.spool.Add("x", EnvelopeTo({"a"})), IsOk());
  ASSERT_TRUE(scheduler.EventuallyAsked(1));
  ASSERT_TRUE(scheduler.EventuallyQuiet());
  scheduler.Advance(absl::Hours(1));
  ASSERT_TRUE(scheduler.EventuallyAsked(3));  // With the report.
  ASSERT_TRUE(scheduler.EventuallyQuiet());
  EXPECT_THAT(scheduler.courier.asked()[2].content,
              HasSubstr("Action: delayed\r\nStatus: 4.4.1\r\n"));
  scheduler.Advance(absl::Hours(1));
  ASSERT_TRUE(scheduler.EventuallyAsked(4));
  ASSERT_TRUE(scheduler.EventuallyQuiet());
  EXPECT_THAT(scheduler.courier.asked(), SizeIs(4));
  EXPECT_EQ(
      scheduler.Counter("postern_mta_queue_notices_total", {{"kind", "delay"}}),
      1);
}

TEST(AttemptTest, BringsTheWholeMessageBackOnRequest) {
  TestScheduler scheduler;
  scheduler.courier.AnswerWith([](const std::string& recipient) {
    return recipient == "a" ? kFailed : kDelivered;
  });
  ASSERT_THAT(scheduler.Start(), IsOk());
  spool::v1::Envelope envelope = EnvelopeTo({"a"});
  envelope.set_dsn_return(spool::v1::RETURN_FULL);
  ASSERT_THAT(scheduler.spool.Add("Subject: lost\r\n\r\nbody\r\n", envelope),
              IsOk());
  ASSERT_TRUE(scheduler.EventuallyAsked(2));
  EXPECT_THAT(scheduler.courier.asked()[1].content,
              HasSubstr("Subject: lost\r\n\r\nbody\r\n"));
}

// The senders and the owners of lists may be aliases themselves.
TEST(AttemptTest, AReportGoesToThoseWhomItsReaderStandsFor) {
  TestScheduler scheduler;
  std::atomic<int> asked = 0;
  scheduler.rewrite =
      [&asked](spool::v1::Envelope& envelope) -> net::Task<absl::Status> {
    if (++asked == 1) co_return absl::UnavailableError("no table");
    EXPECT_EQ(envelope.recipients(0).address(), "alice@example.net");
    envelope.mutable_recipients(0)->set_address("al@example.com");
    co_return absl::OkStatus();
  };
  scheduler.courier.AnswerWith([](const std::string& recipient) {
    return recipient == "x" ? kFailed : kDelivered;
  });
  ASSERT_THAT(scheduler.Start(), IsOk());
  ASSERT_THAT(scheduler.spool.Add("x", EnvelopeTo({"x"})), IsOk());
  ASSERT_TRUE(scheduler.Eventually([&] { return asked == 1; }));
  ASSERT_TRUE(scheduler.EventuallyQuiet());
  EXPECT_THAT(scheduler.courier.asked(), SizeIs(1));  // Nobody got the report.
  scheduler.Advance(absl::Minutes(6));
  ASSERT_TRUE(scheduler.EventuallyEmpty());
  ASSERT_THAT(scheduler.courier.asked(), SizeIs(2));
  EXPECT_EQ(scheduler.courier.asked()[1].envelope.recipients(0).address(),
            "al@example.com");
}

TEST(AttemptTest, DropsABounceThatCannotBeDelivered) {  // MTA-37, MTA-38
  TestScheduler scheduler;
  scheduler.courier.AnswerWith(kFailed);
  ASSERT_THAT(scheduler.Start(), IsOk());
  ASSERT_THAT(scheduler.spool.Add("x"), IsOk());
  ASSERT_TRUE(scheduler.EventuallyAsked(2));
  ASSERT_TRUE(scheduler.EventuallyEmpty());
  EXPECT_THAT(scheduler.courier.asked(), SizeIs(2));
  EXPECT_EQ(scheduler.Counter("postern_mta_queue_bounces_total"), 1);
  EXPECT_EQ(scheduler.Counter("postern_mta_queue_bounces_dropped_total"), 1);
}

TEST(AttemptTest, BouncesWhenTheTimeIsOver) {
  TestScheduler scheduler;
  scheduler.courier.AnswerWith(kDeferred);
  ASSERT_THAT(scheduler.Start(), IsOk());
  ASSERT_THAT(scheduler.spool.Add("x"), IsOk());
  ASSERT_TRUE(scheduler.EventuallyAsked(1));
  ASSERT_TRUE(scheduler.EventuallyQuiet());
  scheduler.courier.AnswerWith([](const std::string& recipient) {
    return recipient == "alice@example.net" ? kDelivered : kDeferred;
  });
  scheduler.Advance(absl::Hours(5));
  ASSERT_TRUE(scheduler.EventuallyAsked(3));
  ASSERT_TRUE(scheduler.EventuallyEmpty());
  EXPECT_THAT(scheduler.courier.asked()[2].content,
              HasSubstr("given up after retries.\r\n    refused\r\n"));
  EXPECT_EQ(scheduler.Counter("postern_mta_queue_expired_recipients_total"), 1);
}

TEST(AttemptTest, SetsAMessageWithDamagedContentAside) {
  TestScheduler scheduler;
  const auto id = scheduler.spool.Add("x");
  scheduler.spool.Overwrite(ChunkKey(*id, 0), "garbage");
  ASSERT_THAT(scheduler.spool.Open(), IsOk());
  ASSERT_THAT(scheduler.Start(), IsOk());
  ASSERT_TRUE(scheduler.EventuallyEmpty());
  EXPECT_THAT(scheduler.spool->Damaged(), SizeIs(1));
  EXPECT_EQ(scheduler.Counter("postern_mta_queue_delivered_total"), 0);
}

TEST(AttemptTest, RecordsADeliveryOnceTheDiskHasRoomAgain) {
  UnsyncedFileSystem disk;
  TestScheduler scheduler(disk.env());
  ASSERT_THAT(scheduler.Start(), IsOk());
  scheduler.courier.Hold();
  ASSERT_THAT(scheduler.spool.Add("x"), IsOk());
  ASSERT_TRUE(scheduler.EventuallyAsked(1));
  disk.Fail(UnsyncedFileSystem::Operation::kAppend,
            rocksdb::IOStatus::NoSpace("full"));
  scheduler.courier.Release();
  ASSERT_TRUE(
      scheduler.Eventually([&] { return !scheduler.spool->ok().ok(); }));
  disk.Heal();
  ASSERT_TRUE(scheduler.EventuallyEmpty());
  EXPECT_THAT(scheduler.courier.asked(), SizeIs(1));
  EXPECT_THAT(scheduler.spool.Ids(), IsEmpty());
}

}  // namespace
}  // namespace postern::mta::queue
