#include "mta/queue/spool.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/base/file.h"
#include "lib/testing/status_matchers.h"
#include "mta/queue/envelope.h"
#include "mta/queue/spool_format.h"
#include "mta/queue/test_spool.h"

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

// Changes a byte of `text` in the log of the database that is closed.
void SpoilInLog(const std::string& directory, const std::string& text) {
  for (const auto& file : std::filesystem::directory_iterator(directory)) {
    if (file.path().extension() != ".log") continue;
    std::string bytes = ReadFile(file.path()).value();
    const size_t at = bytes.find(text);
    if (at == bytes.npos) continue;
    bytes[at] ^= 1;
    ASSERT_THAT(WriteFile(file.path(), bytes), IsOk());
    return;
  }
  FAIL() << "no log has it";
}

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

TEST(SpoolTest, HasANameForEver) {
  TestSpool spool;
  const std::string name = spool->name();
  EXPECT_EQ(name.size(), Spool::kNameBytes);
  spool.Close();
  ASSERT_THAT(spool.Open(), IsOk());
  EXPECT_EQ(spool->name(), name);
  EXPECT_NE(TestSpool()->name(), name);
  // Of a spool of before, or a damaged one.
  spool.Overwrite("n", "damaged");
  ASSERT_THAT(spool.Open(), IsOk());
  EXPECT_EQ(spool->name().size(), Spool::kNameBytes);
  EXPECT_NE(spool->name(), name);
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
  EXPECT_THAT(spool.FilesOnDisk(), IsEmpty());
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
  EXPECT_THAT(spool.FilesOnDisk(), IsEmpty());
}

TEST(SpoolTest, DeletesUncommittedContentAtTheStart) {
  TestSpool spool;
  const auto kept = spool.Add(std::string(3 * kChunkBytes, 'k'));
  // What a crash leaves of a message: a file, no envelope.
  const QueueId lost = spool->NewId();
  std::ofstream(spool.PathOfContent(lost)) << "half of a message";
  ASSERT_THAT(spool.Open(), IsOk());
  EXPECT_GT(spool->NewId(), lost);
  EXPECT_THAT(spool.Ids(), ElementsAre(*kept));
  EXPECT_THAT(spool.ContentOf(*kept), IsOk());
  EXPECT_THAT(spool.FilesOnDisk(), ElementsAre(kept->ToString()));
}

// Format 1 had every content in chunks, and marked what was not committed yet.
TEST(SpoolTest, TakesUpASpoolOfFormatOne) {
  TestSpool spool;
  const QueueId large = spool->NewId();
  const QueueId lost = spool->NewId();
  Edit edit;
  edit.Add(large, TestSpool::UsualEnvelope(),
           std::string(3 * kChunkBytes, 'l'));
  ASSERT_THAT(spool.Apply(std::move(edit)), IsOk());
  for (uint32_t i = 0; i < 3; ++i) {
    spool.Overwrite(ChunkKey(lost, i), SealRecord(ChunkKey(lost, i), "x"));
  }
  spool.Overwrite(SpoolKey(Table::kUncommitted, lost), "");
  spool.Overwrite(kVersionKey, "1");
  ASSERT_THAT(spool.Open(), IsOk());
  EXPECT_THAT(spool.Ids(), ElementsAre(large));
  EXPECT_THAT(spool.ContentOf(large),
              IsOkAndHolds(std::string(3 * kChunkBytes, 'l')));
  EXPECT_EQ(spool.KeysOnDisk().size(), 1 + 3 + 1u);
  ASSERT_THAT(spool.Open(), IsOk());
  ASSERT_THAT(spool.Remove(large), IsOk());
  EXPECT_THAT(spool.KeysOnDisk(), ElementsAre(kVersionKey));
}

// The log of the disk is damaged before its end, and the envelope stood behind.
TEST(SpoolTest, KeepsContentsWhoseEnvelopesALogHasLost) {
  TestSpool spool;
  const auto before = spool.Add("before");
  spool::v1::Envelope envelope = TestSpool::UsualEnvelope();
  envelope.set_sender("where-the-damage-is");
  const auto behind = spool.Add(std::string(2 * kChunkBytes, 'b'), envelope);
  ASSERT_THAT(spool.Add("last"), IsOk());
  spool.Close();
  SpoilInLog(spool.dir.path(), "where-the-damage-is");
  ASSERT_THAT(spool.Open(), IsOk());
  EXPECT_THAT(spool.Ids(), ElementsAre(*before));
  EXPECT_THAT(spool.FilesOnDisk(), IsEmpty());
  EXPECT_TRUE(std::filesystem::exists(spool.dir.path() + "/damaged-logs/" +
                                      behind->ToString() + ".content"));
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
  EXPECT_THAT(spool.FilesOnDisk(), IsEmpty());
}

TEST(SpoolTest, KeepsTheFileOfAnEnvelopeThatWasSetAside) {
  TestSpool spool;
  const auto id = spool.Add(std::string(2 * kChunkBytes, 'x'));
  ASSERT_THAT(spool->SetAside(*id, "just so"), IsOk());
  ASSERT_THAT(spool.Open(), IsOk());
  EXPECT_THAT(spool.FilesOnDisk(), ElementsAre(id->ToString()));
}

TEST(SpoolTest, ReportsADamagedChunkAsDataLoss) {
  TestSpool spool;
  const auto id = spool.Add("small");
  spool.Overwrite(ChunkKey(*id, 0), "garbage");
  ASSERT_THAT(spool.Open(), IsOk());
  EXPECT_THAT(spool.ContentOf(*id), StatusIs(absl::StatusCode::kDataLoss));
  spool.Overwrite(ChunkKey(*id, 0), std::nullopt);
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
  spool.Overwrite(kVersionKey, "4");
  EXPECT_THAT(spool.Open(), StatusIs(absl::StatusCode::kFailedPrecondition,
                                     HasSubstr("format 4")));
}

}  // namespace
}  // namespace postern::mta::queue
