#include "lib/net/deadline.h"

#include "absl/time/time.h"
#include "gtest/gtest.h"

namespace postern::net {
namespace {

TEST(DeadlineTest, OneInThePastHasPassedAndLeavesNothing) {
  const Deadline deadline = Deadline::After(-absl::Seconds(1));
  EXPECT_TRUE(deadline.has_passed());
  EXPECT_EQ(deadline.Left(), absl::ZeroDuration());
}

TEST(DeadlineTest, OneInTheFutureLeavesTime) {
  const Deadline deadline = Deadline::After(absl::Hours(1));
  EXPECT_FALSE(deadline.has_passed());
  EXPECT_GT(deadline.Left(), absl::Minutes(59));
  EXPECT_LE(deadline.Left(), absl::Hours(1));
}

TEST(DeadlineTest, TheEarlierIsTheLesser) {
  EXPECT_LT(Deadline::After(absl::Hours(1)), Deadline::After(absl::Hours(2)));
}

TEST(DeadlineTest, AnInfiniteWaitDoesNotOverflow) {
  EXPECT_FALSE(Deadline::After(absl::InfiniteDuration()).has_passed());
}

}  // namespace
}  // namespace postern::net
