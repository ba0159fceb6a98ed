#include "mta/queue/spool_database.h"

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/testing/status_matchers.h"
#include "lib/testing/temp_dir.h"
#include "mta/queue/unsynced_file_system.h"

namespace postern::mta::queue {
namespace {

using ::postern::testing::IsOk;
using ::postern::testing::IsOkAndHolds;
using ::postern::testing::StatusIs;
using ::testing::ElementsAre;

absl::Status Put(SpoolDatabase& database, const std::string& key,
                 const std::string& value) {
  rocksdb::WriteBatch batch;
  batch.Put(key, value);
  return database.Write(batch);
}

class SpoolDatabaseTest : public ::testing::Test {
 protected:
  testing::TempDir dir_;
  UnsyncedFileSystem disk_;
  std::unique_ptr<SpoolDatabase> database_ =
      std::move(SpoolDatabase::Open(dir_.path(), disk_.env())).value();
};

TEST_F(SpoolDatabaseTest, FindsEntriesByKeyAndByPrefix) {
  for (const char* key : {"a1", "b1", "b2", "c1"}) {
    ASSERT_THAT(Put(*database_, key, "of"), IsOk());
  }
  EXPECT_THAT(database_->Get("b1"), IsOkAndHolds("of"));
  EXPECT_THAT(database_->Get("b3"), StatusIs(absl::StatusCode::kNotFound));
  std::vector<std::string> keys;
  EXPECT_THAT(database_->ForEach(
                  "b", [&keys](absl::string_view key,
                               absl::string_view) { keys.emplace_back(key); }),
              IsOk());
  EXPECT_THAT(keys, ElementsAre("b1", "b2"));
  EXPECT_THAT(database_->LastKey('b'), IsOkAndHolds("b2"));
  EXPECT_THAT(database_->LastKey('z'), IsOkAndHolds(""));
}

TEST_F(SpoolDatabaseTest, IsForOneProgram) {
  EXPECT_THAT(SpoolDatabase::Open(dir_.path(), disk_.env()),
              StatusIs(absl::StatusCode::kFailedPrecondition));
}

TEST_F(SpoolDatabaseTest, SaysThatADirectoryCannotBeUsed) {
  EXPECT_FALSE(SpoolDatabase::Open("/proc/nowhere", nullptr).ok());
}

TEST_F(SpoolDatabaseTest, SaysThatTheDiskIsFullAndIsOpenedAnewAfterwards) {
  ASSERT_THAT(Put(*database_, "before", "1"), IsOk());
  ASSERT_THAT(database_->SyncLog(), IsOk());
  disk_.SetCapacity(0);
  EXPECT_THAT(Put(*database_, "lost", "2"),
              StatusIs(absl::StatusCode::kResourceExhausted));
  // No room to open it: it stays closed, and reading says so.
  EXPECT_FALSE(database_->Reopen().ok());
  EXPECT_THAT(database_->Get("before"),
              StatusIs(absl::StatusCode::kUnavailable));
  disk_.SetCapacity(std::nullopt);
  ASSERT_THAT(database_->Reopen(), IsOk());
  EXPECT_THAT(database_->Get("before"), IsOkAndHolds("1"));
  EXPECT_THAT(database_->Get("lost"), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(Put(*database_, "after", "3"), IsOk());
  EXPECT_THAT(database_->SyncLog(), IsOk());
}

TEST(SpoolDatabaseLogTest, KeepsALogThatIsDamagedInTheMiddle) {
  const testing::TempDir dir;
  const testing::TempDir copy;
  {
    auto database = SpoolDatabase::Open(dir.path(), nullptr);
    ASSERT_THAT(database, IsOk());
    for (const char* key : {"a1", "a2", "a3"}) {
      ASSERT_THAT(Put(**database, key, std::string(1000, 'x')), IsOk());
    }
    ASSERT_THAT((*database)->SyncLog(), IsOk());
    // As it is on disk at this moment: what kill -9 leaves.
    std::filesystem::copy(dir.path(), copy.path(),
                          std::filesystem::copy_options::recursive);
  }
  std::filesystem::path log;
  for (const auto& file : std::filesystem::directory_iterator(copy.path())) {
    if (file.path().extension() == ".log") log = file.path();
  }
  std::fstream bytes(log, std::ios::in | std::ios::out | std::ios::binary);
  bytes.seekp(1500);
  bytes.put('y');
  bytes.close();

  const std::filesystem::path kept =
      std::filesystem::path(copy.path()) / "damaged-logs";
  std::filesystem::create_directory(kept);
  for (int i = 10; i < 30; ++i) {
    std::ofstream(kept / ("000000-" + std::to_string(i) + ".log")) << "old";
  }

  auto database = SpoolDatabase::Open(copy.path(), nullptr);
  ASSERT_THAT(database, IsOk());
  EXPECT_THAT((*database)->Get("a1"), IsOk());
  EXPECT_THAT((*database)->Get("a3"), StatusIs(absl::StatusCode::kNotFound));
  // The latest, and with it fifteen of those before.
  EXPECT_TRUE(std::filesystem::exists(kept / log.filename()));
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(kept),
                          std::filesystem::directory_iterator()),
            16);
  EXPECT_TRUE(std::filesystem::exists(kept / "000000-29.log"));
  EXPECT_FALSE(std::filesystem::exists(kept / "000000-10.log"));
}

TEST_F(SpoolDatabaseTest, IsNotClosedWhenThereIsNoRoomToOpenIt) {
  ASSERT_THAT(Put(*database_, "key", "1"), IsOk());
  disk_.SetFreeBytes(1000);
  EXPECT_THAT(database_->Reopen(),
              StatusIs(absl::StatusCode::kResourceExhausted));
  EXPECT_THAT(database_->Get("key"), IsOkAndHolds("1"));
}

TEST_F(SpoolDatabaseTest, GivesRoomBackWhenItIsCompacted) {
  const std::string value(1 << 20, 'x');
  for (int i = 0; i < 32; ++i) {
    ASSERT_THAT(Put(*database_, std::to_string(i), value), IsOk());
  }
  ASSERT_THAT(database_->Compact(), IsOk());
  EXPECT_GT(database_->StoredBytes(), 30 << 20);
  for (int i = 0; i < 32; ++i) {
    rocksdb::WriteBatch batch;
    batch.SingleDelete(std::to_string(i));
    ASSERT_THAT(database_->Write(batch), IsOk());
  }
  ASSERT_THAT(database_->Compact(), IsOk());
  EXPECT_LT(database_->StoredBytes(), 1 << 20);
}

}  // namespace
}  // namespace postern::mta::queue
