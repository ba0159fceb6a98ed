// The part of a report that programs read: message/delivery-status.
//
// Source:  RFC 3464 (fields and actions), RFC 3461 section 6.3 (Original-
//          Envelope-Id and Original-Recipient, which were xtext), RFC 6533
//          section 3 (addresses beyond ASCII have the type "utf-8").
// Threads: pure.
// Limits:  lines of 998 bytes; replies cut at 500 bytes.

#ifndef POSTERN_MTA_QUEUE_DELIVERY_STATUS_H_
#define POSTERN_MTA_QUEUE_DELIVERY_STATUS_H_

#include <string>

#include "absl/time/time.h"
#include "mta/queue/reported.h"
#include "mta/queue/shown.h"

namespace postern::mta::queue {

// Returns the body of the part: the fields of the message, then for each
// recipient an empty line and its fields.
std::string DeliveryStatus(const ReportedMessage& message,
                           const ReportOptions& options, ShownCharset charset,
                           absl::Time now);

}  // namespace postern::mta::queue

#endif  // POSTERN_MTA_QUEUE_DELIVERY_STATUS_H_
