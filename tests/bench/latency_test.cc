#include "tests/bench/latency.h"

#include "gtest/gtest.h"

namespace postern::bench {
namespace {

TEST(LatencyTest, IsZeroWithoutSamples) {
  EXPECT_EQ(Latency().Percentile(0.99), 0);
}

TEST(LatencyTest, TellsTheNearestRankInAnyOrderOfSamples) {
  Latency latency;
  for (int i = 100; i >= 1; --i) latency.Add(i);
  EXPECT_EQ(latency.Percentile(0.5), 50);
  EXPECT_EQ(latency.Percentile(0.99), 99);
  EXPECT_EQ(latency.Percentile(1), 100);
  EXPECT_EQ(latency.Percentile(0), 1);
}

TEST(LatencyTest, WritesMicroseconds) {
  Latency latency;
  latency.Add(0.001);
  EXPECT_EQ(latency.JsonMembers(),
            "\"p50_us\": 1000.0, \"p99_us\": 1000.0, \"max_us\": 1000.0");
}

}  // namespace
}  // namespace postern::bench
