#include "mta/queue/spool_format.h"

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/testing/status_matchers.h"

namespace postern::mta::queue {
namespace {

using ::postern::testing::IsOk;
using ::postern::testing::IsOkAndHolds;
using ::postern::testing::StatusIs;
using ::testing::Eq;
using ::testing::HasSubstr;
using ::testing::Optional;

TEST(SpoolFormatTest, KeysSortByTableThenIdThenChunk) {
  EXPECT_LT(ChunkKey(QueueId{1}, 0), ChunkKey(QueueId{1}, 1));
  EXPECT_LT(ChunkKey(QueueId{1}, 256), ChunkKey(QueueId{2}, 0));
  EXPECT_LT(ChunkKey(QueueId{~0ull}, ~0u), SpoolKey(Table::kEnvelope, {0}));
  EXPECT_LT(SpoolKey(Table::kEnvelope, {255}),
            SpoolKey(Table::kEnvelope, {256}));
}

TEST(SpoolFormatTest, KeysAreStoredAsDocumented) {
  EXPECT_EQ(SpoolKey(Table::kEnvelope, {0x0102030405060708}),
            "e\x01\x02\x03\x04\x05\x06\x07\x08");
  EXPECT_EQ(ChunkKey({0x0102030405060708}, 0x090a0b0c),
            "c\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c");
}

TEST(SpoolFormatTest, RecordsAreStoredAsDocumented) {
  // Version 1, CRC-32C of "123456789", the payload.
  EXPECT_EQ(SealRecord("1234", "56789"),
            "\x01\xe3\x06\x92\x83"
            "56789");
}

TEST(SpoolFormatTest, FindsTheIdInAKeyOfTheTable) {
  const QueueId id = {77};
  EXPECT_THAT(IdInKey(Table::kEnvelope, SpoolKey(Table::kEnvelope, id)),
              Optional(Eq(id)));
  EXPECT_THAT(IdInKey(Table::kChunk, ChunkKey(id, 5)), Optional(Eq(id)));
  EXPECT_EQ(IdInKey(Table::kEnvelope, SpoolKey(Table::kDamaged, id)),
            std::nullopt);
  EXPECT_EQ(IdInKey(Table::kEnvelope, "e"), std::nullopt);
  EXPECT_EQ(IdInKey(Table::kEnvelope, ""), std::nullopt);
  EXPECT_EQ(IdInKey(Table::kChunk, SpoolKey(Table::kChunk, id)), std::nullopt);
}

TEST(SpoolFormatTest, OpensOnlyUnharmedRecords) {
  const std::string record = SealRecord("key", "payload");
  EXPECT_THAT(OpenRecord("key", record), IsOkAndHolds(Eq("payload")));
  EXPECT_THAT(OpenRecord("other", record),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr("checksum")));
  EXPECT_THAT(OpenRecord("key", record + "x"),
              StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_THAT(OpenRecord("key", ""), StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_THAT(OpenRecord("key", "\x02" + record.substr(1)),
              StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(OpenRecord("", SealRecord("", "")), IsOkAndHolds(Eq("")));
}

TEST(SpoolFormatTest, KeepsADamagedEntryWithItsReason) {
  const auto entry = ParseDamaged(DamagedPayload({"why", "the value"}));
  ASSERT_THAT(entry, IsOk());
  EXPECT_EQ(entry->why, "why");
  EXPECT_EQ(entry->value, "the value");
  EXPECT_FALSE(ParseDamaged("").ok());
  EXPECT_FALSE(ParseDamaged(std::string("\x00\x05x", 3)).ok());
}

}  // namespace
}  // namespace postern::mta::queue
