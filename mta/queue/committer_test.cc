#include "mta/queue/committer.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/metrics/metrics.h"
#include "lib/net/drain.h"
#include "lib/net/runtime.h"
#include "lib/testing/status_matchers.h"
#include "lib/testing/temp_dir.h"
#include "mta/queue/spool_database.h"
#include "mta/queue/spool_format.h"
#include "mta/queue/unsynced_file_system.h"

namespace postern::mta::queue {
namespace {

using ::postern::testing::IsOk;
using ::postern::testing::StatusIs;

spool::v1::Envelope AnEnvelope() {
  spool::v1::Envelope envelope;
  envelope.add_recipients()->set_address("bob@example.com");
  return envelope;
}

Edit Adds(QueueId id) {
  Edit edit;
  edit.Add(id, AnEnvelope(), "content");
  return edit;
}

class CommitterTest : public ::testing::Test {
 protected:
  bool Has(QueueId id) {
    return database_->Get(SpoolKey(Table::kEnvelope, id)).ok();
  }
  double Syncs() {
    return registry_.AddCounter("postern_mta_queue_syncs_total", "").Value();
  }

  testing::TempDir dir_;
  UnsyncedFileSystem disk_;
  metrics::Registry registry_;
  std::unique_ptr<net::Runtime> runtime_ =
      std::move(net::Runtime::Create({.reactors = 2})).value();
  std::unique_ptr<SpoolDatabase> database_ =
      std::move(SpoolDatabase::Open(dir_.path(), disk_.env())).value();
};

net::Task<> CommitOne(Committer& committer, QueueId id, absl::Status& result) {
  Edit edit = Adds(id);
  result = co_await committer.Commit(std::move(edit), absl::Minutes(1));
}

TEST_F(CommitterTest, AnswersOnceTheEditIsSynced) {
  Committer committer(*database_, registry_);
  EXPECT_THAT(committer.CommitBlocking(Adds({1})), IsOk());
  EXPECT_TRUE(Has({1}));
  EXPECT_EQ(Syncs(), 1);
}

TEST_F(CommitterTest, JoinsAllThatWaitIntoOneSync) {
  Committer committer(*database_, registry_);
  // The first group is held, and 100 edits come in meanwhile.
  absl::Notification held;
  absl::Notification go_on;
  committer.OnAdded([&](const NewMessage& message) {
    if (message.id != QueueId{1}) return;
    held.Notify();
    go_on.WaitForNotification();
  });
  absl::Status results[101];
  net::Drain drain;
  net::Spawn(drain, runtime_->NextReactor(),
             CommitOne(committer, {1}, results[0]));
  held.WaitForNotification();
  for (uint64_t i = 1; i <= 100; ++i) {
    net::Spawn(drain, runtime_->NextReactor(),
               CommitOne(committer, {i + 1}, results[i]));
  }
  // Both reactors have come so far that all edits are in.
  for (size_t i = 0; i < runtime_->size(); ++i) {
    for (int turn = 0; turn < 3; ++turn) {
      runtime_->BlockOn(runtime_->reactor(i), net::Yield());
    }
  }
  go_on.Notify();
  ASSERT_TRUE(drain.AwaitIdle(absl::Minutes(1)));
  for (const absl::Status& result : results) EXPECT_THAT(result, IsOk());
  EXPECT_EQ(Syncs(), 2);
}

TEST_F(CommitterTest, TellsOfAMessageBeforeItsWaiterWakes) {
  Committer committer(*database_, registry_);
  std::vector<QueueId> added;
  committer.OnAdded(
      [&added](const NewMessage& message) { added.push_back(message.id); });
  ASSERT_THAT(committer.CommitBlocking(Adds({7})), IsOk());
  EXPECT_THAT(added, ::testing::ElementsAre(QueueId{7}));
  committer.OnAdded(nullptr);
  ASSERT_THAT(committer.CommitBlocking(Adds({8})), IsOk());
  EXPECT_EQ(added.size(), 1u);
}

TEST_F(CommitterTest, NeedsNoSyncForWhatNobodyWaitsFor) {
  {
    Committer committer(*database_, registry_);
    committer.WriteLater(Adds({1}));
  }
  EXPECT_TRUE(Has({1}));
  EXPECT_EQ(Syncs(), 0);
}

TEST_F(CommitterTest, FinishesWhatWasSubmittedBeforeItEnds) {
  absl::Status result;
  net::Drain drain;
  {
    Committer committer(*database_, registry_);
    net::Spawn(drain, runtime_->reactor(0), CommitOne(committer, {1}, result));
    runtime_->BlockOn(runtime_->reactor(0), net::Yield());
  }
  ASSERT_TRUE(drain.AwaitIdle(absl::Minutes(1)));
  EXPECT_THAT(result, IsOk());
  EXPECT_TRUE(Has({1}));
}

TEST_F(CommitterTest, RefusesForEverAfterAFailedSync) {
  Committer committer(*database_, registry_);
  disk_.Fail(UnsyncedFileSystem::Operation::kSync,
             rocksdb::IOStatus::IOError("broken"));
  EXPECT_THAT(committer.CommitBlocking(Adds({1})),
              StatusIs(absl::StatusCode::kResourceExhausted));
  disk_.Heal();
  EXPECT_THAT(committer.CommitBlocking(Adds({2})),
              StatusIs(absl::StatusCode::kResourceExhausted,
                       ::testing::HasSubstr("restart needed")));
  EXPECT_FALSE(Has({2}));
}

TEST_F(CommitterTest, WritesWhatNobodyWaitedForOnceTheDiskHasRoom) {
  {
    Committer committer(*database_, registry_);
    disk_.SetCapacity(0);
    committer.WriteLater(Adds({1}));
    while (committer.ok().ok()) runtime_->BlockOn(net::Yield());
    EXPECT_THAT(committer.CommitBlocking(Adds({2})),
                StatusIs(absl::StatusCode::kResourceExhausted));
    disk_.SetCapacity(std::nullopt);
    EXPECT_THAT(committer.CommitBlocking(Adds({3})), IsOk());
  }
  EXPECT_TRUE(Has({1}));
  EXPECT_FALSE(Has({2}));
  EXPECT_TRUE(Has({3}));
}

}  // namespace
}  // namespace postern::mta::queue
