#include "lib/redis/slot_map.h"

#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/redis/slot.h"
#include "lib/testing/status_matchers.h"

namespace postern::redis {
namespace {

using ::postern::testing::IsOk;
using ::postern::testing::StatusIs;
using ::testing::IsNull;
using ::testing::SizeIs;

Reply NodeReply(Reply host, int64_t port) {
  return Reply::OfArray({std::move(host), Reply::OfInteger(port),
                         Reply::OfString("0123456789abcdef"),
                         Reply::OfArray({})});
}

Reply RangeReply(int64_t first, int64_t last, Reply master) {
  return Reply::OfArray({Reply::OfInteger(first), Reply::OfInteger(last),
                         std::move(master),
                         NodeReply(Reply::OfString("198.51.100.9"), 6379)});
}

net::Endpoint At(const char* host, uint16_t port) {
  net::Endpoint endpoint;
  endpoint.host = host;
  endpoint.port = port;
  return endpoint;
}

TEST(SlotMapTest, AtFirstNobodyServesAnything) {
  const SlotMap map;
  EXPECT_THAT(map.NodeOf(0), IsNull());
  EXPECT_THAT(map.NodeOf(kSlots - 1), IsNull());
  EXPECT_THAT(map.nodes(), SizeIs(0));
}

TEST(SlotMapTest, MastersServeTheirRanges) {
  const Reply reply = Reply::OfArray(
      {RangeReply(0, 99, NodeReply(Reply::OfString("192.0.2.1"), 7000)),
       RangeReply(200, 16383, NodeReply(Reply::OfString("192.0.2.2"), 7001))});
  const auto map = SlotMap::FromReply(reply, "192.0.2.9");
  ASSERT_THAT(map, IsOk());
  EXPECT_EQ(*map->NodeOf(0), At("192.0.2.1", 7000));
  EXPECT_EQ(*map->NodeOf(99), At("192.0.2.1", 7000));
  EXPECT_THAT(map->NodeOf(100), IsNull());
  EXPECT_EQ(*map->NodeOf(200), At("192.0.2.2", 7001));
  EXPECT_EQ(*map->NodeOf(16383), At("192.0.2.2", 7001));
  EXPECT_THAT(map->nodes(), SizeIs(2));
}

TEST(SlotMapTest, ANodeWithoutAddressIsTheOneThatWasAsked) {
  for (const Reply& host : {Reply(), Reply::OfString("")}) {
    const Reply reply = Reply::OfArray({RangeReply(0, 9, NodeReply(host, 7))});
    const auto map = SlotMap::FromReply(reply, "192.0.2.9");
    ASSERT_THAT(map, IsOk());
    EXPECT_EQ(*map->NodeOf(5), At("192.0.2.9", 7));
  }
}

TEST(SlotMapTest, ANodeThatCannotBeReachedIsLeftOut) {
  const Reply reply = Reply::OfArray(
      {RangeReply(0, 9, NodeReply(Reply::OfString("?"), 7)),
       RangeReply(10, 19, NodeReply(Reply::OfString("192.0.2.1"), 0))});
  const auto map = SlotMap::FromReply(reply, "192.0.2.9");
  ASSERT_THAT(map, IsOk());
  EXPECT_THAT(map->NodeOf(5), IsNull());
  EXPECT_THAT(map->NodeOf(15), IsNull());
}

// RD-03.
TEST(SlotMapTest, RefusesGarbage) {
  struct Case {
    const char* why;
    Reply reply;
  };
  const Reply node = NodeReply(Reply::OfString("192.0.2.1"), 7000);
  const Case cases[] = {
      {"not an array", Reply::OfString("OK")},
      {"a range that is none", Reply::OfArray({Reply::OfInteger(1)})},
      {"no master", Reply::OfArray({Reply::OfArray(
                        {Reply::OfInteger(0), Reply::OfInteger(1)})})},
      {"backwards", Reply::OfArray({RangeReply(9, 0, node)})},
      {"negative", Reply::OfArray({RangeReply(-1, 5, node)})},
      {"beyond the end", Reply::OfArray({RangeReply(0, 16384, node)})},
      {"a port too large", Reply::OfArray({RangeReply(
                               0, 1, NodeReply(Reply::OfString("h"), 65536))})},
      {"a host too long",
       Reply::OfArray({RangeReply(
           0, 1, NodeReply(Reply::OfString(std::string(256, 'h')), 1))})},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.why);
    EXPECT_THAT(SlotMap::FromReply(c.reply, "h"),
                StatusIs(absl::StatusCode::kDataLoss));
  }
}

TEST(SlotMapTest, Rd04ASlotMoves) {
  SlotMap map;
  map.Move(7, At("192.0.2.1", 7000));
  EXPECT_EQ(*map.NodeOf(7), At("192.0.2.1", 7000));
  map.Move(7, At("192.0.2.2", 7000));
  EXPECT_EQ(*map.NodeOf(7), At("192.0.2.2", 7000));
  EXPECT_THAT(map.NodeOf(8), IsNull());
}

TEST(SlotMapTest, TheNumberOfNodesIsBounded) {
  SlotMap map;
  for (int i = 0; i < 2000; ++i) {
    map.Move(i, At("192.0.2.1", static_cast<uint16_t>(i + 1)));
  }
  EXPECT_THAT(map.nodes(), SizeIs(SlotMap::kMaxNodes));
  EXPECT_THAT(map.NodeOf(1999), IsNull());
}

}  // namespace
}  // namespace postern::redis
