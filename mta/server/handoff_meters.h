// What is counted of mail that other relays hand over.
//
// Threads: safe from any thread.

#ifndef POSTERN_MTA_SERVER_HANDOFF_METERS_H_
#define POSTERN_MTA_SERVER_HANDOFF_METERS_H_

#include "lib/metrics/metrics.h"

namespace postern::mta::server {

struct HandoffMeters {
  explicit HandoffMeters(metrics::Registry& registry);

  metrics::Counter& accepted;
  metrics::Counter& known;  // They came before.
  metrics::Counter& refused;
  metrics::Counter& forged;  // A proof or a signature was wrong.
};

}  // namespace postern::mta::server

#endif  // POSTERN_MTA_SERVER_HANDOFF_METERS_H_
