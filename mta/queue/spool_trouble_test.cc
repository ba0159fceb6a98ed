// A spool on a disk that is full or broken.

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/testing/status_matchers.h"
#include "mta/queue/spool.h"
#include "mta/queue/spool_format.h"
#include "mta/queue/test_spool.h"
#include "mta/queue/unsynced_file_system.h"

namespace postern::mta::queue {
namespace {

using ::postern::testing::IsOk;
using ::postern::testing::IsOkAndHolds;
using ::postern::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::Eq;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// The format's own key.
const char kVersionKey[] = "v";

TEST(SpoolTroubleTest, RefusesMailWhenTheDiskIsNearlyFull) {  // MTA-41
  UnsyncedFileSystem disk;
  TestSpool spool(disk.env());
  const SpoolOptions defaults;
  const auto wanted =
      static_cast<uint64_t>(defaults.message_size_limit_bytes * 3 / 2);
  EXPECT_THAT(spool->CanAccept(0), IsOk());
  disk.SetFreeBytes(wanted - 1);
  EXPECT_THAT(spool->CanAccept(0),
              StatusIs(absl::StatusCode::kResourceExhausted));
  disk.SetFreeBytes(wanted);
  EXPECT_THAT(spool->CanAccept(1000), IsOk());
  EXPECT_THAT(spool->CanAccept(static_cast<int64_t>(wanted) + 1),
              StatusIs(absl::StatusCode::kResourceExhausted));
}

TEST(SpoolTroubleTest,
     StoresNothingWhenTheDiskIsFullAndGoesOnAfterwards) {  // MTA-41
  UnsyncedFileSystem disk;
  TestSpool spool(disk.env());
  const auto before = spool.Add("before");
  disk.Fail(UnsyncedFileSystem::Operation::kAppend,
            rocksdb::IOStatus::NoSpace("no space"));
  EXPECT_THAT(spool.Add("small"),
              StatusIs(absl::StatusCode::kResourceExhausted));
  EXPECT_THAT(spool.Add(std::string(3 * kChunkBytes, 'x')),
              StatusIs(absl::StatusCode::kResourceExhausted));
  EXPECT_THAT(spool->CanAccept(0),
              StatusIs(absl::StatusCode::kResourceExhausted));
  EXPECT_THAT(spool.Ids(), ElementsAre(*before));
  disk.Heal();
  const auto after = spool.Add("after");
  ASSERT_THAT(after, IsOk());
  EXPECT_THAT(spool->ok(), IsOk());
  ASSERT_THAT(spool.Open(), IsOk());
  EXPECT_THAT(spool.Ids(), ElementsAre(*before, *after));
  EXPECT_THAT(spool.ContentOf(*after), IsOkAndHolds(Eq("after")));
  EXPECT_EQ(spool.KeysOnDisk().size(), 5u);  // Two messages and the format.
}

TEST(SpoolTroubleTest, GoesOnAfterTheDiskWasFullAtAnyPointOfALargeMessage) {
  for (int64_t capacity = 1 << 20; capacity < 50 << 20; capacity += 5 << 20) {
    SCOPED_TRACE(capacity);
    UnsyncedFileSystem disk;
    TestSpool spool(disk.env());
    const auto before = spool.Add("before");
    disk.SetCapacity(capacity);
    EXPECT_THAT(spool.Add(std::string(60 << 20, 'x'), {}, 1 << 20),
                StatusIs(absl::StatusCode::kResourceExhausted));
    disk.SetCapacity(std::nullopt);
    const auto after = spool.Add("after");
    ASSERT_THAT(after, IsOk());
    EXPECT_THAT(spool.ContentOf(*before), IsOkAndHolds(Eq("before")));
    EXPECT_THAT(spool.KeysOnDisk(),
                ElementsAre(ChunkKey(*before, 0), ChunkKey(*after, 0),
                            SpoolKey(Table::kEnvelope, *before),
                            SpoolKey(Table::kEnvelope, *after), kVersionKey));
    EXPECT_THAT(spool.FilesOnDisk(), IsEmpty());
  }
}

TEST(SpoolTroubleTest, FindsRoomOnADiskByItselfOnceItIsThere) {
  UnsyncedFileSystem disk;
  TestSpool spool(disk.env());
  disk.SetCapacity(0);
  {
    const auto incoming = spool->Begin();
    const std::string content(3 * kChunkBytes, 'x');
    EXPECT_FALSE(spool.runtime->BlockOn(incoming->Append(content)).ok());
  }
  disk.SetCapacity(std::nullopt);
  while (!spool->ok().ok()) spool.runtime->BlockOn(net::Yield());
  EXPECT_THAT(spool.KeysOnDisk(), ElementsAre(kVersionKey));
}

TEST(SpoolTroubleTest, RefusesEverythingAfterAFailedSync) {
  UnsyncedFileSystem disk;
  TestSpool spool(disk.env());
  disk.Fail(UnsyncedFileSystem::Operation::kSync,
            rocksdb::IOStatus::IOError("broken"));
  EXPECT_THAT(spool.Add("x"), StatusIs(absl::StatusCode::kResourceExhausted,
                                       HasSubstr("restart needed")));
  // The disk says that it is well again, but the kernel may have dropped pages.
  disk.Heal();
  const int64_t syncs = disk.syncs();
  EXPECT_THAT(spool.Add("y"), StatusIs(absl::StatusCode::kResourceExhausted));
  EXPECT_THAT(spool->CanAccept(0),
              StatusIs(absl::StatusCode::kResourceExhausted));
  EXPECT_THAT(spool->ok(), StatusIs(absl::StatusCode::kResourceExhausted));
  EXPECT_EQ(disk.syncs(), syncs);
  EXPECT_EQ(spool.registry.AddGauge("postern_mta_queue_failed", "").Value(), 1);
  ASSERT_THAT(spool.Open(), IsOk());
  EXPECT_THAT(spool.Add("z"), IsOk());
}

TEST(SpoolTroubleTest, RefusesEverythingAfterAFailedSyncOfAFile) {
  UnsyncedFileSystem disk;
  TestSpool spool(disk.env());
  disk.Fail(UnsyncedFileSystem::Operation::kSync,
            rocksdb::IOStatus::NoSpace("no space"));
  EXPECT_THAT(spool.Add(std::string(2 * kChunkBytes, 'x')),
              StatusIs(absl::StatusCode::kResourceExhausted,
                       HasSubstr("restart needed")));
  disk.Heal();
  EXPECT_THAT(spool.Add("y"), StatusIs(absl::StatusCode::kResourceExhausted));
  ASSERT_THAT(spool.Open(), IsOk());
  EXPECT_THAT(spool.Ids(), IsEmpty());
  EXPECT_THAT(spool.FilesOnDisk(), IsEmpty());
}

TEST(SpoolTroubleTest, TakesAFullDiskAtTheSyncForAFailedSync) {
  UnsyncedFileSystem disk;
  TestSpool spool(disk.env());
  disk.Fail(UnsyncedFileSystem::Operation::kSync,
            rocksdb::IOStatus::NoSpace("no space"));
  EXPECT_THAT(spool.Add("x"), StatusIs(absl::StatusCode::kResourceExhausted,
                                       HasSubstr("restart needed")));
  disk.Heal();
  EXPECT_THAT(spool.Add("y"), StatusIs(absl::StatusCode::kResourceExhausted));
}

TEST(SpoolTroubleTest, RefusesEverythingAfterAFailedWrite) {
  UnsyncedFileSystem disk;
  TestSpool spool(disk.env());
  disk.Fail(UnsyncedFileSystem::Operation::kAppend,
            rocksdb::IOStatus::IOError("broken"));
  EXPECT_THAT(spool.Add(std::string(2 * kChunkBytes, 'x')),
              StatusIs(absl::StatusCode::kResourceExhausted));
  disk.Heal();
  EXPECT_THAT(spool->ok(), StatusIs(absl::StatusCode::kResourceExhausted,
                                    HasSubstr("restart needed")));
}

}  // namespace
}  // namespace postern::mta::queue
