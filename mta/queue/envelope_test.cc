#include "mta/queue/envelope.h"

#include <cstddef>
#include <string>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/testing/status_matchers.h"
#include "mta/queue/spool_format.h"

namespace postern::mta::queue {
namespace {

using ::postern::testing::IsOk;
using ::postern::testing::StatusIs;
using ::testing::HasSubstr;

constexpr QueueId kId = {42};

spool::v1::Envelope Usual() {
  spool::v1::Envelope envelope;
  envelope.set_sender("alice@example.net");
  envelope.add_recipients()->set_address(std::string("b\0b@x", 5));
  envelope.set_queued_us(1'700'000'000'000'000);
  envelope.set_next_attempt_us(1'700'000'300'000'000);
  return envelope;
}

TEST(EnvelopeTest, ReadsBackWhatItWrites) {
  const auto read = ParseEnvelope(kId, SerializeEnvelope(kId, Usual()));
  ASSERT_THAT(read, IsOk());
  EXPECT_EQ(read->SerializeAsString(), Usual().SerializeAsString());
  EXPECT_EQ(QueuedTime(*read), absl::FromUnixSeconds(1'700'000'000));
  EXPECT_EQ(NextAttemptTime(*read), absl::FromUnixSeconds(1'700'000'300));
}

TEST(EnvelopeTest, NoticesAnyFlippedBit) {
  const std::string value = SerializeEnvelope(kId, Usual());
  for (size_t i = 0; i < value.size() * 8; ++i) {
    std::string damaged = value;
    damaged[i / 8] ^= static_cast<char>(1 << (i % 8));
    EXPECT_FALSE(ParseEnvelope(kId, damaged).ok()) << i;
  }
}

TEST(EnvelopeTest, NoticesThatItIsCut) {
  const std::string value = SerializeEnvelope(kId, Usual());
  for (size_t n = 0; n < value.size(); ++n) {
    EXPECT_THAT(ParseEnvelope(kId, value.substr(0, n)),
                StatusIs(absl::StatusCode::kDataLoss));
  }
}

TEST(EnvelopeTest, IsOnlyReadUnderItsOwnName) {
  EXPECT_THAT(ParseEnvelope(QueueId{43}, SerializeEnvelope(kId, Usual())),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr("checksum")));
}

TEST(EnvelopeTest, NeedsARecipient) {
  spool::v1::Envelope envelope = Usual();
  envelope.clear_recipients();
  EXPECT_THAT(ParseEnvelope(kId, SerializeEnvelope(kId, envelope)),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr("recipients")));
}

TEST(EnvelopeTest, KnowsTheNullSender) {
  spool::v1::Envelope envelope = Usual();
  EXPECT_FALSE(HasNullSender(envelope));
  envelope.clear_sender();
  EXPECT_TRUE(HasNullSender(envelope));
}

}  // namespace
}  // namespace postern::mta::queue
