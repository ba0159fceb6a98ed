#include "mta/queue/unsynced_file_system.h"

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <memory>
#include <set>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/testing/temp_dir.h"

namespace postern::mta::queue {
namespace {

using ::testing::StartsWith;
using File = std::unique_ptr<rocksdb::FSWritableFile>;

constexpr int kSeeds = 50;

class UnsyncedFileSystemTest : public ::testing::Test {
 protected:
  std::string Path(const std::string& name) const {
    return dir_.path() + "/" + name;
  }
  File Create(UnsyncedFileSystem& disk, const std::string& name) {
    File file;
    EXPECT_TRUE(disk.env()
                    ->GetFileSystem()
                    ->NewWritableFile(Path(name), {}, &file, nullptr)
                    .ok());
    return file;
  }
  void SyncDirectory(UnsyncedFileSystem& disk) {
    std::unique_ptr<rocksdb::FSDirectory> directory;
    ASSERT_TRUE(disk.env()
                    ->GetFileSystem()
                    ->NewDirectory(dir_.path(), {}, &directory, nullptr)
                    .ok());
    EXPECT_TRUE(directory->Fsync({}, nullptr).ok());
  }
  std::string Read(const std::string& name) const {
    std::ifstream file(Path(name), std::ios::binary);
    if (!file) return "(none)";
    return std::string((std::istreambuf_iterator<char>(file)),
                       std::istreambuf_iterator<char>());
  }

  testing::TempDir dir_;
};

TEST_F(UnsyncedFileSystemTest, KeepsWhatWasSyncedAndAnyPartOfTheRest) {
  std::set<size_t> sizes;
  bool has_holes = false;
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    UnsyncedFileSystem disk;
    File file = Create(disk, "f");
    SyncDirectory(disk);
    file->Append("synced", {}, nullptr);
    file->Sync({}, nullptr);
    file->Append(std::string(100, 'u'), {}, nullptr);
    disk.LosePowerAfter(1);
    EXPECT_FALSE(file->Append("never", {}, nullptr).ok());
    EXPECT_FALSE(file->Sync({}, nullptr).ok());
    EXPECT_TRUE(disk.has_lost_power());
    file.reset();
    disk.Recover(seed);
    const std::string left = Read("f");
    EXPECT_THAT(left, StartsWith("synced"));
    EXPECT_LE(left.size(), 106u);
    sizes.insert(left.size());
    has_holes |= left.find('\0') != left.npos;
  }
  EXPECT_GT(sizes.size(), 10u);
  EXPECT_TRUE(has_holes);
}

TEST_F(UnsyncedFileSystemTest, ForgetsNamesInTheReverseOfTheirOrder) {
  std::set<std::string> seen;
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    UnsyncedFileSystem disk;
    Create(disk, "old");
    SyncDirectory(disk);
    Create(disk, "first");
    ASSERT_TRUE(disk.env()
                    ->GetFileSystem()
                    ->RenameFile(Path("first"), Path("old"), {}, nullptr)
                    .ok());
    Create(disk, "second");
    disk.Recover(seed);
    std::string names;
    for (const char* name : {"first", "old", "second"}) {
      if (Read(name) != "(none)") names += std::string(name) + " ";
    }
    seen.insert(names);
    for (const char* name : {"first", "old", "second"}) {
      std::remove(Path(name).c_str());
    }
  }
  EXPECT_THAT(seen,
              ::testing::ElementsAre("first old ", "old ", "old second "));
}

TEST_F(UnsyncedFileSystemTest, IsFullFromAByteOn) {
  UnsyncedFileSystem disk;
  File file = Create(disk, "f");
  disk.SetCapacity(10);
  EXPECT_TRUE(file->Append("12345678", {}, nullptr).ok());
  EXPECT_TRUE(file->Append("90ab", {}, nullptr).IsNoSpace());
  EXPECT_EQ(Read("f"), "1234567890");  // Half of it was written.
  disk.SetCapacity(std::nullopt);
  EXPECT_TRUE(file->Append("c", {}, nullptr).ok());
}

TEST_F(UnsyncedFileSystemTest, FailsAsToldUntilHealed) {
  UnsyncedFileSystem disk;
  File file = Create(disk, "f");
  disk.Fail(UnsyncedFileSystem::Operation::kSync,
            rocksdb::IOStatus::IOError("broken"));
  EXPECT_TRUE(file->Append("x", {}, nullptr).ok());
  EXPECT_TRUE(file->Sync({}, nullptr).IsIOError());
  EXPECT_EQ(disk.syncs(), 0);
  disk.Heal();
  EXPECT_TRUE(file->Sync({}, nullptr).ok());
  EXPECT_EQ(disk.syncs(), 1);
}

}  // namespace
}  // namespace postern::mta::queue
