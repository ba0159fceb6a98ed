#include "lib/kv/tuning.h"

#include <array>
#include <memory>
#include <string>

#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "lib/base/fake_clock.h"
#include "lib/kv/stored_value.h"
#include "lib/testing/temp_dir.h"
#include "rocksdb/db.h"
#include "rocksdb/write_buffer_manager.h"

namespace postern::kv {
namespace {

TEST(TuningTest, MemtablesCountInTheCache) {
  const FakeClock clock;
  const Tuning tuning = TuningFor({.memory_bytes = 16 << 20}, clock);
  EXPECT_EQ(tuning.cache->GetCapacity(), size_t{16 << 20});
  EXPECT_TRUE(tuning.options.write_buffer_manager->cost_to_cache());
  EXPECT_LE(2 * tuning.options.write_buffer_size, size_t{16 << 20});
}

TEST(TuningTest, LittleMemoryMeansSmallMemtables) {
  const FakeClock clock;
  const Tuning tuning = TuningFor({.memory_bytes = 1 << 20}, clock);
  EXPECT_EQ(tuning.options.write_buffer_size, size_t{256 << 10});
}

TEST(TuningTest, FilesAreRewrittenAsOftenAsAskedFor) {
  const FakeClock clock;
  const Tuning tuning = TuningFor({.rewrite_interval = absl::Hours(2)}, clock);
  EXPECT_EQ(tuning.options.periodic_compaction_seconds, uint64_t{7200});
}

TEST(TuningTest, ARewriteGivesTheSpaceOfExpiredValuesBack) {
  FakeClock clock;
  const testing::TempDir temp;
  const std::array<char, kValueHeaderBytes> header =
      ValueHeader(clock.Now() + absl::Hours(1));
  rocksdb::DB* raw = nullptr;
  ASSERT_TRUE(
      rocksdb::DB::Open(TuningFor({}, clock).options, temp.path(), &raw).ok());
  const std::unique_ptr<rocksdb::DB> db(raw);
  ASSERT_TRUE(db->Put(rocksdb::WriteOptions(), "k",
                      rocksdb::Slice(header.data(), header.size()))
                  .ok());
  rocksdb::CompactRangeOptions all;
  all.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForce;
  std::string value;
  ASSERT_TRUE(db->CompactRange(all, nullptr, nullptr).ok());
  EXPECT_TRUE(db->Get(rocksdb::ReadOptions(), "k", &value).ok());
  clock.Advance(absl::Hours(1));
  ASSERT_TRUE(db->CompactRange(all, nullptr, nullptr).ok());
  EXPECT_TRUE(db->Get(rocksdb::ReadOptions(), "k", &value).IsNotFound());
}

}  // namespace
}  // namespace postern::kv
