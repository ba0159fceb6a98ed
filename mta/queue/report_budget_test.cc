#include "mta/queue/report_budget.h"

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace postern::mta::queue {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1'700'000'000);

// MTA-38.
TEST(ReportBudgetTest, OneReaderGetsSoManyAnHour) {
  ReportBudget budget({.each = 2, .all = 0});
  EXPECT_TRUE(budget.Spend("Jane@example.org", kNow));
  EXPECT_TRUE(budget.Spend("jane@example.org", kNow));
  EXPECT_FALSE(budget.Spend("jane@example.org", kNow + absl::Minutes(59)));
  EXPECT_TRUE(budget.Spend("john@example.org", kNow));
  EXPECT_TRUE(budget.Spend("jane@example.org", kNow + absl::Hours(1)));
}

TEST(ReportBudgetTest, AllTogetherGetSoManyAnHour) {
  ReportBudget budget({.each = 0, .all = 3});
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(budget.Spend("x", kNow));
  EXPECT_FALSE(budget.Spend("y", kNow));
  EXPECT_TRUE(budget.Spend("y", kNow + absl::Hours(2)));
}

TEST(ReportBudgetTest, AClockThatGoesBackDoesNotEndReports) {
  ReportBudget budget({.each = 1, .all = 0});
  EXPECT_TRUE(budget.Spend("x", kNow));
  EXPECT_TRUE(budget.Spend("x", kNow - absl::Hours(10)));
}

TEST(ReportBudgetTest, ManyReadersTakeNoMoreMemory) {
  ReportBudget budget({.each = 1, .all = 0});
  int sent = 0;
  for (int i = 0; i < 20'000; ++i) sent += budget.Spend(absl::StrCat(i), kNow);
  EXPECT_EQ(sent, 10'001);
}

}  // namespace
}  // namespace postern::mta::queue
