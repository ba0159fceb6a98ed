#include "lib/daemon/process_metrics.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/metrics/metrics.h"

namespace postern::daemon {
namespace {

TEST(ProcessMetricsTest, TheProcessShowsItself) {
  metrics::Registry registry;
  AddProcessMetrics(registry);
  registry.Render();
  EXPECT_GT(registry.AddGauge("process_resident_memory_bytes", "").Value(),
            1 << 20);
  EXPECT_GE(registry.AddGauge("process_open_fds", "").Value(), 3);
  EXPECT_GE(registry.AddGauge("process_max_fds", "").Value(), 20);
  EXPECT_GT(registry.AddCounter("process_cpu_seconds_total", "").Value(), 0);
  EXPECT_GT(registry.AddGauge("process_start_time_seconds", "").Value(), 1.7e9);
}

}  // namespace
}  // namespace postern::daemon
