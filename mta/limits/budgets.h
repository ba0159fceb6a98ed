// What a client may still do: the limits per client and network, held together
// by all replicas where there is Redis, by this process alone where not.
//
//   if (!co_await budgets.Spend(Event::kMessage, client, rules)) Refuse();
//
//   // A failure counts afterwards:
//   if (!co_await budgets.HasRoom(Event::kAuthFailure, client, rules))
//   Refuse(); … co_await budgets.Note(Event::kAuthFailure, client, rules);
//
// While Redis is away each replica grants its share: the limit divided by
// their number. What was refused does not count, so a client that is too fast
// is slowed down to its limit and not shut out.
//
// Metrics: postern_mta_limited_total by event,
//          postern_mta_limits_shared_failures_total.
// Threads: from any reactor.
// Limits:  the wait for Redis is the client's operation_timeout; nothing is
//          asked where the limit is 0 or the client an exception.

#ifndef POSTERN_MTA_LIMITS_BUDGETS_H_
#define POSTERN_MTA_LIMITS_BUDGETS_H_

#include <array>
#include <atomic>
#include <cstdint>
#include <optional>
#include <vector>

#include "absl/time/time.h"
#include "lib/base/clock.h"
#include "lib/metrics/metrics.h"
#include "lib/net/ip.h"
#include "lib/net/task.h"
#include "lib/redis/client.h"
#include "mta/limits/event.h"
#include "mta/limits/local_counts.h"
#include "mta/limits/shared_counts.h"

namespace postern::mta::limits {

struct BudgetOptions {
  // The time that limits are meant for.
  absl::Duration unit = absl::Minutes(1);
  // How many replicas share a budget, at least 1.
  uint32_t replicas = 1;
};

class Budgets {
 public:
  // `shared` may be null; it and the others must outlive the object.
  Budgets(BudgetOptions options, const Clock& clock, redis::Client* shared,
          metrics::Registry& metrics);
  Budgets(const Budgets&) = delete;
  Budgets& operator=(const Budgets&) = delete;

  // Counts one more `event` of `client` and returns true, or returns false if
  // that would be too many. `rules` must outlive the task, here and below.
  net::Task<bool> Spend(Event event, net::IpAddress client, const Rules& rules);

  // Tells whether Spend() would return true.
  net::Task<bool> HasRoom(Event event, net::IpAddress client,
                          const Rules& rules);

  // Counts one more, whatever the limit.
  net::Task<> Note(Event event, net::IpAddress client, const Rules& rules);

 private:
  net::Task<bool> Count(Event event, net::IpAddress client, const Rules& rules,
                        Use use);
  bool CountLocally(Event event, const std::vector<Bound>& bounds, Use use,
                    uint32_t replicas);
  void ReportFailure(const absl::Status& failure);

  const BudgetOptions options_;
  const Clock& clock_;
  LocalCounts local_;
  std::optional<SharedCounts> shared_;
  std::array<metrics::Counter*, kEventCount> limited_;
  metrics::Counter& shared_failures_;
  std::atomic<int64_t> told_at_ = 0;  // In seconds: once a minute is enough.
};

}  // namespace postern::mta::limits

#endif  // POSTERN_MTA_LIMITS_BUDGETS_H_
