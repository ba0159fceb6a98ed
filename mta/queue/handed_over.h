// The envelope of a message that one relay hands to another.
//
// It goes as it stands, with where it comes from put in front of its origins.
// What comes in is looked at as if anybody had written it: sizes, counts and
// texts are what a relay of ours could have stored.
//
//   const std::string bytes =
//       HandedOver(spool.name(), id, envelope).SerializeAsString();
//   ASSIGN_OR_RETURN(Envelope envelope, ParseHandedOver(bytes, content_bytes));
//
// Source:  docs/formats/handoff.md.
// Errors:  ParseHandedOver(): with the reply attached, 451 for what went round
//          too often, 554 for all else.
// Threads: pure.
// Limits:  kMostHandoffs times from relay to relay; the origins of the last
//          kMostOrigins are kept.

#ifndef POSTERN_MTA_QUEUE_HANDED_OVER_H_
#define POSTERN_MTA_QUEUE_HANDED_OVER_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "mta/queue/queue_id.h"
#include "proto/spool/v1/envelope.pb.h"

namespace postern::mta::queue {

inline constexpr uint32_t kMostHandoffs = 50;
inline constexpr int kMostOrigins = 8;

// Tells whether the mail can only be delivered here: an alias has named a file
// or a command of this machine. No relay takes that from another.
bool IsForThisMachine(const spool::v1::Envelope& envelope);

// Returns what goes to another relay; `spool_name` is Spool::name().
spool::v1::Envelope HandedOver(absl::string_view spool_name, QueueId id,
                               spool::v1::Envelope envelope);

// Reads what came with `content_bytes` of content.
absl::StatusOr<spool::v1::Envelope> ParseHandedOver(absl::string_view bytes,
                                                    int64_t content_bytes);

}  // namespace postern::mta::queue

#endif  // POSTERN_MTA_QUEUE_HANDED_OVER_H_
