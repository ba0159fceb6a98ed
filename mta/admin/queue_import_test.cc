#include "mta/admin/queue_import.h"

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/testing/status_matchers.h"
#include "mta/queue/test_scheduler.h"
#include "mta/queue/unsynced_file_system.h"

namespace postern::mta::admin {
namespace {

namespace api = ::postern::admin::v1;

using ::postern::testing::IsOk;
using ::postern::testing::IsOkAndHolds;
using ::postern::testing::StatusIs;
using queue::QueueId;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Result = api::ImportResponse;

class QueueImportTest : public ::testing::Test {
 protected:
  QueueImportTest() : scheduler_(disk_.env()) {}

  void SetUp() override {
    ASSERT_THAT(scheduler_.Start(), IsOk());
    Restart();
  }

  void Restart() {
    import_.reset();
    import_ = std::make_unique<QueueImport>(
        *scheduler_.spool, *scheduler_, scheduler_.spool.clock,
        [this](const api::ImportResponse& response) {
          answers_.push_back(response);
          return listens_;
        });
  }

  // Of an hour ago, due in an hour.
  spool::v1::Envelope Waiting(const std::string& content) {
    spool::v1::Envelope envelope;
    envelope.set_sender("ann@example.net");
    envelope.add_recipients()->set_address("bob@example.com");
    const absl::Time now = scheduler_.spool.clock.Now();
    envelope.set_queued_us(absl::ToUnixMicros(now - absl::Hours(1)));
    envelope.set_next_attempt_us(absl::ToUnixMicros(now + absl::Hours(1)));
    envelope.set_failures(3);
    envelope.set_dsn_envelope_id("QQ314159");
    envelope.set_size_bytes(static_cast<int64_t>(content.size()));
    return envelope;
  }

  QueueId EarlierId(uint64_t salt) const {
    return QueueId::At(scheduler_.spool.clock.Now() - absl::Hours(1), salt);
  }

  absl::Status Take(const std::string& id, const spool::v1::Envelope& envelope,
                    const std::string& content) {
    api::ImportRequest request;
    request.mutable_head()->set_queue_id(id);
    request.mutable_head()->set_envelope(envelope.SerializeAsString());
    absl::Status status = import_->Take(request);
    request.set_content(content);
    if (status.ok()) status = import_->Take(request);
    request.set_complete(true);
    if (status.ok()) status = import_->Take(request);
    return status;
  }
  absl::Status TakeUsual(QueueId id, const std::string& content = "text") {
    return Take(id.ToString(), Waiting(content), content);
  }

