#include "mta/admin/queue_export.h"

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/testing/status_matchers.h"
#include "mta/admin/test_change_request.h"
#include "mta/queue/spool_format.h"
#include "mta/queue/test_scheduler.h"

namespace postern::mta::admin {
namespace {

namespace api = ::postern::admin::v1;

using ::postern::testing::IsOk;
using ::postern::testing::StatusIs;
using queue::QueueId;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Keeps what it gets; fails when it is told to.
class FakeOutlet final : public ExportOutlet {
 public:
  absl::Status Send(const api::ExportResponse& part) override {
    if (before_part) before_part(part);
    if (!trouble.ok()) return trouble;
    switch (part.part_case()) {
      case api::ExportResponse::kHead:
        id = part.head().queue_id();
        EXPECT_TRUE(envelope.ParseFromString(part.head().envelope()));
        content.clear();
        break;
      case api::ExportResponse::kContent:
        content += part.content();
        break;
      case api::ExportResponse::kComplete:
        complete.push_back(id);
        contents.push_back(content);
        break;
      case api::ExportResponse::kGone:
        gone.push_back(id);
        break;
      case api::ExportResponse::kSkipped:
        skipped.push_back(part.skipped().queue_id());
        break;
      case api::ExportResponse::kSummary:
        summary = part.summary();
        break;
      default:
        break;
    }
    return absl::OkStatus();
  }
  absl::Status AwaitSync() override {
    ++syncs;
    return sync_trouble;
  }

  std::function<void(const api::ExportResponse&)> before_part;
  absl::Status trouble;
  absl::Status sync_trouble;
  int syncs = 0;
  std::string id;
  spool::v1::Envelope envelope;
  std::string content;
  std::vector<std::string> complete;
  std::vector<std::string> contents;
  std::vector<std::string> gone;
  std::vector<std::string> skipped;
  api::ChangeResponse summary;
};

class QueueExportTest : public ::testing::Test {
 protected:
  void SetUp() override {
    scheduler_.courier.AnswerWith(queue::Outcome{
        queue::Outcome::Kind::kDeferred, "4.4.1", "refused", "mx"});
    ASSERT_THAT(scheduler_.Start(), IsOk());
  }

  QueueId Add(const std::string& content) {
    const size_t asked = scheduler_.courier.asked().size();
    const QueueId id = scheduler_.spool.Add(content).value();
    EXPECT_TRUE(scheduler_.EventuallyAsked(asked + 1));
    EXPECT_TRUE(scheduler_.EventuallyQuiet());
    return id;
  }

  absl::Status Export(const api::ChangeRequest& what, bool deletes = false) {
    QueueExport sender(*scheduler_.spool, *scheduler_, outlet_, deletes);
    return sender.Run(what, [] { return false; });
  }

