// Tells the sender that a message could not be delivered: builds the bounce.
//
// Pure: what failed goes in, a complete message and its envelope come out. One
// bounce reports all recipients that failed in one attempt. It carries at most
// the header of the original, so nobody's virus or spam travels on under our
// name, and it is plain 7-bit text whatever the outside world has put into
// addresses, replies and header fields.
//
//   std::optional<Bounce> bounce =
//       MakeBounce(spool.NewId(), undeliverable, options, clock.Now());
//   if (!bounce) …   // it had the null sender: drop it, with a log line
//
// Source:  RFC 3464 (delivery status), RFC 6522 (multipart/report), RFC 3834
//          (Auto-Submitted), RFC 5321 section 4.5.5 (null reverse-path and no
//          answer to it). Security catalogue MTA-33, MTA-37, MTA-38.
// Threads: pure.
// Limits:  lines of 998 bytes; replies cut at 500 bytes; of the header,
//          BounceOptions::size_limit_bytes.

#ifndef POSTERN_MTA_QUEUE_BOUNCE_H_
#define POSTERN_MTA_QUEUE_BOUNCE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "mta/queue/outcome.h"
#include "mta/queue/queue_id.h"
#include "proto/spool/v1/envelope.pb.h"

namespace postern::mta::queue {

struct FailedRecipient {
  std::string address;
  Outcome outcome;          // The last one.
  bool is_expired = false;  // It was deferred until its time was over.
};

struct Undeliverable {
  QueueId id;
  const spool::v1::Envelope& envelope;
  std::vector<FailedRecipient> failed;  // At least one.
  // The beginning of the content: the header, or as much as was read.
  std::string content;
};

struct BounceOptions {
  std::string myhostname;
  int64_t size_limit_bytes = 50'000;  // bounce_size_limit
};

struct Bounce {
  spool::v1::Envelope envelope;
  std::string content;
};

// Returns the bounce with the name `id`, or nullopt for a message with the null
// sender, which is never answered.
std::optional<Bounce> MakeBounce(QueueId id, const Undeliverable& message,
                                 const BounceOptions& options, absl::Time now);

// Returns the header in `content` made fit for a text part: whole lines of at
// most 998 bytes of printable ASCII, at most `limit_bytes` in all.
std::string ShownHeader(absl::string_view content, int64_t limit_bytes);

}  // namespace postern::mta::queue

#endif  // POSTERN_MTA_QUEUE_BOUNCE_H_