  queue::UnsyncedFileSystem disk_;
  queue::TestScheduler scheduler_;
  std::vector<api::ImportResponse> answers_;
  bool listens_ = true;
  std::unique_ptr<QueueImport> import_;
};

TEST_F(QueueImportTest, KeepsIdAgeRetriesAndContent) {
  const std::string content(300'000, 'x');
  const QueueId id = EarlierId(1);
  ASSERT_THAT(TakeUsual(id, content), IsOk());
  ASSERT_THAT(import_->Finish(), IsOk());
  ASSERT_EQ(answers_.size(), 1u);
  EXPECT_EQ(answers_[0].result(), Result::RESULT_IMPORTED);
  EXPECT_EQ(answers_[0].new_queue_id(), id.ToString());
  EXPECT_THAT(scheduler_.spool.ContentOf(id), IsOkAndHolds(content));
  const auto stored = scheduler_.spool->ReadEnvelope(id);
  ASSERT_THAT(stored, IsOk());
  const spool::v1::Envelope want = Waiting(content);
  EXPECT_EQ(stored->queued_us(), want.queued_us());
  EXPECT_EQ(stored->next_attempt_us(), want.next_attempt_us());
  EXPECT_EQ(stored->failures(), 3u);
  EXPECT_EQ(stored->dsn_envelope_id(), "QQ314159");
  EXPECT_EQ(scheduler_->Find(id)->state, queue::QueueIndex::State::kDeferred);
  EXPECT_THAT(scheduler_.courier.asked(), IsEmpty());
}

TEST_F(QueueImportTest, TriesAtOnceWhatIsDue) {
  spool::v1::Envelope envelope = Waiting("text");
  envelope.set_next_attempt_us(1);
  ASSERT_THAT(Take(EarlierId(1).ToString(), envelope, "text"), IsOk());
  ASSERT_THAT(import_->Finish(), IsOk());
  EXPECT_TRUE(scheduler_.EventuallyAsked(1));
  EXPECT_TRUE(scheduler_.EventuallyEmpty());
}

TEST_F(QueueImportTest, AnswersOnlyForWhatIsDurable) {
  ASSERT_THAT(TakeUsual(EarlierId(1)), IsOk());
  EXPECT_THAT(answers_, IsEmpty());
  disk_.Fail(queue::UnsyncedFileSystem::Operation::kSync,
             rocksdb::IOStatus::IOError("broken"));
  EXPECT_FALSE(import_->Finish().ok());
  EXPECT_THAT(answers_, IsEmpty());
}

TEST_F(QueueImportTest, AnswersInPartsWhenThereAreMany) {
  for (size_t i = 0; i < QueueImport::kTogether + 1; ++i) {
    ASSERT_THAT(TakeUsual(EarlierId(i)), IsOk());
  }
  EXPECT_EQ(answers_.size(), QueueImport::kTogether);
  ASSERT_THAT(import_->Finish(), IsOk());
  EXPECT_EQ(answers_.size(), QueueImport::kTogether + 1);
}

TEST_F(QueueImportTest, KnowsTheSameMessage) {
  const QueueId id = EarlierId(1);
  ASSERT_THAT(TakeUsual(id), IsOk());
  ASSERT_THAT(TakeUsual(id), IsOk());  // Not durable yet.
  ASSERT_THAT(import_->Finish(), IsOk());
  ASSERT_THAT(TakeUsual(id), IsOk());
  ASSERT_THAT(import_->Finish(), IsOk());
  ASSERT_EQ(answers_.size(), 3u);
  EXPECT_EQ(answers_[0].result(), Result::RESULT_DUPLICATE);
  EXPECT_EQ(answers_[1].result(), Result::RESULT_IMPORTED);
  EXPECT_EQ(answers_[2].result(), Result::RESULT_DUPLICATE);
  EXPECT_THAT(scheduler_.spool.Ids(), ElementsAre(id));
}

TEST_F(QueueImportTest, GivesAnotherMessageOfTheSameNameANewOne) {
  const QueueId id = EarlierId(1);
  ASSERT_THAT(TakeUsual(id, "text"), IsOk());
  ASSERT_THAT(import_->Finish(), IsOk());
  ASSERT_THAT(TakeUsual(id, "another"), IsOk());
  ASSERT_THAT(import_->Finish(), IsOk());
  EXPECT_EQ(answers_[1].result(), Result::RESULT_IMPORTED);
  EXPECT_NE(answers_[1].new_queue_id(), id.ToString());
  EXPECT_EQ(scheduler_.spool.Ids().size(), 2u);
}

TEST_F(QueueImportTest, GivesANameFromTheFutureANewOne) {
  const QueueId id =
      QueueId::At(scheduler_.spool.clock.Now() + absl::Hours(1000), 1);
  ASSERT_THAT(TakeUsual(id), IsOk());
  ASSERT_THAT(import_->Finish(), IsOk());
  EXPECT_NE(answers_[0].new_queue_id(), id.ToString());
}

TEST_F(QueueImportTest, NewNamesComeAfterImportedOnes) {
  const QueueId id =
      QueueId::At(scheduler_.spool.clock.Now() + absl::Minutes(1), 1);
  ASSERT_THAT(TakeUsual(id), IsOk());
  ASSERT_THAT(import_->Finish(), IsOk());
  EXPECT_GT(scheduler_.spool->NewId(), id);
}

TEST_F(QueueImportTest, RefusesWhatIsNoMessageAndGoesOn) {
  spool::v1::Envelope nobody = Waiting("text");
  nobody.clear_recipients();
  ASSERT_THAT(Take(EarlierId(1).ToString(), nobody, "text"), IsOk());
  ASSERT_THAT(Take("no id", Waiting("text"), "text"), IsOk());
  ASSERT_THAT(Take(EarlierId(2).ToString(), Waiting("longer text"), "text"),
              IsOk());
  api::ImportRequest request;
  request.mutable_head()->set_queue_id(EarlierId(3).ToString());
  request.mutable_head()->set_envelope("\xff\xff");
  ASSERT_THAT(import_->Take(request), IsOk());
  request.set_complete(true);
  ASSERT_THAT(import_->Take(request), IsOk());
  ASSERT_THAT(TakeUsual(EarlierId(4)), IsOk());
  ASSERT_THAT(import_->Finish(), IsOk());
  ASSERT_EQ(answers_.size(), 5u);
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(answers_[i].result(), Result::RESULT_REFUSED) << i;
    EXPECT_NE(answers_[i].why(), "") << i;
  }
  EXPECT_THAT(scheduler_.spool.Ids(), ElementsAre(EarlierId(4)));
}

TEST_F(QueueImportTest, ForgetsWhatIsDropped) {
  api::ImportRequest request;
  request.mutable_head()->set_queue_id(EarlierId(1).ToString());
  request.mutable_head()->set_envelope(
      Waiting(std::string(200'000, 'x')).SerializeAsString());
  ASSERT_THAT(import_->Take(request), IsOk());
  request.set_content(std::string(150'000, 'x'));
  ASSERT_THAT(import_->Take(request), IsOk());
  request.set_dropped(true);
  ASSERT_THAT(import_->Take(request), IsOk());
  ASSERT_THAT(import_->Finish(), IsOk());
  EXPECT_THAT(answers_, IsEmpty());
  import_.reset();
  scheduler_.Stop();
  const std::vector<std::string> keys = scheduler_.spool.KeysOnDisk();
  EXPECT_EQ(keys.size(), 1u) << "only the format's number";
}

TEST_F(QueueImportTest, LeavesNothingOfWhatWasNotFinished) {
  ASSERT_THAT(TakeUsual(EarlierId(1), std::string(150'000, 'x')), IsOk());
  import_.reset();
  scheduler_.Stop();
  EXPECT_EQ(scheduler_.spool.KeysOnDisk().size(), 1u);
}

TEST_F(QueueImportTest, HoldsWhatIsToBeHeld) {
  api::ImportRequest first;
  first.set_hold(true);
  ASSERT_THAT(import_->Take(first), IsOk());
  ASSERT_THAT(TakeUsual(EarlierId(1)), IsOk());
  ASSERT_THAT(import_->Finish(), IsOk());
  EXPECT_EQ(scheduler_->Find(EarlierId(1))->state,
            queue::QueueIndex::State::kHeld);
}

TEST_F(QueueImportTest, PutsTimesRightThatAreNone) {
  spool::v1::Envelope envelope = Waiting("text");
  const absl::Time now = scheduler_.spool.clock.Now();
  envelope.set_queued_us(absl::ToUnixMicros(now + absl::Hours(5)));
  envelope.set_next_attempt_us(absl::ToUnixMicros(now + absl::Hours(10'000)));
  envelope.set_hold(true);
  ASSERT_THAT(Take(EarlierId(1).ToString(), envelope, "text"), IsOk());
  ASSERT_THAT(import_->Finish(), IsOk());
  const auto stored = scheduler_.spool->ReadEnvelope(EarlierId(1));
  EXPECT_EQ(stored->queued_us(), absl::ToUnixMicros(now));
  EXPECT_EQ(stored->next_attempt_us(), absl::ToUnixMicros(now));
}

TEST_F(QueueImportTest, WantsRequestsInOrder) {
  api::ImportRequest request;
  request.set_content("text");
  EXPECT_THAT(import_->Take(request),
              StatusIs(absl::StatusCode::kInvalidArgument));
  ASSERT_THAT(TakeUsual(EarlierId(1)), IsOk());
  request.mutable_head()->set_queue_id(EarlierId(2).ToString());
  ASSERT_THAT(import_->Take(request), IsOk());
  EXPECT_THAT(import_->Take(request),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(CheckEnvelopeTest, LetsNothingThroughThatIsNoAddress) {
  spool::v1::Envelope envelope;
  EXPECT_THAT(
      CheckEnvelope(envelope),
      StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("no recipients")));
  envelope.add_recipients()->set_address("bob@example.com");
  EXPECT_THAT(CheckEnvelope(envelope), IsOk());
  envelope.set_sender("a@b>\r\nRCPT TO:<c@d");
  EXPECT_FALSE(CheckEnvelope(envelope).ok());
  envelope.set_sender("");
  for (const char* wrong : {"", "a\nb@c", "a\x7f@c"}) {
    envelope.mutable_recipients(0)->set_address(wrong);
    EXPECT_FALSE(CheckEnvelope(envelope).ok());
  }
  envelope.mutable_recipients(0)->set_address("bob@example.com");
  envelope.mutable_recipients(0)->set_owner("a\rb");
  EXPECT_FALSE(CheckEnvelope(envelope).ok());
}

}  // namespace
}  // namespace postern::mta::admin