  queue::TestScheduler scheduler_;
  FakeOutlet outlet_;
};

TEST_F(QueueExportTest, SendsWhatIsSelectedByteForByte) {
  const std::string large(200'000, 'x');
  const QueueId first = Add("one\r\n\0two");
  const QueueId second = Add(large);
  ASSERT_THAT(Export(All()), IsOk());
  EXPECT_THAT(outlet_.complete,
              ElementsAre(first.ToString(), second.ToString()));
  EXPECT_THAT(outlet_.contents, ElementsAre("one\r\n\0two", large));
  EXPECT_EQ(outlet_.envelope.failures(), 1u);
  EXPECT_EQ(outlet_.envelope.recipients(0).last_reply(), "refused");
  EXPECT_EQ(outlet_.summary.messages(), 2u);
  EXPECT_EQ(outlet_.syncs, 0);
  EXPECT_EQ(scheduler_.spool.Ids().size(), 2u);
}

TEST_F(QueueExportTest, OnlyCountsInADryRun) {
  Add("one");
  api::ChangeRequest request = All();
  request.set_dry_run(true);
  ASSERT_THAT(Export(request, true), IsOk());
  EXPECT_THAT(outlet_.complete, IsEmpty());
  EXPECT_EQ(outlet_.summary.messages(), 1u);
  EXPECT_EQ(scheduler_.spool.Ids().size(), 1u);
}

TEST_F(QueueExportTest, DeletesOnlyWhatIsKeptForGood) {
  const QueueId id = Add("one");
  outlet_.before_part = [&](const api::ExportResponse&) {
    if (outlet_.syncs == 0) {
      EXPECT_THAT(scheduler_.spool.Ids(), ElementsAre(id));
    }
  };
  ASSERT_THAT(Export(All(), true), IsOk());
  EXPECT_EQ(outlet_.syncs, 1);
  EXPECT_THAT(scheduler_.spool.Ids(), IsEmpty());
  EXPECT_TRUE(scheduler_.EventuallyEmpty());
}

TEST_F(QueueExportTest, QueuesAgainWhatCouldNotBeKept) {
  const QueueId first = Add("one");
  const QueueId second = Add("two");
  outlet_.sync_trouble = absl::CancelledError("left");
  EXPECT_THAT(Export(All(), true), StatusIs(absl::StatusCode::kCancelled));
  EXPECT_THAT(scheduler_.spool.Ids(), ElementsAre(first, second));
  for (const QueueId id : {first, second}) {
    EXPECT_EQ(scheduler_->Find(id)->state, queue::QueueIndex::State::kDeferred);
  }
  outlet_.sync_trouble = absl::OkStatus();
  outlet_.trouble = absl::CancelledError("left");
  EXPECT_THAT(Export(All(), true), StatusIs(absl::StatusCode::kCancelled));
  EXPECT_EQ(scheduler_->Find(second)->state,
            queue::QueueIndex::State::kDeferred);
}

TEST_F(QueueExportTest, LeavesAloneWhatIsInDelivery) {
  const QueueId id = Add("one");
  scheduler_.courier.Hold();
  scheduler_.Advance(absl::Minutes(10));
  ASSERT_TRUE(scheduler_.EventuallyAsked(2));
  ASSERT_THAT(Export(All(), true), IsOk());
  EXPECT_EQ(outlet_.summary.busy(), 1u);
  EXPECT_THAT(outlet_.complete, IsEmpty());
  // A copy does not disturb it.
  ASSERT_THAT(Export(All()), IsOk());
  EXPECT_THAT(outlet_.complete, ElementsAre(id.ToString()));
}

TEST_F(QueueExportTest, SaysThatAMessageWasDeliveredMeanwhile) {
  const QueueId id = Add(std::string(200'000, 'x'));
  outlet_.before_part = [&](const api::ExportResponse& part) {
    if (part.has_head()) {
      EXPECT_THAT(scheduler_->Delete({id}), IsOk());
    }
  };
  ASSERT_THAT(Export(All()), IsOk());
  EXPECT_THAT(outlet_.gone, ElementsAre(id.ToString()));
  EXPECT_THAT(outlet_.skipped, IsEmpty());
  EXPECT_EQ(outlet_.summary.messages(), 0u);
}

TEST_F(QueueExportTest, NamesWhatIsDamaged) {
  const QueueId id = Add(std::string(200'000, 'x'));
  const QueueId good = Add("good");
  scheduler_.Stop();
  std::filesystem::resize_file(scheduler_.spool.PathOfContent(id),
                               queue::RecordOffset(1));
  ASSERT_THAT(scheduler_.spool.Open(), IsOk());
  ASSERT_THAT(scheduler_.Start(), IsOk());
  ASSERT_THAT(Export(All(), true), IsOk());
  EXPECT_THAT(outlet_.skipped, ElementsAre(id.ToString()));
  EXPECT_THAT(outlet_.complete, ElementsAre(good.ToString()));
  EXPECT_THAT(scheduler_.spool.Ids(), ElementsAre(id));
}

TEST_F(QueueExportTest, MovesManyInPartsThatAreSyncedEach) {
  for (size_t i = 0; i < QueueExport::kTogether + 3; ++i) {
    scheduler_.spool.Add("text").value();
  }
  ASSERT_TRUE(scheduler_.EventuallyAsked(QueueExport::kTogether + 3));
  ASSERT_TRUE(scheduler_.EventuallyQuiet());
  ASSERT_THAT(Export(All(), true), IsOk());
  EXPECT_EQ(outlet_.syncs, 2);
  EXPECT_EQ(outlet_.summary.messages(), QueueExport::kTogether + 3);
  EXPECT_THAT(scheduler_.spool.Ids(), IsEmpty());
}

}  // namespace
}  // namespace postern::mta::admin
