// The part of a report that people read.
//
// Threads: pure.
// Limits:  names 20 recipients; the others are in the part for programs.

#ifndef POSTERN_MTA_QUEUE_REPORT_TEXT_H_
#define POSTERN_MTA_QUEUE_REPORT_TEXT_H_

#include <string>

#include "absl/strings/string_view.h"
#include "mta/queue/reported.h"
#include "mta/queue/shown.h"

namespace postern::mta::queue {

// Returns the subject of the report: of the worst that it tells.
absl::string_view ReportSubject(const ReportedMessage& message,
                                const ReportOptions& options);

// Returns the operator's template for the report, or nullptr.
const BounceTemplate* TemplateFor(const ReportedMessage& message,
                                  const ReportOptions& options);

// Returns the body of the part. `has_all`: the whole message is attached, not
// only its header.
std::string ReportText(const ReportedMessage& message,
                       const ReportOptions& options, ShownCharset charset,
                       bool has_all);

}  // namespace postern::mta::queue

#endif  // POSTERN_MTA_QUEUE_REPORT_TEXT_H_
