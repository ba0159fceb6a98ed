// Tells the sender what became of a message: builds the report (a delivery
// status notification; a bounce, if it tells of a failure).
//
// Pure: what happened goes in, a complete message and its envelope come out.
// One report tells of all recipients that one attempt settled. It carries the
// header of the original; the whole of it only if the sender asked so
// (RET=FULL), something failed, and it is small. So nobody's virus or spam
// travels on under our name unasked. The report on a message without SMTPUTF8
// is 7-bit text whatever the outside world has put into addresses, replies and
// header fields.
//
//   std::optional<Report> report =
//       MakeReport(spool.NewId(), reported, options, clock.Now());
//   if (!report) …   // it had the null sender: drop it, with a log line
//
// A report goes out with the null sender and NOTIFY=NEVER, to whatever its
// reader's address stands for, as other mail does: that is found out when it is
// tried (scheduler.h). That on a message
// with REQUIRETLS has REQUIRETLS too, and never more than the header.
//
// Source:  RFC 3461 (what is asked for), RFC 3464 (delivery status), RFC 6522
//          (multipart/report), RFC 6533 (UTF-8), RFC 8689 section 5, RFC 3834
//          (Auto-Submitted), RFC 5321 section 4.5.5 (null reverse-path and no
//          answer to it). Security catalogue MTA-33, MTA-37, MTA-38.
// Threads: pure.
// Limits:  lines of 998 bytes in what we write; replies cut at 500 bytes; of
//          the message, ReportOptions::size_limit_bytes.

#ifndef POSTERN_MTA_QUEUE_REPORT_H_
#define POSTERN_MTA_QUEUE_REPORT_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/time/time.h"
#include "mta/queue/queue_id.h"
#include "mta/queue/reported.h"
#include "proto/spool/v1/envelope.pb.h"

namespace postern::mta::queue {

struct Report {
  spool::v1::Envelope envelope;
  std::string content;
};

// Returns the report with the name `id`, or nullopt for a message with the null
// sender, which is never answered.
std::optional<Report> MakeReport(QueueId id, const ReportedMessage& message,
                                 const ReportOptions& options, absl::Time now);

// Tells whether a failure report on the message brings all of it back.
bool ReturnsAll(const spool::v1::Envelope& envelope, int64_t limit_bytes);

}  // namespace postern::mta::queue

#endif  // POSTERN_MTA_QUEUE_REPORT_H_
