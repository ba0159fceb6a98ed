#include "lib/metrics/metrics.h"

#include <algorithm>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace postern::metrics {
namespace {

using ::testing::HasSubstr;

TEST(MetricsTest, ACounterIsShownWithItsHelpAndLabels) {
  Registry registry;
  Counter& counter = registry.AddCounter("postern_x_decisions_total",
                                         "Decisions.", {{"outcome", "pass"}});
  counter.Increment();
  counter.Increment(2);
  EXPECT_EQ(counter.Value(), 3);
  const std::string text = registry.Render();
  EXPECT_THAT(text, HasSubstr("# HELP postern_x_decisions_total Decisions.\n"));
  EXPECT_THAT(text,
              HasSubstr("postern_x_decisions_total{outcome=\"pass\"} 3\n"));
}

TEST(MetricsTest, TheSameNameAndLabelsAreTheSameMetric) {
  Registry registry;
  Counter& one = registry.AddCounter("a_total", "A.", {{"k", "1"}});
  EXPECT_EQ(&one, &registry.AddCounter("a_total", "A.", {{"k", "1"}}));
  EXPECT_NE(&one, &registry.AddCounter("a_total", "A.", {{"k", "2"}}));
  EXPECT_EQ(&registry.AddGauge("g", "G."), &registry.AddGauge("g", "G."));
}

TEST(MetricsTest, AGaugeGoesUpAndDown) {
  Registry registry;
  Gauge& gauge = registry.AddGauge("g", "G.");
  gauge.Set(5);
  gauge.Add(-2);
  EXPECT_EQ(gauge.Value(), 3);
}

TEST(MetricsTest, AHistogramCountsInItsBuckets) {
  Registry registry;
  Histogram& histogram = registry.AddHistogram("h_seconds", "H.", {0.1, 1});
  histogram.Observe(0.5);
  const std::string text = registry.Render();
  EXPECT_THAT(text, HasSubstr("h_seconds_bucket{le=\"0.1\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("h_seconds_bucket{le=\"1\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("h_seconds_count 1\n"));
}

TEST(MetricsTest, RefreshersRunBeforeRendering) {
  Registry registry;
  Gauge& gauge = registry.AddGauge("g", "G.");
  registry.OnRender([&gauge] { gauge.Set(7); });
  EXPECT_THAT(registry.Render(), HasSubstr("g 7\n"));
}

TEST(MetricsTest, LatencyBoundsAscend) {
  const std::vector<double> bounds = LatencyBounds();
  EXPECT_TRUE(std::is_sorted(bounds.begin(), bounds.end()));
}

}  // namespace
}  // namespace postern::metrics
