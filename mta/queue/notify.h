// What a sender wants to be told about a recipient: NOTIFY of RCPT.
//
//   if (WantsFailureReport(recipient)) …
//
// Source:  RFC 3461 section 4.1 and 5.2. Who says nothing is told of failure,
//          and of delay if the relay is configured to tell of it.
// Threads: pure.

#ifndef POSTERN_MTA_QUEUE_NOTIFY_H_
#define POSTERN_MTA_QUEUE_NOTIFY_H_

#include "absl/time/time.h"
#include "proto/spool/v1/envelope.pb.h"

namespace postern::mta::queue {

bool WantsFailureReport(const spool::v1::Recipient& recipient);
bool WantsSuccessReport(const spool::v1::Recipient& recipient);

// Returns the age of a message at which its sender is told that it is late;
// infinite: never. `delay_warning_time` is the configured age; zero: only who
// asked with NOTIFY=DELAY is told, after four hours.
absl::Duration DelayReportAge(const spool::v1::Recipient& recipient,
                              absl::Duration delay_warning_time);

}  // namespace postern::mta::queue

#endif  // POSTERN_MTA_QUEUE_NOTIFY_H_
