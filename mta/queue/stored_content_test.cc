#include "mta/queue/stored_content.h"

#include <cstdint>
#include <filesystem>
#include <fstream>
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
using ::testing::HasSubstr;

TEST(StoredContentTest, ComesInPieces) {
  TestSpool spool;
  const QueueId id =
      spool.Add(std::string(kChunkBytes, 'a') + std::string(10, 'b')).value();
  const auto content = spool->OpenContent(id, *spool->ReadEnvelope(id));
  EXPECT_EQ(content->pieces(), 2);
  EXPECT_EQ(content->size_bytes(), static_cast<int64_t>(kChunkBytes) + 10);
  EXPECT_THAT(content->Piece(0), IsOkAndHolds(std::string(kChunkBytes, 'a')));
  EXPECT_THAT(content->Piece(1), IsOkAndHolds(std::string(10, 'b')));
  EXPECT_THAT(content->Piece(2), StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_THAT(content->Piece(-1), StatusIs(absl::StatusCode::kDataLoss));
}

TEST(StoredContentTest, ComesInPiecesFromChunksOfTheDatabase) {
  TestSpool spool;
  const QueueId id = spool->NewId();
  Edit edit;
  edit.Add(id, TestSpool::UsualEnvelope(),
           std::string(kChunkBytes, 'a') + std::string(10, 'b'));
  ASSERT_THAT(spool.Apply(std::move(edit)), IsOk());
  const auto content = spool->OpenContent(id, *spool->ReadEnvelope(id));
  EXPECT_EQ(content->pieces(), 2);
  EXPECT_THAT(content->Piece(1), IsOkAndHolds(std::string(10, 'b')));
  EXPECT_THAT(content->Piece(2), StatusIs(absl::StatusCode::kDataLoss));
}

// A file of content that is not as it was written.
class DamagedFileTest : public ::testing::Test {
 protected:
  absl::StatusOr<std::string> Read() { return spool_.ContentOf(id_); }
  std::fstream File() {
    return std::fstream(path_, std::ios::binary | std::ios::in | std::ios::out);
  }

  TestSpool spool_;
  const QueueId id_ = spool_.Add(std::string(2 * kChunkBytes, 'x')).value();
  const std::string path_ = spool_.PathOfContent(id_);
};

TEST_F(DamagedFileTest, IsDataLossWhereABitHasChanged) {
  const auto at = static_cast<std::streamoff>(RecordOffset(1) + 100);
  File().seekp(at).put('y');
  EXPECT_THAT(Read(),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr("piece 1 of 2")));
}

TEST_F(DamagedFileTest, IsDataLossWhereItIsCut) {
  for (const uint64_t size : {RecordOffset(1) + 100, RecordOffset(1),
                              RecordOffset(1) - 1, uint64_t{3}, uint64_t{0}}) {
    std::filesystem::resize_file(path_, size);
    EXPECT_THAT(Read(), StatusIs(absl::StatusCode::kDataLoss)) << size;
  }
}

TEST_F(DamagedFileTest, IsDataLossWhereItIsMissing) {
  std::filesystem::remove(path_);
  EXPECT_THAT(Read(),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr("is missing")));
}

TEST_F(DamagedFileTest, IsDataLossWhereItIsTheContentOfAnother) {
  const QueueId other = spool_.Add(std::string(2 * kChunkBytes, 'y')).value();
  std::filesystem::rename(spool_.PathOfContent(other), path_);
  EXPECT_THAT(Read(), StatusIs(absl::StatusCode::kDataLoss));
}

TEST(StoredContentTest, IsAlsoHeldInMemory) {
  const HeldContent content("text");
  EXPECT_EQ(content.pieces(), 1);
  EXPECT_EQ(content.size_bytes(), 4);
  EXPECT_THAT(content.Piece(0), IsOkAndHolds("text"));
  EXPECT_THAT(content.Piece(1), StatusIs(absl::StatusCode::kDataLoss));
}

TEST(StoredContentTest, HasAHeadThatEndsBehindTheHeader) {
  TestSpool spool;
  const std::string body(4 * kChunkBytes, 'x');
  const auto head = [&](const std::string& content, int64_t limit) {
    const QueueId id = spool.Add(content).value();
    return HeadOf(*spool->OpenContent(id, *spool->ReadEnvelope(id)), limit);
  };
  EXPECT_EQ(head("A: b\r\n\r\n" + body, 1 << 20).size(), kChunkBytes);
  EXPECT_EQ(head(body, 1 << 20).size(), body.size());
  EXPECT_EQ(head(body, 100).size(), kChunkBytes);
  EXPECT_EQ(head("", 100), "");
}

}  // namespace
}  // namespace postern::mta::queue
