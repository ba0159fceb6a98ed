#include "mta/queue/adoption.h"

#include <string>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/testing/status_matchers.h"
#include "mta/queue/spool_format.h"
#include "mta/queue/test_scheduler.h"

namespace postern::mta::queue {
namespace {

using ::postern::testing::IsOk;
using ::postern::testing::StatusIs;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

bool Never() { return false; }

// Ours, and a volume that another relay has left.
class AdoptionTest : public ::testing::Test {
 protected:
  absl::StatusOr<Adopted> AdoptAll() {
    old_.Close();
    return Adopt(old_.dir.path(), *spool_, spool_.clock, Never);
  }

  TestSpool old_;
  TestSpool spool_;
};

spool::v1::Envelope Deferred() {
  spool::v1::Envelope envelope;
  envelope.set_sender("ann@example.net");
  envelope.set_dsn_envelope_id("QQ314159");
  envelope.set_dsn_return(spool::v1::RETURN_HEADERS);
  envelope.set_failures(3);
  envelope.set_next_attempt_us(1'800'000'000'000'000);
  envelope.set_delay_reported(true);
  envelope.set_hold(true);
  spool::v1::Recipient& recipient = *envelope.add_recipients();
  recipient.set_address("bob@example.com");
  recipient.set_notify_success(true);
  recipient.set_original_recipient("rfc822;bob@example.com");
  recipient.set_last_reply("refused");
  return envelope;
}

TEST_F(AdoptionTest, AMessageKeepsAllButItsQueueId) {
  const std::string content(3 * kChunkBytes + 5, 'x');
  const QueueId id = old_.Add(content, Deferred()).value();
  spool::v1::Envelope before = old_->ReadEnvelope(id).value();
  before.set_has_content_file(false);  // Here it is in the database.
  const auto adopted = AdoptAll();
  ASSERT_THAT(adopted.status(), IsOk());
  EXPECT_EQ(adopted->messages, 1u);
  EXPECT_EQ(adopted->left, 0u);
  EXPECT_THAT(adopted->damaged, IsEmpty());
  ASSERT_THAT(spool_.Ids(), SizeIs(1));
  const QueueId now = spool_.Ids()[0];
  EXPECT_EQ(spool_->ReadEnvelope(now)->SerializeAsString(),
            before.SerializeAsString());
  EXPECT_EQ(spool_.ContentOf(now).value(), content);
  ASSERT_THAT(old_.Open(), IsOk());
  EXPECT_THAT(old_.Ids(), IsEmpty());
}

TEST_F(AdoptionTest, ManyMessagesComeInSeveralSteps) {
  for (int i = 0; i < 150; ++i) ASSERT_THAT(old_.Add("x").status(), IsOk());
  EXPECT_EQ(AdoptAll()->messages, 150u);
  EXPECT_THAT(spool_.Ids(), SizeIs(150));
  // Once more is nothing more.
  EXPECT_EQ(AdoptAll()->messages, 0u);
  EXPECT_THAT(spool_.Ids(), SizeIs(150));
}

TEST_F(AdoptionTest, GoesOnWhereItStopped) {
  for (int i = 0; i < 3; ++i) ASSERT_THAT(old_.Add("x").status(), IsOk());
  old_.Close();
  int asked = 0;
  const auto adopted = Adopt(old_.dir.path(), *spool_, spool_.clock,
                             [&asked] { return ++asked > 2; });
  EXPECT_EQ(adopted->messages, 2u);
  EXPECT_EQ(adopted->left, 1u);
  EXPECT_EQ(AdoptAll()->messages, 1u);
  EXPECT_THAT(spool_.Ids(), SizeIs(3));
}

TEST_F(AdoptionTest, WhatIsDamagedStaysThereAndIsListed) {
  const QueueId id = old_.Add("one").value();
  ASSERT_THAT(old_.Add("two").status(), IsOk());
  old_.Overwrite(ChunkKey(id, 0), "torn");
  const auto adopted = AdoptAll();
  ASSERT_THAT(adopted.status(), IsOk());
  EXPECT_EQ(adopted->messages, 1u);
  EXPECT_EQ(adopted->damaged.count(id), 1u);
  ASSERT_THAT(old_.Open(), IsOk());
  EXPECT_THAT(old_->Damaged(), SizeIs(1));
}

TEST_F(AdoptionTest, RefusesAVolumeThatIsInUse) {
  ASSERT_THAT(old_.Add("one").status(), IsOk());
  EXPECT_THAT(Adopt(old_.dir.path(), *spool_, spool_.clock, Never).status(),
              StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(Adopt(spool_.dir.path(), *spool_, spool_.clock, Never).status(),
              StatusIs(absl::StatusCode::kFailedPrecondition));
}

TEST_F(AdoptionTest, MakesNoSpoolWhereThereIsNone) {
  const std::string nowhere = spool_.dir.path() + "/nowhere";
  EXPECT_THAT(Adopt(nowhere, *spool_, spool_.clock, Never).status(),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr(nowhere)));
}

}  // namespace
}  // namespace postern::mta::queue
