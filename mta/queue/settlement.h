// What an attempt leaves behind: who has the mail, who is tried again and when,
// who never gets it.
//
// Pure: envelope and outcomes go in, the new envelope comes out.
//
// Threads: pure.

#ifndef POSTERN_MTA_QUEUE_SETTLEMENT_H_
#define POSTERN_MTA_QUEUE_SETTLEMENT_H_

#include <vector>

#include "absl/time/time.h"
#include "mta/queue/bounce.h"
#include "mta/queue/outcome.h"
#include "mta/queue/retry_schedule.h"
#include "proto/spool/v1/envelope.pb.h"

namespace postern::mta::queue {

struct Settlement {
  // With the recipients that are left, their latest replies, the count of
  // failures and the next attempt. No recipients: the message is done.
  spool::v1::Envelope envelope;
  std::vector<FailedRecipient> failed;
};

// Settles one attempt that ended at `now`; `outcomes` are in the order of the
// recipients and as many. Deferred recipients fail when the schedule gives up.
Settlement Settle(spool::v1::Envelope envelope,
                  const std::vector<Outcome>& outcomes,
                  const RetrySchedule& schedule, absl::Time now);

}  // namespace postern::mta::queue

#endif  // POSTERN_MTA_QUEUE_SETTLEMENT_H_
