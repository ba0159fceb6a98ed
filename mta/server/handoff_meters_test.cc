#include "mta/server/handoff_meters.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace postern::mta::server {
namespace {

using ::testing::HasSubstr;

TEST(HandoffMetersTest, CountsByResult) {
  metrics::Registry registry;
  HandoffMeters meters(registry);
  meters.known.Increment();
  EXPECT_THAT(
      registry.Render(),
      HasSubstr("postern_mta_handoff_received_total{result=\"known\"} 1"));
  EXPECT_THAT(
      registry.Render(),
      HasSubstr("postern_mta_handoff_received_total{result=\"forged\"} 0"));
}

}  // namespace
}  // namespace postern::mta::server
