#include "lib/kv/log_sync.h"

#include <memory>
#include <thread>

#include "gtest/gtest.h"
#include "lib/kv/background_errors.h"
#include "lib/kv/failing_disk.h"
#include "lib/kv/inside_rocksdb.h"
#include "lib/testing/temp_dir.h"
#include "rocksdb/options.h"

namespace postern::kv {
namespace {

class LogSyncTest : public ::testing::Test {
 protected:
  LogSyncTest() { EXPECT_TRUE(Reopen()); }

  bool Reopen() {
    db_.reset();
    rocksdb::Options options;
    options.create_if_missing = true;
    options.env = disk_.env();
    options.max_bgerror_resume_count = 0;
    options.listeners.push_back(std::make_shared<BackgroundErrors>());
    rocksdb::DB* db = nullptr;
    if (!rocksdb::DB::Open(options, temp_.path(), &db).ok()) return false;
    db_.reset(db);
    return true;
  }

  bool WriteOne() {
    const InsideRocksdb inside;
    return db_->Put(rocksdb::WriteOptions(), "k", "v").ok();
  }

  const testing::TempDir temp_;
  FailingDisk disk_;
  std::unique_ptr<rocksdb::DB> db_;
};

TEST_F(LogSyncTest, SyncsTheLogOnce) {
  ASSERT_TRUE(WriteOne());
  const int before = disk_.faults().syncs;
  EXPECT_TRUE(SyncLog(*db_).ok());
  EXPECT_EQ(disk_.faults().syncs, before + 1);
}

TEST_F(LogSyncTest, TellsThatTheDiskDoesNotSync) {
  ASSERT_TRUE(WriteOne());
  disk_.faults().fails_to_sync = true;
  EXPECT_FALSE(SyncLog(*db_).ok());
  disk_.faults().fails_to_sync = false;
}

// RocksDB's own SyncWAL() ends the process in the first rounds.
TEST_F(LogSyncTest, BearsAWriteThatFailsBesideIt) {
  for (int round = 0; round < 10; ++round) {
    ASSERT_TRUE(WriteOne());
    std::thread writer([this] {
      disk_.faults().is_full = true;
      WriteOne();
    });
    while (SyncLog(*db_).ok()) {
    }
    writer.join();
    disk_.faults().is_full = false;
    ASSERT_TRUE(Reopen());
  }
}

}  // namespace
}  // namespace postern::kv
