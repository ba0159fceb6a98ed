#include "lib/daemon/process_metrics.h"

#include <sys/resource.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <iterator>
#include <string>
#include <system_error>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "lib/base/file.h"

namespace postern::daemon {
namespace {

double CpuSeconds() {
  rusage usage = {};
  ::getrusage(RUSAGE_SELF, &usage);
  return absl::ToDoubleSeconds(absl::DurationFromTimeval(usage.ru_utime) +
                               absl::DurationFromTimeval(usage.ru_stime));
}

// The second number of statm is the resident set in pages.
double ResidentBytes() {
  const absl::StatusOr<std::string> statm = ReadFile("/proc/self/statm");
  if (!statm.ok()) return 0;
  const std::vector<std::string> fields = absl::StrSplit(*statm, ' ');
  if (fields.size() < 2) return 0;
  return std::strtod(fields[1].c_str(), nullptr) *
         static_cast<double>(::sysconf(_SC_PAGESIZE));
}

double OpenDescriptors() {
  std::error_code error;
  const std::filesystem::directory_iterator entries("/proc/self/fd", error);
  if (error) return 0;
  return static_cast<double>(
      std::distance(begin(entries), std::filesystem::directory_iterator()));
}

double MaxDescriptors() {
  rlimit limit = {};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  return static_cast<double>(limit.rlim_cur);
}

}  // namespace

void AddProcessMetrics(metrics::Registry& registry) {
  metrics::Gauge& memory = registry.AddGauge("process_resident_memory_bytes",
                                             "Resident memory in bytes.");
  metrics::Gauge& descriptors =
      registry.AddGauge("process_open_fds", "Open file descriptors.");
  registry.AddGauge("process_max_fds", "The most descriptors that may be open.")
      .Set(MaxDescriptors());
  metrics::Counter& cpu = registry.AddCounter(
      "process_cpu_seconds_total", "User and system CPU time in seconds.");
  registry
      .AddGauge("process_start_time_seconds",
                "When the process started, in seconds since 1970.")
      .Set(absl::ToDoubleSeconds(absl::Now() - absl::UnixEpoch()));
  registry.OnRender([&memory, &descriptors, &cpu] {
    memory.Set(ResidentBytes());
    descriptors.Set(OpenDescriptors());
    cpu.Increment(CpuSeconds() - cpu.Value());
  });
}

}  // namespace postern::daemon
