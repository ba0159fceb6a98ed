// The envelope of a queued message as the spool stores it.
//
// Errors:  ParseEnvelope(): DataLoss if the value is damaged,
// FailedPrecondition
//          if a later version of the program wrote it.
// Threads: pure.

#ifndef POSTERN_MTA_QUEUE_ENVELOPE_H_
#define POSTERN_MTA_QUEUE_ENVELOPE_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "mta/queue/queue_id.h"
#include "proto/spool/v1/envelope.pb.h"

namespace postern::mta::queue {

// Returns the value under the envelope key of `id`.
std::string SerializeEnvelope(QueueId id, const spool::v1::Envelope& envelope);
absl::StatusOr<spool::v1::Envelope> ParseEnvelope(QueueId id,
                                                  absl::string_view value);

// A bounce, or whatever else must never be bounced itself (RFC 5321 section
// 4.5.5).
bool HasNullSender(const spool::v1::Envelope& envelope);

absl::Time QueuedTime(const spool::v1::Envelope& envelope);
absl::Time NextAttemptTime(const spool::v1::Envelope& envelope);

}  // namespace postern::mta::queue

#endif  // POSTERN_MTA_QUEUE_ENVELOPE_H_
