#include "lib/config/size.h"

#include <cstdint>
#include <limits>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/testing/status_matchers.h"

namespace postern::config {
namespace {

using ::postern::testing::IsOkAndHolds;
using ::postern::testing::StatusIs;
using ::testing::HasSubstr;

TEST(SizeTest, ReadsEveryUnit) {
  EXPECT_THAT(ParseSize("0"), IsOkAndHolds(0));
  EXPECT_THAT(ParseSize("512"), IsOkAndHolds(512));
  EXPECT_THAT(ParseSize("64KiB"), IsOkAndHolds(65536));
  EXPECT_THAT(ParseSize("25MiB"), IsOkAndHolds(25 << 20));
  EXPECT_THAT(ParseSize("1GiB"), IsOkAndHolds(1 << 30));
  EXPECT_THAT(ParseSize("2TiB"), IsOkAndHolds(int64_t{2} << 40));
}

TEST(SizeTest, RefusesWhatIsNotASize) {
  for (absl::string_view text :
       {"", "KiB", "25MB", "25M", "25 MiB", "25mib", "-1", "+1", "1.5GiB",
        "0x10", "1_000", "1e6", "25MiB "}) {
    EXPECT_THAT(ParseSize(text), StatusIs(absl::StatusCode::kInvalidArgument,
                                          HasSubstr("is not a size such as")))
        << text;
  }
}

TEST(SizeTest, EndsWithTheIntegers) {
  EXPECT_THAT(ParseSize("9223372036854775807"),
              IsOkAndHolds(std::numeric_limits<int64_t>::max()));
  for (absl::string_view text :
       {"9223372036854775808", "8388608TiB", "99999999999999999999999KiB"}) {
    EXPECT_THAT(ParseSize(text), StatusIs(absl::StatusCode::kInvalidArgument,
                                          HasSubstr("is too large")))
        << text;
  }
}

TEST(SizeTest, PrintsTheLargestUnitThatIsExact) {
  EXPECT_EQ(SizeText(0), "0");
  EXPECT_EQ(SizeText(1023), "1023");
  EXPECT_EQ(SizeText(1024), "1KiB");
  EXPECT_EQ(SizeText(50000), "50000");
  EXPECT_EQ(SizeText(25 << 20), "25MiB");
  EXPECT_EQ(SizeText(std::numeric_limits<int64_t>::max()),
            "9223372036854775807");
}

TEST(SizeTest, ReadsBackWhatItPrints) {
  for (int64_t n = 1; n < int64_t{1} << 60; n = n * 2 + n % 3) {
    EXPECT_THAT(ParseSize(SizeText(n)), IsOkAndHolds(n));
  }
}

}  // namespace
}  // namespace postern::config
