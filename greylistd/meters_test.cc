#include "greylistd/meters.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace postern::greylistd {
namespace {

using ::testing::HasSubstr;

TEST(MetersTest, EveryReasonHasACounterFromTheStart) {
  metrics::Registry registry;
  Meters meters(registry);
  meters.Count(Reason::kStoreFailure);
  const std::string page = registry.Render();
  EXPECT_THAT(page, HasSubstr("postern_greylistd_decisions_total{"
                              "reason=\"store_failure\"} 1"));
  for (size_t i = 0; i < kReasons; ++i) {
    EXPECT_THAT(page,
                HasSubstr(std::string(ReasonName(static_cast<Reason>(i)))));
  }
}

TEST(MetersTest, WaitsAreObserved) {
  metrics::Registry registry;
  Meters meters(registry);
  meters.ObserveWait(301);
  EXPECT_THAT(
      registry.Render(),
      HasSubstr(
          "postern_greylistd_first_pass_wait_seconds_bucket{le=\"600\"} 1"));
}

}  // namespace
}  // namespace postern::greylistd
