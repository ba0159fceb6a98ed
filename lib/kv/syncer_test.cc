#include "lib/kv/syncer.h"

#include <memory>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "lib/kv/database.h"
#include "lib/kv/failing_disk.h"
#include "lib/testing/status_matchers.h"
#include "lib/testing/temp_dir.h"
#include "rocksdb/options.h"

namespace postern::kv {
namespace {

using ::postern::testing::IsOk;
using ::postern::testing::StatusIs;

class SyncerTest : public ::testing::Test {
 protected:
  SyncerTest() {
    rocksdb::Options options;
    options.create_if_missing = true;
    options.env = disk_.env();
    options.max_bgerror_resume_count = 0;
    options.listeners.push_back(errors_);
    database_ = Database::Open(options, temp_.path()).value();
  }

  bool WriteOne() {
    const Database::Use db(*database_);
    return db && db->Put(rocksdb::WriteOptions(), "k", "v").ok();
  }

  const testing::TempDir temp_;
  FailingDisk disk_;
  const std::shared_ptr<BackgroundErrors> errors_ =
      std::make_shared<BackgroundErrors>();
  std::unique_ptr<Database> database_;
};

TEST_F(SyncerTest, SyncsWhatWasWrittenWithoutBeingAsked) {
  Syncer syncer(*database_, errors_, absl::Milliseconds(1));
  ASSERT_TRUE(WriteOne());
  const int before = disk_.faults().syncs;
  syncer.NoteWrite();
  EXPECT_TRUE(disk_.faults().AwaitSyncs(before + 1));
}

TEST_F(SyncerTest, SyncsALastTimeAtTheEnd) {
  int before = 0;
  {
    Syncer syncer(*database_, errors_, absl::Hours(1));
    ASSERT_TRUE(WriteOne());
    before = disk_.faults().syncs;
    syncer.NoteWrite();
  }
  EXPECT_EQ(disk_.faults().syncs, before + 1);
}

TEST_F(SyncerTest, DoesNotTouchTheDiskWhenNothingWasWritten) {
  const int before = disk_.faults().syncs;
  { Syncer syncer(*database_, errors_, absl::Hours(1)); }
  EXPECT_EQ(disk_.faults().syncs, before);
}

TEST_F(SyncerTest, AFailureIsShownUntilTheDatabaseCanWriteAgain) {
  Syncer syncer(*database_, errors_, absl::Hours(1));
  EXPECT_THAT(syncer.Healthy(), IsOk());
  EXPECT_THAT(syncer.NoteFailure(absl::ResourceExhaustedError("full")),
              StatusIs(absl::StatusCode::kResourceExhausted));
  EXPECT_THAT(syncer.Healthy(), StatusIs(absl::StatusCode::kResourceExhausted));
  EXPECT_EQ(syncer.write_failures(), 1u);
  EXPECT_THAT(syncer.Sync(), IsOk());
  EXPECT_THAT(syncer.Healthy(), IsOk());
}

TEST_F(SyncerTest, AFailureInTheBackgroundIsShownAndMended) {
  Syncer syncer(*database_, errors_, absl::Hours(1));
  ASSERT_TRUE(WriteOne());
  disk_.faults().is_full = true;
  EXPECT_FALSE(Database::Use(*database_)->Flush(rocksdb::FlushOptions()).ok());
  EXPECT_THAT(syncer.Healthy(), StatusIs(absl::StatusCode::kResourceExhausted));
  EXPECT_FALSE(syncer.Sync().ok());
  EXPECT_FALSE(syncer.Healthy().ok());
  disk_.faults().is_full = false;
  EXPECT_THAT(syncer.Sync(), IsOk());
  EXPECT_THAT(syncer.Healthy(), IsOk());
  EXPECT_TRUE(WriteOne());
}

TEST_F(SyncerTest, AFailedSyncIsAFailure) {
  Syncer syncer(*database_, errors_, absl::Hours(1));
  ASSERT_TRUE(WriteOne());
  disk_.faults().fails_to_sync = true;
  EXPECT_THAT(syncer.Sync(), StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_EQ(syncer.sync_failures(), 1u);
  EXPECT_FALSE(syncer.Healthy().ok());
  disk_.faults().fails_to_sync = false;
}

}  // namespace
}  // namespace postern::kv
