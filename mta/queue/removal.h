// The last that is heard of a message: one log line when it leaves the queue,
// whatever became of it.
//
//   event=removed queue_id=… session=… from=a@example.org size=1234 nrcpt=2
//   age=3.1 attempts=1 delivered=2 bounced=0 expired=0 discarded=0 deleted=0
//   given_away=0 delays=0.05/0.01/0.2/0.4
//
// nrcpt is the sum of what became of the recipients, those that aliases led to
// instead of those that they stand for. delays are as Postfix's: from MAIL
// until the message was queued, from then until the last attempt began, until a
// connection could be used, until that attempt ended.
//
// Threads: pure but for the log.

#ifndef POSTERN_MTA_QUEUE_REMOVAL_H_
#define POSTERN_MTA_QUEUE_REMOVAL_H_

#include <cstdint>
#include <vector>

#include "absl/time/time.h"
#include "mta/queue/outcome.h"
#include "mta/queue/queue_id.h"
#include "mta/queue/settlement.h"
#include "proto/spool/v1/envelope.pb.h"

namespace postern::mta::queue {

// When the last attempt was, if there was one.
struct LastAttempt {
  absl::Time begun = absl::InfiniteFuture();
  absl::Duration connecting = absl::ZeroDuration();
  absl::Time ended = absl::InfiniteFuture();
};

struct Removal {
  QueueId id;
  const spool::v1::Envelope& envelope;  // As it was, or what is left of it.
  LifeTally tally;
  // What was not settled: by the operator, or by going elsewhere.
  uint32_t deleted = 0;
  uint32_t given_away = 0;
  LastAttempt last = {};
  absl::Time now;
};

// Returns how long the slowest of the outcomes waited for its connection.
absl::Duration LongestConnecting(const std::vector<Outcome>& outcomes);

// "0.05/0.01/0.2/0.4"; what is not known is 0.
std::string ShownDelays(const Removal& removal);

void LogRemoval(const Removal& removal);

}  // namespace postern::mta::queue

#endif  // POSTERN_MTA_QUEUE_REMOVAL_H_
