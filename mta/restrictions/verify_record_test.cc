#include "mta/restrictions/verify_record.h"

#include "gtest/gtest.h"

namespace postern::mta::restrictions {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1'700'000'000);
const VerifyResult kYes = {Deliverability::kDeliverable, "250 ok"};
const VerifyResult kNo = {Deliverability::kUndeliverable, "550 no"};
const VerifyResult kLater = {Deliverability::kUnknown, "450 later"};

TEST(VerifyRecordTest, CountsUntilItExpires) {
  const struct {
    const char* why;
    VerifyResult result;
    absl::Duration age;
    bool is_expired;
    bool needs_refresh;
  } cases[] = {
      {"new", kYes, absl::ZeroDuration(), false, false},
      {"positive, nearly a week", kYes, absl::Hours(7 * 24 - 1), false, false},
      {"positive, a week", kYes, absl::Hours(7 * 24), false, true},
      {"positive, 30 days", kYes, absl::Hours(30 * 24), false, true},
      {"positive, 31 days", kYes, absl::Hours(31 * 24), true, true},
      {"negative, two hours", kNo, absl::Hours(2), false, false},
      {"negative, three hours", kNo, absl::Hours(3), false, true},
      {"negative, three days", kNo, absl::Hours(72), true, true},
      {"a probe that failed is negative", kLater, absl::Hours(3), false, true},
  };
  for (const auto& c : cases) {
    const VerifyRecord record{c.result, kNow - c.age};
    EXPECT_EQ(IsExpired(record, VerifyTimes(), kNow), c.is_expired) << c.why;
    EXPECT_EQ(NeedsRefresh(record, VerifyTimes(), kNow), c.needs_refresh)
        << c.why;
  }
}

TEST(VerifyRecordTest, AFailedRefreshDoesNotReplaceAPositiveResult) {
  const VerifyRecord good{kYes, kNow - absl::Hours(10 * 24)};
  EXPECT_FALSE(RecordAfter(good, kNo, VerifyTimes(), kNow).has_value());
  EXPECT_FALSE(RecordAfter(good, kLater, VerifyTimes(), kNow).has_value());
  const VerifyRecord expired{kYes, kNow - absl::Hours(31 * 24)};
  EXPECT_EQ(RecordAfter(expired, kNo, VerifyTimes(), kNow)->result, kNo);
}

TEST(VerifyRecordTest, EverythingElseIsRemembered) {
  const VerifyRecord bad{kNo, kNow - absl::Hours(4)};
  EXPECT_EQ(RecordAfter(bad, kYes, VerifyTimes(), kNow)->result, kYes);
  EXPECT_EQ(RecordAfter(bad, kLater, VerifyTimes(), kNow)->result, kLater);
  EXPECT_EQ(RecordAfter(std::nullopt, kNo, VerifyTimes(), kNow)->updated, kNow);
}

TEST(VerifyRecordTest, WithoutNegativeCacheOnlyPositiveResultsAre) {
  VerifyTimes times;
  times.negative_cache = false;
  EXPECT_FALSE(RecordAfter(std::nullopt, kNo, times, kNow).has_value());
  EXPECT_TRUE(RecordAfter(std::nullopt, kYes, times, kNow).has_value());
}

}  // namespace
}  // namespace postern::mta::restrictions
