// What an attempt leaves behind: who has the mail, who is tried again and when,
// who never gets it.
//
// Pure: envelope and outcomes go in, the new envelope comes out, and what its
// sender is to be told.
//
// Threads: pure.

#ifndef POSTERN_MTA_QUEUE_SETTLEMENT_H_
#define POSTERN_MTA_QUEUE_SETTLEMENT_H_

#include <cstdint>
#include <vector>

#include "absl/time/time.h"
#include "mta/queue/outcome.h"
#include "mta/queue/reported.h"
#include "mta/queue/retry_schedule.h"
#include "proto/spool/v1/envelope.pb.h"

namespace postern::mta::queue {

// What became of the recipients of a message so far.
struct LifeTally {
  uint32_t attempts = 0;
  uint32_t delivered = 0;
  uint32_t bounced = 0;
  uint32_t expired = 0;
  uint32_t discarded = 0;
};

struct Settlement {
  // With the recipients that are left, their latest replies, the count of
  // failures and the next attempt. No recipients: the message is done.
  spool::v1::Envelope envelope;
  std::vector<ReportedRecipient> failed;
  // What the sender wants to be told of, those that failed among it.
  std::vector<ReportedRecipient> reported;
  // With this attempt; `envelope` has it too, if anybody is left.
  LifeTally tally;
};

// Returns what an envelope says of earlier attempts, and has it say so.
LifeTally TallyOf(const spool::v1::Envelope& envelope);
void StoreTally(const LifeTally& tally, spool::v1::Envelope& envelope);

// Settles one attempt that ended at `now`; `outcomes` are in the order of the
// recipients and as many. Deferred recipients fail when the schedule gives up.
// Of delay the sender is told once a message (see notify.h).
Settlement Settle(spool::v1::Envelope envelope,
                  const std::vector<Outcome>& outcomes,
                  const RetrySchedule& schedule,
                  absl::Duration delay_warning_time, absl::Time now);

}  // namespace postern::mta::queue

#endif  // POSTERN_MTA_QUEUE_SETTLEMENT_H_
