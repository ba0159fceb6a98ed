#include "lib/kv/database.h"

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/kv/background_errors.h"
#include "lib/kv/failing_disk.h"
#include "lib/testing/status_matchers.h"
#include "lib/testing/temp_dir.h"
#include "rocksdb/options.h"

namespace postern::kv {
namespace {

using ::postern::testing::IsOk;
using ::postern::testing::StatusIs;
using ::testing::HasSubstr;

class DatabaseTest : public ::testing::Test {
 protected:
  DatabaseTest() {
    options_.create_if_missing = true;
    options_.env = disk_.env();
    options_.max_bgerror_resume_count = 0;
    options_.listeners.push_back(std::make_shared<BackgroundErrors>());
    database_ = Database::Open(options_, temp_.path()).value();
  }

  bool Put(const std::string& key) {
    const Database::Use db(*database_);
    return db && db->Put(rocksdb::WriteOptions(), key, "v").ok();
  }
  bool Has(const std::string& key) {
    const Database::Use db(*database_);
    std::string value;
    return db && db->Get(rocksdb::ReadOptions(), key, &value).ok();
  }

  const testing::TempDir temp_;
  FailingDisk disk_;
  rocksdb::Options options_;
  std::unique_ptr<Database> database_;
};

TEST_F(DatabaseTest, ASecondUserOfTheDirectoryIsTurnedAway) {
  EXPECT_THAT(
      Database::Open(options_, temp_.path()).status(),
      StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr(temp_.path())));
}

TEST_F(DatabaseTest, TakesWritesAgainWhenTheFirstSinceAFlushHasFailed) {
  ASSERT_TRUE(Put("before"));
  ASSERT_TRUE(Database::Use(*database_)->Flush(rocksdb::FlushOptions()).ok());
  for (int round = 0; round < 3; ++round) {
    disk_.faults().is_full = true;
    ASSERT_FALSE(Put("lost"));
    EXPECT_FALSE(database_->Revive(/*log_is_broken=*/true).ok());
    EXPECT_TRUE(Has("before"));
    disk_.faults().is_full = false;
    ASSERT_THAT(database_->Revive(/*log_is_broken=*/true), IsOk());
  }
  EXPECT_TRUE(Put("after"));
  EXPECT_TRUE(Has("before"));
  EXPECT_FALSE(Has("lost"));
}

TEST_F(DatabaseTest, KeepsWhatIsInMemoryWhenAWriteHasFailed) {
  ASSERT_TRUE(Put("before"));
  disk_.faults().is_full = true;
  ASSERT_FALSE(Put("lost"));
  disk_.faults().is_full = false;
  ASSERT_THAT(database_->Revive(/*log_is_broken=*/true), IsOk());
  EXPECT_TRUE(Put("after"));
  EXPECT_TRUE(Has("before"));
  EXPECT_FALSE(Has("lost"));
}

TEST_F(DatabaseTest, LeavesNoTrialBehind) {
  disk_.faults().is_full = true;
  ASSERT_FALSE(Put("lost"));
  disk_.faults().is_full = false;
  ASSERT_THAT(database_->Revive(/*log_is_broken=*/true), IsOk());
  EXPECT_FALSE(disk_.env()->FileExists(temp_.path() + "/trial").ok());
}

}  // namespace
}  // namespace postern::kv
