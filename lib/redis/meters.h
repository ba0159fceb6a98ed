// What a client counts: postern_<program>_redis_*.
//
// Threads: safe from any thread.

#ifndef POSTERN_LIB_REDIS_METERS_H_
#define POSTERN_LIB_REDIS_METERS_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "lib/metrics/metrics.h"

namespace postern::redis {

class Meters {
 public:
  // With no `registry` it counts where nobody looks.
  Meters(metrics::Registry* registry, const std::string& program);

  // A command ended after `took` with `status`.
  void CountCommand(const absl::Status& status, absl::Duration took);
  void CountConnect(bool worked);
  // MOVED, ASK, or a replica that was taken for the master.
  void CountRedirection();
  void CountBreakerOpened();
  void ShowUp(bool is_up);

 private:
  Meters(metrics::Registry* registry, std::unique_ptr<metrics::Registry> spare,
         const std::string& program);
  Meters(metrics::Registry& registry, const std::string& program);

  std::unique_ptr<metrics::Registry> spare_;  // Used when none was given.
  metrics::Counter& ok_;
  metrics::Counter& refused_;
  metrics::Counter& timed_out_;
  metrics::Counter& unavailable_;
  metrics::Counter& connected_;
  metrics::Counter& not_connected_;
  metrics::Counter& redirections_;
  metrics::Counter& breaker_opened_;
  metrics::Gauge& up_;
  metrics::Histogram& seconds_;
};

}  // namespace postern::redis

#endif  // POSTERN_LIB_REDIS_METERS_H_
