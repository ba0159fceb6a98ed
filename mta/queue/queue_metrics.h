// The numbers and log lines of the scheduler (docs/metrics.md).
//
// Threads: safe from any thread.

#ifndef POSTERN_MTA_QUEUE_QUEUE_METRICS_H_
#define POSTERN_MTA_QUEUE_QUEUE_METRICS_H_

#include <array>
#include <optional>
#include <vector>

#include "absl/time/time.h"
#include "lib/metrics/metrics.h"
#include "mta/queue/courier.h"
#include "mta/queue/queue_id.h"
#include "mta/queue/queue_index.h"
#include "mta/queue/removal.h"
#include "mta/queue/reporter.h"
#include "mta/queue/settlement.h"
#include "proto/spool/v1/envelope.pb.h"

namespace postern::mta::queue {

class QueueMetrics {
 public:
  explicit QueueMetrics(metrics::Registry& registry);

  // Shows the state of the queue.
  void ShowDepth(const QueueIndex& index);

  // Counts what one attempt did (mta/outbound logs it).
  void CountAttempt(const spool::v1::Envelope& tried,
                    const std::vector<Outcome>& outcomes, absl::Time now);
  // Counts and logs a message that has left the queue.
  void CountRemoval(const Removal& removal);
  // Shows how old the oldest message of each state is.
  void ShowOldest(QueueIndex& index);
  // Counts and logs the recipients that were given up, and the `report` on the
  // attempt; none: there was nothing to report, or nobody wanted to be told.
  void CountReport(QueueId id, const spool::v1::Envelope& tried,
                   const Settlement& settlement, std::optional<QueueId> report,
                   Reporter::Reason reason);

 private:
  void CountFailed(QueueId id, const spool::v1::Envelope& tried,
                   const Settlement& settlement, std::optional<QueueId> bounce,
                   Reporter::Reason reason);

  std::array<metrics::Gauge*, 4> depth_;
  metrics::Gauge& bytes_;
  metrics::Gauge& oldest_;
  metrics::Counter& attempts_;
  metrics::Counter& delivered_;
  std::array<metrics::Counter*, Outcome::kCauses> deferred_;
  metrics::Counter& failed_;
  metrics::Counter& expired_;
  metrics::Counter& bounces_;
  metrics::Counter& dropped_;
  metrics::Counter& delay_reports_;
  metrics::Counter& success_reports_;
  metrics::Histogram& delay_;
  metrics::Histogram& life_;
  std::array<metrics::Gauge*, 4> oldest_by_state_;
};

}  // namespace postern::mta::queue

#endif  // POSTERN_MTA_QUEUE_QUEUE_METRICS_H_
