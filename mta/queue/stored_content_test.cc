#include "mta/queue/stored_content.h"

#include <string>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/testing/status_matchers.h"
#include "mta/queue/spool_format.h"
#include "mta/queue/test_spool.h"

namespace postern::mta::queue {
namespace {

using ::postern::testing::IsOkAndHolds;
using ::postern::testing::StatusIs;

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
