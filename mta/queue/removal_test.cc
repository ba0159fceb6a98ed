#include "mta/queue/removal.h"

#include <string>

#include "gtest/gtest.h"

namespace postern::mta::queue {
namespace {

using ::testing::internal::CaptureStdout;
using ::testing::internal::GetCapturedStdout;

const absl::Time kMail = absl::FromUnixSeconds(1'700'000'000);

spool::v1::Envelope Queued() {
  spool::v1::Envelope envelope;
  envelope.set_sender("ann@example.net");
  envelope.set_session("s1");
  envelope.set_size_bytes(1234);
  envelope.set_queued_us(absl::ToUnixMicros(kMail + absl::Milliseconds(50)));
  return envelope;
}

TEST(RemovalTest, SaysInOneLineWhatBecameOfAMessage) {
  const spool::v1::Envelope envelope = Queued();
  const absl::Time queued = kMail + absl::Milliseconds(50);
  const Removal removal = {
      .id = QueueId::At(kMail, 0),
      .envelope = envelope,
      .tally = {.attempts = 2, .delivered = 3, .bounced = 1, .expired = 1},
      .deleted = 2,
      .last = {.begun = queued + absl::Seconds(3),
               .connecting = absl::Milliseconds(200),
               .ended = queued + absl::Seconds(4)},
      .now = queued + absl::Seconds(4)};
  CaptureStdout();
  LogRemoval(removal);
  const std::string line = GetCapturedStdout();
  EXPECT_NE(line.find("event=removed queue_id=" + removal.id.ToString() +
                      " session=s1 from=ann@example.net size=1234 nrcpt=7 "
                      "age=4.00 attempts=2 delivered=3 bounced=1 expired=1 "
                      "discarded=0 deleted=2 given_away=0 "
                      "delays=0.05/3/0.2/0.8\n"),
            line.npos)
      << line;
}

TEST(RemovalTest, KnowsNoConnectionOfWhatWasNeverTried) {
  const spool::v1::Envelope envelope = Queued();
  EXPECT_EQ(ShownDelays({.id = QueueId::At(kMail, 0),
                         .envelope = envelope,
                         .now = kMail + absl::Milliseconds(2050)}),
            "0.05/2/0/0");
}

TEST(RemovalTest, HasNoNegativeDelayWhenTheClockWentBack) {
  const spool::v1::Envelope envelope = Queued();
  EXPECT_EQ(ShownDelays({.id = QueueId::At(kMail + absl::Hours(1), 0),
                         .envelope = envelope,
                         .now = kMail}),
            "0/0/0/0");
}

TEST(RemovalTest, FindsTheSlowestConnection) {
  std::vector<Outcome> outcomes(3);
  outcomes[1].connecting = absl::Seconds(2);
  EXPECT_EQ(LongestConnecting(outcomes), absl::Seconds(2));
  EXPECT_EQ(LongestConnecting({}), absl::ZeroDuration());
}

}  // namespace
}  // namespace postern::mta::queue
