// The mail that carries a report.
//
// It is sent in the name of the report's author and asks for no notice of any
// kind. It goes even where TLS fails, and says so to those that take it on
// (TLS-Required): a report on broken TLS is to arrive all the same.
//
// Source:  RFC 8460 section 5.3 (form, TLS-Report-Domain,
// TLS-Report-Submitter),
//          RFC 8689 section 3 (TLS-Required: No), RFC 3834 (Auto-Submitted),
//          RFC 3461 (NOTIFY=NEVER).
// Threads: pure.

#ifndef POSTERN_MTA_TLS_REPORT_LETTER_H_
#define POSTERN_MTA_TLS_REPORT_LETTER_H_

#include <string>

#include "absl/time/time.h"
#include "mta/queue/edit.h"
#include "mta/queue/queue_id.h"
#include "mta/tls_report/report.h"

namespace postern::mta::tls_report {

// Returns the mail with the name `id` to `recipient`, an address. `gzipped` is
// the file, `host` our name.
queue::NewMessage MakeLetter(queue::QueueId id, const Report& report,
                             const std::string& gzipped, const Author& author,
                             const std::string& recipient,
                             const std::string& host, absl::Time now);

}  // namespace postern::mta::tls_report

#endif  // POSTERN_MTA_TLS_REPORT_LETTER_H_
