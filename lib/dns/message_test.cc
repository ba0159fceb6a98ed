#include "lib/dns/message.h"

#include <string>

#include "absl/status/status.h"
#include "gtest/gtest.h"
#include "lib/testing/status_matchers.h"

namespace postern::dns {
namespace {

using ::postern::testing::IsOk;
using ::postern::testing::StatusIs;

template <size_t N>
std::string Bytes(const char (&text)[N]) {
  return std::string(text, N - 1);
}

// An answer with a question and two records, the second of which has the name
// of the first.
const std::string kAnswer = Bytes(
    "\x12\x34\xa8\x05\x00\x01\x00\x01\x00\x00\x00\x01"
    "\x01"
    "a\x00\x00\x06\x00\x01"
    "\x02"
    "Bb\x00\x00\x10\x00\x01\x00\x00\x00\x05\x00\x02\x01x"
    "\xc0\x13\x00\xfa\x00\xff\x00\x00\x00\x00\x00\x00");

TEST(MessageTest, IsTakenApart) {
  const auto message = Message::Parse(kAnswer);
  ASSERT_THAT(message, IsOk());
  EXPECT_EQ(message->id, 0x1234);
  EXPECT_TRUE(message->is_answer);
  EXPECT_EQ(message->opcode, 5);
  EXPECT_EQ(message->rcode, 5);
  ASSERT_EQ(message->records.size(), 2u);
  EXPECT_EQ(message->records[0].name, "bb");
  EXPECT_EQ(message->records[0].type, 16);
  EXPECT_EQ(message->records[0].record_class, 1);
  EXPECT_EQ(message->records[0].rdata, "\x01x");
  EXPECT_EQ(message->records[0].start, 19u);
  EXPECT_EQ(message->records[1].name, "bb");
  EXPECT_EQ(message->records[1].type, 250);
  EXPECT_EQ(message->records[1].rdata, "");
}

TEST(MessageTest, EveryBeginningAndEveryMoreIsMalformed) {
  for (size_t length = 0; length < kAnswer.size(); ++length) {
    EXPECT_THAT(Message::Parse(kAnswer.substr(0, length)),
                StatusIs(absl::StatusCode::kInvalidArgument))
        << length;
  }
  EXPECT_THAT(Message::Parse(kAnswer + "x"),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(MessageTest, CodesHaveNames) {
  EXPECT_EQ(RcodeName(0), "NOERROR");
  EXPECT_EQ(RcodeName(5), "REFUSED");
  EXPECT_EQ(RcodeName(10), "NOTZONE");
  EXPECT_EQ(RcodeName(11), "rcode 11");
}

}  // namespace
}  // namespace postern::dns
