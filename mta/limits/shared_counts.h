// How much each client did of late, as all replicas together saw it: counts in
// Redis, which slide as those of local_counts.h do.
//
// Errors:  what redis::Client returns.
// Threads: from any reactor of the client's runtime.
// Limits:  one round trip, within the client's operation_timeout; a key lives
//          twice the unit of time.

#ifndef POSTERN_MTA_LIMITS_SHARED_COUNTS_H_
#define POSTERN_MTA_LIMITS_SHARED_COUNTS_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "lib/net/task.h"
#include "lib/redis/client.h"
#include "mta/limits/event.h"

namespace postern::mta::limits {

enum class Use {
  kSpend,  // Counts if it fits.
  kAsk,    // Does not count.
  kNote,   // Counts in any case.
};

class SharedCounts {
 public:
  // `client` may be shared with others.
  SharedCounts(redis::Client& client, absl::Duration unit);

  // Tells whether one more `event` fits into each of `bounds`: the client's,
  // and perhaps its network's behind it.
  net::Task<absl::StatusOr<bool>> Count(Event event, std::vector<Bound> bounds,
                                        Use use);

 private:
  redis::Client& client_;
  const absl::Duration unit_;
};

}  // namespace postern::mta::limits

#endif  // POSTERN_MTA_LIMITS_SHARED_COUNTS_H_
