#include "mta/queue/spool.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/testing/status_matchers.h"
#include "mta/queue/envelope.h"
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
using ::testing::Pair;

// The format's own key.
const char kVersionKey[] = "v";

TEST(SpoolTest, GivesBackWhatWasCommitted) {
  TestSpool spool;
  const auto id = spool.Add("Subject: x\r\n\r\nbody\r\n");
  ASSERT_THAT(id, IsOk());
  EXPECT_THAT(spool.ContentOf(*id),
              IsOkAndHolds(Eq("Subject: x\r\n\r\nbody\r\n")));
  const auto envelope = spool->ReadEnvelope(*id);
  ASSERT_THAT(envelope, IsOk());
  EXPECT_EQ(envelope->sender(), "alice@example.net");
  EXPECT_EQ(QueuedTime(*envelope), spool.clock.Now());
  EXPECT_EQ(NextAttemptTime(*envelope), spool.clock.Now());
  EXPECT_EQ(envelope->size_bytes(), 20);
}

TEST(SpoolTest, KeepsMessagesOverARestart) {
  TestSpool spool;
  const auto first = spool.Add("one");
  const auto second = spool.Add("two");
  ASSERT_THAT(spool.Open(), IsOk());
  EXPECT_THAT(spool.Ids(), ElementsAre(*first, *second));
  EXPECT_THAT(spool.ContentOf(*second), IsOkAndHolds(Eq("two")));
}

TEST(SpoolTest, KeepsMessagesOfAnySize) {
  TestSpool spool;
  for (const size_t size : {size_t{0}, size_t{1}, kChunkBytes - 1, kChunkBytes,
                            kChunkBytes + 1, 5 * kChunkBytes + 7}) {
    std::string content;
    for (size_t i = 0; i < size; ++i) {
      content.push_back(static_cast<char>(i * 31 + i / 251));
    }
    const auto id = spool.Add(content);
    ASSERT_THAT(id, IsOk());
    EXPECT_THAT(spool.ContentOf(*id), IsOkAndHolds(Eq(content))) << size;
  }
}

