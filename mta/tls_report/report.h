// The report of a day to a domain: from counts to the file that is sent.
//
//   const std::optional<Report> report = MakeReport(subject, counts, author);
//   Send(report->file_name, Gzip(report->json));
//
// Source:  RFC 8460 section 4.4 (JSON; "mx-host" is an array, as erratum 6241
//          has it and as everybody sends it), section 5.1 (file name).
// Threads: pure.

#ifndef POSTERN_MTA_TLS_REPORT_REPORT_H_
#define POSTERN_MTA_TLS_REPORT_REPORT_H_

#include <optional>
#include <string>

#include "mta/tls_report/tally.h"
#include "proto/report/v1/tls.pb.h"

namespace postern::mta::tls_report {

// Who reports.
struct Author {
  std::string organization_name;
  std::string contact_info;
  std::string from;    // The address that reports come from.
  std::string domain;  // Of that address: the submitter.
};

struct Report {
  Subject subject;
  std::string id;         // The same whenever the report is made.
  std::string file_name;  // "sender!domain!begin!end!id.json.gz".
  std::string json;
};

// Returns the report as section 4.4 has it. Counts that make no sense are left
// out; without any others there is nothing to report.
std::optional<report::v1::TlsReport> TellOf(const Subject& subject,
                                            const KindCounts& counts,
                                            const Author& author);

// The same as a file.
std::optional<Report> MakeReport(const Subject& subject,
                                 const KindCounts& counts,
                                 const Author& author);

}  // namespace postern::mta::tls_report

#endif  // POSTERN_MTA_TLS_REPORT_REPORT_H_
