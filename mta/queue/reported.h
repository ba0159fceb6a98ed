// What a report to the sender is about: the facts, before they become text.
//
// Threads: values; what they refer to must outlive them.

#ifndef POSTERN_MTA_QUEUE_REPORTED_H_
#define POSTERN_MTA_QUEUE_REPORTED_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "mta/queue/bounce_templates.h"
#include "mta/queue/outcome.h"
#include "mta/queue/queue_id.h"
#include "proto/spool/v1/envelope.pb.h"

namespace postern::mta::queue {

struct ReportedRecipient {
  // RFC 3464 section 2.3.3. kRelayed: nobody behind us will report. kExpanded:
  // it was sent on to several recipients.
  enum class Action { kFailed, kDelayed, kDelivered, kRelayed, kExpanded };

  spool::v1::Recipient recipient;  // As the sender named it.
  Outcome outcome;                 // The last one.
  Action action = Action::kFailed;
  bool is_expired = false;  // It failed by being deferred until it was too old.
};

struct ReportedMessage {
  QueueId id;
  const spool::v1::Envelope& envelope;
  std::vector<ReportedRecipient> recipients;  // At least one.
  // The content, or its beginning: the header, or as much as was read.
  std::string content;
  // When it is given up, if it is delayed.
  absl::Time retry_until = absl::InfiniteFuture();
  // It had the null sender: the reader is the postmaster.
  bool is_double_bounce = false;
};

struct ReportOptions {
  std::string myhostname;
  int64_t size_limit_bytes = 50'000;  // bounce_size_limit
  BounceTemplates templates = {};
};

}  // namespace postern::mta::queue

#endif  // POSTERN_MTA_QUEUE_REPORTED_H_
