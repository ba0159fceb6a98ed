// Reports on TLS, as configured: what happens to connections is counted, and
// once a day the domains that want to know are told.
//
//   ASSIGN_OR_RETURN(std::unique_ptr<Reports> reports,
//                    Reports::Create(config, parts));
//   pool.on_tls = [&](const routing::TlsFinding& f) { reports->Note(f); };
//   reports->Start();
//   …
//   reports->End();   // once nothing is delivered any more
//
// Errors:  CheckConfig(), Create(): InvalidArgument; the text starts with the
//          config field at fault. Create(): what the store could not open.
// Threads: Note() from any thread; the rest from outside the reactors.

#ifndef POSTERN_MTA_TLS_REPORT_REPORTS_H_
#define POSTERN_MTA_TLS_REPORT_REPORTS_H_

#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "lib/base/clock.h"
#include "lib/dns/resolver.h"
#include "lib/https/client.h"
#include "lib/metrics/metrics.h"
#include "lib/net/drain.h"
#include "lib/net/runtime.h"
#include "lib/redis/client.h"
#include "mta/queue/spool.h"
#include "mta/routing/tls_finding.h"
#include "mta/tls_report/counts.h"
#include "mta/tls_report/recorder.h"
#include "mta/tls_report/sender.h"
#include "proto/config/v1/mta.pb.h"

namespace postern::mta::tls_report {

// What reports work with; all of it must outlive them.
struct ReportsParts {
  dns::Resolver& resolver;
  https::Client& https;
  queue::Spool& spool;
  redis::Client* redis;  // nullptr: the counts are in a store of our own.
  net::Runtime& runtime;
  net::Drain& drain;
  const Clock& clock;
  metrics::Registry& metrics;
  queue::FilterOwnMail filter = nullptr;  // Of reports that go by mail.
};

// Checks the block `tls_report`.
absl::Status CheckConfig(const config::v1::TlsReporting& config);

class Reports {
 public:
  // `config` has the block `tls_report`.
  static absl::StatusOr<std::unique_ptr<Reports>> Create(
      const config::v1::Mta& config, const ReportsParts& parts);

  void Note(const routing::TlsFinding& finding) { recorder_.Note(finding); }

  // Begins to count and to send, in tasks of the drain. The spool's scheduler
  // must be there.
  void Start();

  // Hands on what was noted last.
  void End();

 private:
  Reports(const config::v1::Mta& config, const ReportsParts& parts,
          std::unique_ptr<Counts> counts, Author author);

  const ReportsParts parts_;
  const std::unique_ptr<Counts> counts_;
  Recorder recorder_;
  Sender sender_;
};

}  // namespace postern::mta::tls_report

#endif  // POSTERN_MTA_TLS_REPORT_REPORTS_H_
