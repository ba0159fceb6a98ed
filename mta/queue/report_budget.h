// How many reports go out: so many an hour to one reader, so many in all. Who
// can have us send reports to somebody else does not get more than that.
//
// Source:  security catalogue MTA-38.
// Threads: locks internally.
// Limits:  counts 10000 readers an hour; those beyond share one count.

#ifndef POSTERN_MTA_QUEUE_REPORT_BUDGET_H_
#define POSTERN_MTA_QUEUE_REPORT_BUDGET_H_

#include <cstdint>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace postern::mta::queue {

class ReportBudget {
 public:
  struct Limits {
    uint32_t each = 1000;   // An hour; 0: no limit.
    uint32_t all = 20'000;  // An hour; 0: no limit.
  };

  explicit ReportBudget(Limits limits) : limits_(limits) {}

  // Counts a report to `reader`; false: it is one too many.
  bool Spend(const std::string& reader, absl::Time now);

 private:
  const Limits limits_;
  absl::Mutex mutex_;
  absl::Time hour_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
  absl::flat_hash_map<std::string, uint32_t> sent_ ABSL_GUARDED_BY(mutex_);
  uint32_t all_sent_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace postern::mta::queue

#endif  // POSTERN_MTA_QUEUE_REPORT_BUDGET_H_
