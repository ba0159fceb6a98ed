#include "lib/milter/packet.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/testing/status_matchers.h"

namespace postern::milter {
namespace {

using ::postern::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::Eq;
using ::testing::HasSubstr;
using ::testing::Optional;

// Feeds `bytes` in pieces of `step` and returns the packets as "letter:body".
absl::StatusOr<std::vector<std::string>> PacketsOf(absl::string_view bytes,
                                                   size_t step,
                                                   bool& has_partial) {
  PacketReader reader;
  std::vector<std::string> packets;
  while (!bytes.empty()) {
    const absl::Span<char> space = reader.Space();
    const size_t n = std::min({space.size(), step, bytes.size()});
    std::memcpy(space.data(), bytes.data(), n);
    reader.Fill(n);
    bytes.remove_prefix(n);
    while (true) {
      const absl::StatusOr<std::optional<Packet>> packet = reader.Next();
      if (!packet.ok()) return packet.status();
      if (!packet->has_value()) break;
      packets.push_back(std::string(1, (*packet)->letter) + ":" +
                        std::string((*packet)->body));
    }
  }
  has_partial = reader.has_partial_packet();
  return packets;
}

TEST(PacketReaderTest, CutsPacketsWhereverTheReadsAreCut) {
  std::string bytes;
  AppendPacket('H', {"mail.example.org", absl::string_view("\0", 1)}, bytes);
  AppendPacket('N', {}, bytes);
  AppendPacket('B', {std::string(70'000, 'x')}, bytes);
  AppendPacket('E', {}, bytes);
  for (const size_t step : {size_t{1}, size_t{3}, size_t{4096}, bytes.size()}) {
    bool has_partial = true;
    const auto packets = PacketsOf(bytes, step, has_partial);
    ASSERT_TRUE(packets.ok());
    EXPECT_THAT(*packets,
                ElementsAre(std::string("H:mail.example.org\0", 19),
                            "N:", "B:" + std::string(70'000, 'x'), "E:"));
    EXPECT_FALSE(has_partial);
  }
}

TEST(PacketReaderTest, KnowsThatAPacketIsNotWhole) {
  std::string bytes;
  AppendPacket('H', {"x"}, bytes);
  bool has_partial = false;
  const auto packets = PacketsOf(bytes.substr(0, 5), 1, has_partial);
  ASSERT_TRUE(packets.ok());
  EXPECT_THAT(*packets, ElementsAre());
  EXPECT_TRUE(has_partial);
}

TEST(PacketReaderTest, TakesALengthOfZeroForNoPacket) {
  bool has_partial;
  EXPECT_THAT(PacketsOf(std::string(4, '\0'), 4, has_partial),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("without a command")));
}

TEST(PacketReaderTest, RefusesALengthBeyondTheLimitAtOnce) {  // MTA-26
  bool has_partial;
  EXPECT_THAT(
      PacketsOf(absl::string_view("\xff\xff\xff\xff", 4), 4, has_partial),
      StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("4294967295")));
  std::string largest;
  AppendPacket('L', {std::string(kMaxPacketBytes - 1, 'x')}, largest);
  EXPECT_TRUE(PacketsOf(largest, 65536, has_partial).ok());
  std::string larger;
  AppendPacket('L', {std::string(kMaxPacketBytes, 'x')}, larger);
  EXPECT_FALSE(PacketsOf(larger, 65536, has_partial).ok());
}

TEST(PacketReaderTest, APromiseAloneTakesNoMemory) {  // MTA-26
  PacketReader reader;
  std::memcpy(reader.Space().data(), "\x00\x10\x00\x00", 4);
  reader.Fill(4);
  ASSERT_TRUE(reader.Next().ok());
  EXPECT_LT(reader.Space().size(), 16'384u);
}

TEST(PacketReaderTest, KeepsNoRoomForHugePackets) {
  PacketReader reader;
  std::string huge;
  AppendPacket('L', {std::string(900'000, 'x')}, huge);
  for (absl::string_view rest = huge; !rest.empty();) {
    const absl::Span<char> space = reader.Space();
    const size_t n = std::min(space.size(), rest.size());
    std::memcpy(space.data(), rest.data(), n);
    reader.Fill(n);
    rest.remove_prefix(n);
  }
  ASSERT_TRUE(reader.Next()->has_value());
  EXPECT_LT(reader.Space().size(), 16'384u);
}

TEST(PacketTest, TakesTextsAndNumbersOffTheFront) {
  absl::string_view body("one\0\0\0\0\1\2rest", 13);
  EXPECT_THAT(TakeText(body), Optional(Eq("one")));
  EXPECT_THAT(TakeText(body), Optional(Eq("")));
  EXPECT_THAT(TakeNumber(body), Optional(Eq(0x00000102u)));
  EXPECT_EQ(TakeText(body), std::nullopt);
  EXPECT_EQ(body, "rest");
  body.remove_prefix(1);
  EXPECT_EQ(TakeNumber(body), std::nullopt);
  EXPECT_EQ(body, "est");
}

}  // namespace
}  // namespace postern::milter
