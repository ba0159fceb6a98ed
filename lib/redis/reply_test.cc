#include "lib/redis/reply.h"

#include <cstdint>
#include <limits>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/testing/status_matchers.h"

namespace postern::redis {
namespace {

using ::postern::testing::IsOk;
using ::postern::testing::IsOkAndHolds;
using ::postern::testing::StatusIs;
using ::testing::HasSubstr;

constexpr int64_t kLeast = std::numeric_limits<int64_t>::min();
constexpr int64_t kMost = std::numeric_limits<int64_t>::max();

TEST(ReplyTest, IsNilAtFirst) {
  EXPECT_TRUE(Reply().is_nil());
  EXPECT_EQ(Reply().kind(), Reply::Kind::kNil);
}

TEST(ReplyTest, KnowsItsKind) {
  EXPECT_EQ(Reply::OfInteger(1).kind(), Reply::Kind::kInteger);
  EXPECT_EQ(Reply::OfString("x").kind(), Reply::Kind::kString);
  EXPECT_EQ(Reply::OfArray({}).kind(), Reply::Kind::kArray);
  EXPECT_EQ(Reply::OfError("ERR x").kind(), Reply::Kind::kError);
  EXPECT_EQ(Reply::OfError("ERR x").error(), "ERR x");
  EXPECT_EQ(Reply::OfString("ERR x").error(), "");
}

TEST(ReplyTest, NumbersAreTakenFromIntegersAndDecimalStrings) {
  EXPECT_THAT(Reply::OfInteger(-7).Integer(kLeast, kMost), IsOkAndHolds(-7));
  EXPECT_THAT(Reply::OfString("-7").Integer(kLeast, kMost), IsOkAndHolds(-7));
  EXPECT_THAT(Reply::OfString("9223372036854775807").Integer(kLeast, kMost),
              IsOkAndHolds(kMost));
}

// RD-03.
TEST(ReplyTest, GarbageIsNotANumber) {
  for (const char* text : {"", "-", "x", "1x", " 1", "1 ", "+1", "1.5", "0x10",
                           "9223372036854775808"}) {
    SCOPED_TRACE(text);
    EXPECT_THAT(Reply::OfString(text).Integer(kLeast, kMost),
                StatusIs(absl::StatusCode::kDataLoss));
  }
  EXPECT_THAT(Reply().Integer(kLeast, kMost),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr("got nil")));
}

// RD-03.
TEST(ReplyTest, NumbersMustBeWithinTheirBounds) {
  EXPECT_THAT(Reply::OfInteger(5).Integer(0, 5), IsOkAndHolds(5));
  EXPECT_THAT(Reply::OfInteger(6).Integer(0, 5),
              StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_THAT(Reply::OfString("-1").Integer(0, 5),
              StatusIs(absl::StatusCode::kDataLoss));
}

// RD-03.
TEST(ReplyTest, StringsMustNotBeTooLong) {
  EXPECT_THAT(Reply::OfString("abc").String(3), IsOkAndHolds("abc"));
  EXPECT_THAT(Reply::OfString("abcd").String(3),
              StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_THAT(Reply::OfInteger(1).String(3),
              StatusIs(absl::StatusCode::kDataLoss,
                       HasSubstr("wanted a string, got an integer")));
}

// RD-03.
TEST(ReplyTest, ArraysMustHaveTheExpectedSize) {
  const Reply pair =
      Reply::OfArray({Reply::OfInteger(1), Reply::OfString("x")});
  ASSERT_THAT(pair.Array(2, 2), IsOk());
  EXPECT_EQ((*pair.Array(2, 2))[1], Reply::OfString("x"));
  EXPECT_THAT(pair.Array(3, 9), StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_THAT(pair.Array(0, 1), StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_THAT(Reply::OfError("ERR").Array(0, 9),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr("an error")));
}

}  // namespace
}  // namespace postern::redis