TEST(SpoolTest, RemovesAMessageWithoutATrace) {
  TestSpool spool;
  const auto small = spool.Add("small");
  const auto large = spool.Add(std::string(3 * kChunkBytes, 'x'));
  EXPECT_THAT(spool.Remove(*small), IsOk());
  EXPECT_THAT(spool.Remove(*large), IsOk());
  EXPECT_THAT(spool->ReadEnvelope(*small),
              StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(spool.KeysOnDisk(), ElementsAre(kVersionKey));
}

TEST(SpoolTest, LeavesNothingOfAMessageThatWasNotCommitted) {
  TestSpool spool;
  {
    const auto incoming = spool->Begin();
    const std::string content(3 * kChunkBytes, 'x');
    ASSERT_THAT(spool.runtime->BlockOn(incoming->Append(content)), IsOk());
  }
  EXPECT_THAT(spool.Ids(), IsEmpty());
  EXPECT_THAT(spool.KeysOnDisk(), ElementsAre(kVersionKey));
}

TEST(SpoolTest, DeletesUncommittedContentAtTheStart) {
  TestSpool spool;
  const auto kept = spool.Add(std::string(3 * kChunkBytes, 'k'));
  // What a crash leaves of a message: chunks and the mark, no envelope.
  const QueueId lost = spool->NewId();
  for (uint32_t i = 0; i < 3; ++i) {
    spool.Overwrite(ChunkKey(lost, i), SealRecord(ChunkKey(lost, i), "x"));
  }
  spool.Overwrite(SpoolKey(Table::kUncommitted, lost), "");
  ASSERT_THAT(spool.Open(), IsOk());
  EXPECT_THAT(spool.Ids(), ElementsAre(*kept));
  EXPECT_THAT(spool.ContentOf(*kept), IsOk());
  EXPECT_EQ(spool.KeysOnDisk().size(), 1 + 3 + 1u);
}

TEST(SpoolTest, TellsOfEveryMessageOnceItIsDurable) {
  TestSpool spool;
  std::vector<NewMessage> told;
  spool->OnCommitted(
      [&told](NewMessage message) { told.push_back(std::move(message)); });
  const auto small = spool.Add("small");
  const auto large = spool.Add(std::string(2 * kChunkBytes, 'x'));
  Edit edit;
  edit.Add(spool->NewId(), TestSpool::UsualEnvelope(), "ours");
  ASSERT_THAT(spool.Apply(std::move(edit)), IsOk());
  ASSERT_EQ(told.size(), 3u);
  EXPECT_EQ(told[0].id, *small);
  EXPECT_THAT(told[0].content, Eq("small"));
  EXPECT_EQ(told[1].id, *large);
  EXPECT_THAT(told[1].content, Eq(std::nullopt));
  EXPECT_EQ(told[1].envelope.chunks(), 2u);
  EXPECT_THAT(told[2].content, Eq("ours"));
}

TEST(SpoolTest, NeverUsesAnIdTwiceWhateverTheClockSays) {
  TestSpool spool;
  std::set<QueueId> ids;
  for (int i = 0; i < 1000; ++i) ids.insert(spool->NewId());
  EXPECT_EQ(ids.size(), 1000u);
  const auto last = spool.Add("x");
  spool.clock.Advance(-absl::Hours(1000));
  ASSERT_THAT(spool.Open(), IsOk());
  EXPECT_GT(spool->NewId(), *last);
}

TEST(SpoolTest, MakesAllChangesOfAnEditOrNone) {
  TestSpool spool;
  const auto id = spool.Add("x");
  spool::v1::Envelope changed = *spool->ReadEnvelope(*id);
  changed.set_failures(1);
  const QueueId bounce = spool->NewId();
  Edit edit;
  edit.Update(*id, changed);
  edit.Add(bounce, TestSpool::UsualEnvelope(),
           std::string(2 * kChunkBytes + 5, 'b'));
  ASSERT_THAT(spool.Apply(std::move(edit)), IsOk());
  ASSERT_THAT(spool.Open(), IsOk());
  EXPECT_EQ(spool->ReadEnvelope(*id)->failures(), 1u);
  EXPECT_THAT(spool.ContentOf(bounce),
              IsOkAndHolds(Eq(std::string(2 * kChunkBytes + 5, 'b'))));
}

TEST(SpoolTest, SetsADamagedEnvelopeAsideAndKeepsItsContent) {
  TestSpool spool;
  const auto bad = spool.Add("bad");
  const auto good = spool.Add("good");
  std::string value = SerializeEnvelope(*bad, *spool->ReadEnvelope(*bad));
  value.back() ^= 1;
  spool.Overwrite(SpoolKey(Table::kEnvelope, *bad), value);
  ASSERT_THAT(spool.Open(), IsOk());
  EXPECT_THAT(spool.Ids(), ElementsAre(*good));
  EXPECT_THAT(spool->Damaged(), ElementsAre(Pair(*bad, HasSubstr("checksum"))));
  // It stays so, and what is left of it stays as well.
  ASSERT_THAT(spool.Open(), IsOk());
  EXPECT_THAT(spool.Ids(), ElementsAre(*good));
  EXPECT_EQ(spool->Damaged().size(), 1u);
  EXPECT_EQ(spool.registry.AddGauge("postern_mta_queue_damaged", "").Value(),
            1);
  EXPECT_THAT(spool.KeysOnDisk(), ::testing::Contains(ChunkKey(*bad, 0)));
}

TEST(SpoolTest, DeletesWhatWasSetAsideOnlyWhenTold) {
  TestSpool spool;
  const auto id = spool.Add(std::string(2 * kChunkBytes, 'x'));
  ASSERT_THAT(spool->SetAside(*id, "just so"), IsOk());
  EXPECT_THAT(spool->ReadEnvelope(*id), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(spool->Damaged(), ElementsAre(Pair(*id, "just so")));
  ASSERT_THAT(spool->DeleteDamaged(*id), IsOk());
  EXPECT_THAT(spool->Damaged(), IsEmpty());
  EXPECT_THAT(spool.KeysOnDisk(), ElementsAre(kVersionKey));
}

TEST(SpoolTest, ReportsADamagedChunkAsDataLoss) {
  TestSpool spool;
  const auto id = spool.Add(std::string(2 * kChunkBytes, 'x'));
  spool.Overwrite(ChunkKey(*id, 1), "garbage");
  ASSERT_THAT(spool.Open(), IsOk());
  EXPECT_THAT(spool.ContentOf(*id), StatusIs(absl::StatusCode::kDataLoss));
  spool.Overwrite(ChunkKey(*id, 1), std::nullopt);
  ASSERT_THAT(spool.Open(), IsOk());
  EXPECT_THAT(spool.ContentOf(*id),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr("missing")));
}

TEST(SpoolTest, BelongsToOneProgramAtATime) {
  TestSpool spool;
  EXPECT_THAT(
      Spool::Open({.directory = spool.dir.path()}, spool.clock, spool.registry),
      StatusIs(absl::StatusCode::kFailedPrecondition,
               HasSubstr("another program uses this spool")));
}

TEST(SpoolTest, RefusesTheFormatOfALaterProgram) {
  TestSpool spool;
  spool.Overwrite(kVersionKey, "2");
  EXPECT_THAT(spool.Open(), StatusIs(absl::StatusCode::kFailedPrecondition,
                                     HasSubstr("format 2")));
}

TEST(SpoolTest, RefusesMailWhenTheDiskIsNearlyFull) {  // MTA-41
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

TEST(SpoolTest, StoresNothingWhenTheDiskIsFullAndGoesOnAfterwards) {  // MTA-41
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

TEST(SpoolTest, GoesOnAfterTheDiskWasFullAtAnyPointOfALargeMessage) {
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
  }
}

TEST(SpoolTest, FindsRoomOnADiskByItselfOnceItIsThere) {
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

TEST(SpoolTest, RefusesEverythingAfterAFailedSync) {
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

TEST(SpoolTest, TakesAFullDiskAtTheSyncForAFailedSync) {
  UnsyncedFileSystem disk;
  TestSpool spool(disk.env());
  disk.Fail(UnsyncedFileSystem::Operation::kSync,
            rocksdb::IOStatus::NoSpace("no space"));
  EXPECT_THAT(spool.Add("x"), StatusIs(absl::StatusCode::kResourceExhausted,
                                       HasSubstr("restart needed")));
  disk.Heal();
  EXPECT_THAT(spool.Add("y"), StatusIs(absl::StatusCode::kResourceExhausted));
}

TEST(SpoolTest, RefusesEverythingAfterAFailedWrite) {
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
