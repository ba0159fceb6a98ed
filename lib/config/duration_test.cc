#include "lib/config/duration.h"

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/testing/status_matchers.h"

namespace postern::config {
namespace {

using ::postern::testing::IsOkAndHolds;
using ::postern::testing::StatusIs;
using ::testing::HasSubstr;

TEST(DurationTest, ReadsEveryUnit) {
  EXPECT_THAT(ParseDuration("35d"), IsOkAndHolds(absl::Hours(35 * 24)));
  EXPECT_THAT(ParseDuration("2h"), IsOkAndHolds(absl::Hours(2)));
  EXPECT_THAT(ParseDuration("5m"), IsOkAndHolds(absl::Minutes(5)));
  EXPECT_THAT(ParseDuration("10s"), IsOkAndHolds(absl::Seconds(10)));
  EXPECT_THAT(ParseDuration("500ms"), IsOkAndHolds(absl::Milliseconds(500)));
  EXPECT_THAT(ParseDuration("7us"), IsOkAndHolds(absl::Microseconds(7)));
  EXPECT_THAT(ParseDuration("9ns"), IsOkAndHolds(absl::Nanoseconds(9)));
}

TEST(DurationTest, AddsUpParts) {
  EXPECT_THAT(ParseDuration("1h30m"), IsOkAndHolds(absl::Minutes(90)));
  EXPECT_THAT(ParseDuration("1d2h3m4s5ms"),
              IsOkAndHolds(absl::Hours(26) + absl::Minutes(3) +
                           absl::Seconds(4) + absl::Milliseconds(5)));
}

TEST(DurationTest, ReadsFractionsExactly) {
  EXPECT_THAT(ParseDuration("0.5s"), IsOkAndHolds(absl::Milliseconds(500)));
  EXPECT_THAT(ParseDuration("1.5h"), IsOkAndHolds(absl::Minutes(90)));
  EXPECT_THAT(ParseDuration("0.000000001s"),
              IsOkAndHolds(absl::Nanoseconds(1)));
  EXPECT_FALSE(ParseDuration("0.5ns").ok());
}

TEST(DurationTest, ReadsZeroWithoutAUnit) {
  EXPECT_THAT(ParseDuration("0"), IsOkAndHolds(absl::ZeroDuration()));
  EXPECT_THAT(ParseDuration("0s"), IsOkAndHolds(absl::ZeroDuration()));
}

TEST(DurationTest, RefusesWhatIsNotADuration) {
  for (absl::string_view text : {"",     "5",    "00",
                                 "m",    "5 m",  " 5m",
                                 "5m ",  "-5m",  "+5m",
                                 "5M",   "5min", "5w",
                                 "1m1h", "1m1m", "1..5s",
                                 ".5s",  "1.s",  "1,5s",
                                 "1e3s", "0x5s", "9999999999999999999s"}) {
    EXPECT_THAT(ParseDuration(text),
                StatusIs(absl::StatusCode::kInvalidArgument,
                         HasSubstr("is not a duration such as")))
        << text;
  }
}

TEST(DurationTest, EndsAtTenThousandYears) {
  EXPECT_THAT(ParseDuration("315576000000s"), IsOkAndHolds(kMaxDuration));
  EXPECT_THAT(ParseDuration("315576000000s1ns"),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("longer than 10000 years")));
  EXPECT_THAT(ParseDuration("999999999999999999d"),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("longer than 10000 years")));
}

TEST(DurationTest, PrintsTheShorterForm) {
  EXPECT_EQ(DurationText(absl::ZeroDuration()), "0s");
  EXPECT_EQ(DurationText(absl::Hours(120)), "5d");
  EXPECT_EQ(DurationText(absl::Hours(1)), "1h");
  EXPECT_EQ(DurationText(absl::Minutes(90)), "90m");
  EXPECT_EQ(DurationText(absl::Seconds(90)), "90s");
  EXPECT_EQ(DurationText(absl::Hours(24) + absl::Minutes(1)), "1d1m");
  EXPECT_EQ(DurationText(absl::Milliseconds(500)), "500ms");
  EXPECT_EQ(DurationText(absl::Nanoseconds(1)), "1ns");
  EXPECT_EQ(DurationText(kMaxDuration), "3652500d");
  EXPECT_EQ(DurationText(kMaxDuration - absl::Nanoseconds(1)),
            "3652499d23h59m59s999ms999us999ns");
}

TEST(DurationTest, ReadsBackWhatItPrints) {
  for (int64_t n = 1; n < int64_t{1} << 60; n = n * 3 + 7) {
    const absl::Duration duration = absl::Nanoseconds(n);
    EXPECT_THAT(ParseDuration(DurationText(duration)), IsOkAndHolds(duration));
  }
}

}  // namespace
}  // namespace postern::config
