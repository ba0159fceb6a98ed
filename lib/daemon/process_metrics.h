// The process's own figures, under the names that Prometheus' client libraries
// use: process_resident_memory_bytes, process_cpu_seconds_total,
// process_open_fds, process_max_fds, process_start_time_seconds.
//
// Source:  proc(5): /proc/self/stat, /proc/self/fd.

#ifndef POSTERN_LIB_DAEMON_PROCESS_METRICS_H_
#define POSTERN_LIB_DAEMON_PROCESS_METRICS_H_

#include "lib/metrics/metrics.h"

namespace postern::daemon {

// Adds them; they are read when `registry` is rendered.
void AddProcessMetrics(metrics::Registry& registry);

}  // namespace postern::daemon

#endif  // POSTERN_LIB_DAEMON_PROCESS_METRICS_H_
