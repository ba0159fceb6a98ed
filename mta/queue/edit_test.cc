// Edits are looked at through the spool that takes them.

#include "mta/queue/edit.h"

#include <string>
#include <utility>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/testing/status_matchers.h"
#include "mta/queue/spool_format.h"
#include "mta/queue/test_spool.h"

namespace postern::mta::queue {
namespace {

using ::postern::testing::IsOk;
using ::postern::testing::IsOkAndHolds;
using ::postern::testing::StatusIs;
using ::testing::IsEmpty;

TEST(EditTest, IsEmptyAtFirst) {
  Edit edit;
  EXPECT_TRUE(edit.empty());
  edit.Remove({1}, {});
  EXPECT_FALSE(edit.empty());
}

TEST(EditTest, AddsAMessageOfAnySize) {
  TestSpool spool;
  for (const size_t size :
       {size_t{0}, size_t{9}, kChunkBytes, kChunkBytes + 1, 3 * kChunkBytes}) {
    const QueueId id = spool->NewId();
    const std::string content(size, 'x');
    Edit edit;
    edit.Add(id, TestSpool::UsualEnvelope(), content);
    ASSERT_THAT(spool.Apply(std::move(edit)), IsOk());
    EXPECT_THAT(spool.ContentOf(id), IsOkAndHolds(content)) << size;
  }
}

TEST(EditTest, UpdatesOneMessageAndRemovesAnother) {
  TestSpool spool;
  const QueueId kept = spool.Add("kept").value();
  const QueueId gone = spool.Add(std::string(2 * kChunkBytes, 'g')).value();
  spool::v1::Envelope envelope = *spool->ReadEnvelope(kept);
  envelope.set_failures(3);
  Edit edit;
  edit.Update(kept, envelope);
  edit.Remove(gone, *spool->ReadEnvelope(gone));
  ASSERT_THAT(spool.Apply(std::move(edit)), IsOk());
  EXPECT_EQ(spool->ReadEnvelope(kept)->failures(), 3u);
  EXPECT_THAT(spool.ContentOf(kept), IsOkAndHolds("kept"));
  EXPECT_THAT(spool->ReadEnvelope(gone), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_EQ(spool.KeysOnDisk().size(), 3u);
  EXPECT_THAT(spool.FilesOnDisk(), IsEmpty());
}

TEST(EditTest, RemovesOnlyTheChunksOfAContentWithoutAFile) {
  TestSpool spool;
  const QueueId id = spool->NewId();
  Edit add;
  add.Add(id, TestSpool::UsualEnvelope(), std::string(3 * kChunkBytes, 'x'));
  ASSERT_THAT(spool.Apply(std::move(add)), IsOk());
  ASSERT_THAT(spool.Remove(id), IsOk());
  EXPECT_EQ(spool.KeysOnDisk().size(), 1u);  // The format.
}

}  // namespace
}  // namespace postern::mta::queue
