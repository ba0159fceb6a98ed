// What the pool and its workers count.

#ifndef POSTERN_MTA_OUTBOUND_POOL_METRICS_H_
#define POSTERN_MTA_OUTBOUND_POOL_METRICS_H_

#include <cstddef>
#include <vector>

#include "lib/metrics/metrics.h"
#include "mta/outbound/pool.h"
#include "mta/routing/tls_finding.h"

namespace postern::mta::outbound {

struct Pool::Metrics {
  explicit Metrics(metrics::Registry& registry);

  metrics::Counter& opened;
  metrics::Counter& refused;
  metrics::Counter& unreachable;
  metrics::Counter& unresolved;
  metrics::Counter& on_fresh;
  metrics::Counter& on_kept;
  metrics::Counter& retried;
  metrics::Counter& in_the_clear;
  metrics::Counter& encrypted;
  metrics::Counter& verified;
  metrics::Counter& tls_failed;
  metrics::Counter& tls_resumed;
  metrics::Counter& logged_in;
  metrics::Counter& login_refused;
  // By AppliedTlsPolicy::Kind: with what was as the policy has it, and without.
  struct ByResult {
    metrics::Counter& ok;
    metrics::Counter& failed;
  };
  std::vector<ByResult> by_policy;
  metrics::Counter& OfPolicy(routing::AppliedTlsPolicy::Kind kind,
                             bool has_failed) {
    const ByResult& counters = by_policy[static_cast<size_t>(kind)];
    return has_failed ? counters.failed : counters.ok;
  }
  metrics::Gauge& open;
};

}  // namespace postern::mta::outbound

#endif  // POSTERN_MTA_OUTBOUND_POOL_METRICS_H_
