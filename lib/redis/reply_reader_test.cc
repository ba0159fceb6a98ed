#include "lib/redis/reply_reader.h"

#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/testing/status_matchers.h"

namespace postern::redis {
namespace {

using ::postern::testing::IsOk;
using ::postern::testing::IsOkAndHolds;
using ::postern::testing::StatusIs;
using ::testing::HasSubstr;
using ::testing::Optional;

absl::StatusOr<std::optional<Reply>> Read(absl::string_view bytes,
                                          ReplyReader::Limits limits = {}) {
  ReplyReader reader(limits);
  const absl::Status fed = reader.Feed(bytes);
  if (!fed.ok()) return fed;
  return reader.Next();
}

TEST(ReplyReaderTest, ReadsEveryKind) {
  EXPECT_THAT(Read("+OK\r\n"), IsOkAndHolds(Optional(Reply::OfString("OK"))));
  EXPECT_THAT(Read("-ERR no\r\n"),
              IsOkAndHolds(Optional(Reply::OfError("ERR no"))));
  EXPECT_THAT(Read(":-42\r\n"), IsOkAndHolds(Optional(Reply::OfInteger(-42))));
  EXPECT_THAT(Read("$-1\r\n"), IsOkAndHolds(Optional(Reply())));
  EXPECT_THAT(Read("*-1\r\n"), IsOkAndHolds(Optional(Reply())));
  EXPECT_THAT(Read("$0\r\n\r\n"), IsOkAndHolds(Optional(Reply::OfString(""))));
  EXPECT_THAT(Read("$4\r\na\r\nb\r\n"),
              IsOkAndHolds(Optional(Reply::OfString("a\r\nb"))));
  EXPECT_THAT(Read("*0\r\n"), IsOkAndHolds(Optional(Reply::OfArray({}))));
}

TEST(ReplyReaderTest, ReadsArraysInsideArrays) {
  EXPECT_THAT(
      Read("*3\r\n:1\r\n*2\r\n$1\r\nx\r\n$-1\r\n-ERR y\r\n"),
      IsOkAndHolds(Optional(Reply::OfArray(
          {Reply::OfInteger(1), Reply::OfArray({Reply::OfString("x"), Reply()}),
           Reply::OfError("ERR y")}))));
}

TEST(ReplyReaderTest, WaitsForTheRestWhereverTheBytesAreCut) {
  const std::string bytes = "*2\r\n$5\r\nhello\r\n:7\r\n";
  ReplyReader reader;
  for (const char& c : bytes) {
    ASSERT_THAT(reader.Feed({&c, 1}), IsOk());
    const auto reply = reader.Next();
    ASSERT_THAT(reply, IsOk());
    EXPECT_EQ(reply->has_value(), &c == &bytes.back());
  }
  EXPECT_FALSE(reader.has_rest());
}

TEST(ReplyReaderTest, ReadsOneReplyAfterTheOther) {
  ReplyReader reader;
  ASSERT_THAT(reader.Feed("+a\r\n:2\r\n$3\r\nf"), IsOk());
  EXPECT_THAT(reader.Next(), IsOkAndHolds(Optional(Reply::OfString("a"))));
  EXPECT_THAT(reader.Next(), IsOkAndHolds(Optional(Reply::OfInteger(2))));
  EXPECT_THAT(reader.Next(), IsOkAndHolds(std::nullopt));
  EXPECT_TRUE(reader.has_rest());
  ASSERT_THAT(reader.Feed("oo\r\n"), IsOk());
  EXPECT_THAT(reader.Next(), IsOkAndHolds(Optional(Reply::OfString("foo"))));
}

TEST(ReplyReaderTest, RefusesWhatIsNotTheProtocol) {
  for (const char* bytes :
       {"HTTP/1.1 400 Bad Request\r\n", ":abc\r\n", "$x\r\n", "*-2\r\n",
        "$-2\r\n", "*1\r\n?\r\n", "*9999999999999999999\r\n"}) {
    SCOPED_TRACE(bytes);
    EXPECT_THAT(Read(bytes), StatusIs(absl::StatusCode::kDataLoss));
  }
}

TEST(ReplyReaderTest, StaysWrongOnceItIsWrong) {
  ReplyReader reader;
  ASSERT_THAT(reader.Feed("?\r\n"), IsOk());
  EXPECT_THAT(reader.Next(), StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_THAT(reader.Feed("+OK\r\n"), StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_THAT(reader.Next(), StatusIs(absl::StatusCode::kDataLoss));
}

TEST(ReplyReaderTest, BoundsTheBytesOfAReply) {
  const ReplyReader::Limits limits = {.max_bytes = 10, .max_elements = 10};
  EXPECT_THAT(Read("$10\r\n0123456789\r\n", limits),
              IsOkAndHolds(Optional(Reply::OfString("0123456789"))));
  EXPECT_THAT(Read("$11\r\n0123456789a\r\n", limits),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr("too large")));
  EXPECT_THAT(Read("*2\r\n$6\r\n012345\r\n$6\r\n012345\r\n", limits),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr("too large")));
}

TEST(ReplyReaderTest, DoesNotWaitForAStringThatWouldBeTooLarge) {
  const ReplyReader::Limits limits = {.max_bytes = 10, .max_elements = 10};
  EXPECT_THAT(Read("$9223372036854775807\r\n0123456789", limits),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr("too large")));
  EXPECT_THAT(Read("+a line without end", limits),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr("too large")));
}

TEST(ReplyReaderTest, BoundsTheElementsOfAReplyBeforeMakingRoomForThem) {
  const ReplyReader::Limits limits = {.max_bytes = 99, .max_elements = 3};
  EXPECT_THAT(Read("*3\r\n:1\r\n:2\r\n:3\r\n", limits), IsOk());
  EXPECT_THAT(Read("*4\r\n", limits),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr("too large")));
  EXPECT_THAT(Read("*2\r\n*1\r\n:1\r\n*1\r\n", limits),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr("too large")));
  EXPECT_THAT(Read("*2147483647\r\n"),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr("too large")));
}

TEST(ReplyReaderTest, LimitsAreForOneReply) {
  ReplyReader reader({.max_bytes = 4, .max_elements = 1});
  for (int i = 0; i < 100; ++i) {
    ASSERT_THAT(reader.Feed("*1\r\n+abcd\r\n"), IsOk());
    ASSERT_THAT(reader.Next(), IsOk());
  }
}

TEST(ReplyReaderTest, BoundsTheDepth) {
  std::string bytes;
  for (int i = 0; i < 7; ++i) absl::StrAppend(&bytes, "*1\r\n");
  EXPECT_THAT(Read(bytes + ":1\r\n"), IsOk());
  for (int i = 0; i < 20; ++i) absl::StrAppend(&bytes, "*1\r\n");
  EXPECT_THAT(Read(bytes), StatusIs(absl::StatusCode::kDataLoss));
}

}  // namespace
}  // namespace postern::redis
