#include "mta/queue/envelope.h"

#include "absl/status/status.h"
#include "lib/base/status_macros.h"
#include "mta/queue/spool_format.h"

namespace postern::mta::queue {

std::string SerializeEnvelope(QueueId id, const spool::v1::Envelope& envelope) {
  return SealRecord(SpoolKey(Table::kEnvelope, id),
                    envelope.SerializeAsString());
}

absl::StatusOr<spool::v1::Envelope> ParseEnvelope(QueueId id,
                                                  absl::string_view value) {
  ASSIGN_OR_RETURN(const absl::string_view payload,
                   OpenRecord(SpoolKey(Table::kEnvelope, id), value));
  spool::v1::Envelope envelope;
  if (!envelope.ParseFromArray(payload.data(),
                               static_cast<int>(payload.size()))) {
    return absl::DataLossError("the envelope cannot be parsed");
  }
  if (envelope.recipients_size() == 0) {
    return absl::DataLossError("the envelope has no recipients");
  }
  return envelope;
}

bool HasNullSender(const spool::v1::Envelope& envelope) {
  return envelope.sender().empty();
}

absl::Time QueuedTime(const spool::v1::Envelope& envelope) {
  return absl::FromUnixMicros(envelope.queued_us());
}

absl::Time NextAttemptTime(const spool::v1::Envelope& envelope) {
  return absl::FromUnixMicros(envelope.next_attempt_us());
}

}  // namespace postern::mta::queue
