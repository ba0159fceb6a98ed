// Sends the reports of days that are over, each once, wherever the domain wants
// it.
//
// When a day of UTC is over, its reports leave in the hours that follow, each
// at a time of its own, by whichever replica claims it first (counts.h). A
// domain without a record gets none. What fails is tried again every hour for a
// day, then dropped.
//
//   event=tls_report_sent domain=example.org day=2026-11-28 transport=mail
//   to=tls@example.org queue_id=…
//
// Mail goes through the relay's own queue: once it is there it is sent. An
// HTTPS server must answer 2xx.
//
// Source:  RFC 8460 section 4.1 (a day of UTC, a delay of up to four
// hours), 5.2
//          to 5.5 (transports, a day of attempts, each destination).
// Metrics: postern_mta_tls_reports_total by transport and result,
//          postern_mta_tls_reports_dropped_total.
// Threads: one reactor a task.
// Limits:  kTasks reports at a time.

#ifndef POSTERN_MTA_TLS_REPORT_SENDER_H_
#define POSTERN_MTA_TLS_REPORT_SENDER_H_

#include <cstddef>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "lib/base/clock.h"
#include "lib/dns/resolver.h"
#include "lib/https/client.h"
#include "lib/metrics/metrics.h"
#include "lib/net/drain.h"
#include "lib/net/task.h"
#include "mta/queue/spool.h"
#include "mta/tls_report/counts.h"
#include "mta/tls_report/record.h"
#include "mta/tls_report/report.h"

namespace postern::mta::tls_report {

struct SenderOptions {
  Author author;
  std::string myhostname;
  // In which the reports of a day leave.
  absl::Duration spread = absl::Hours(4);
};

// All must outlive the sender.
struct SenderParts {
  Counts& counts;
  dns::Resolver& resolver;
  https::Client& https;
  queue::Spool& spool;
  const Clock& clock;
  net::Drain& drain;
  metrics::Registry& metrics;
  // Signs a report, say; none: it goes as it is.
  queue::FilterOwnMail filter = nullptr;
};

class Sender {
 public:
  static constexpr size_t kTasks = 4;

  Sender(SenderParts parts, SenderOptions options);
  Sender(const Sender&) = delete;
  Sender& operator=(const Sender&) = delete;
  ~Sender();

  // Sends the share `index` (below kTasks) of what is due, whenever it is,
  // until the drain begins.
  net::Task<> Run(size_t index);

  // Sends that share of what is due now.
  net::Task<> SendDue(size_t index);

 private:
  struct Meters;

  net::Task<> SendDay(absl::CivilDay day, size_t index);
  net::Task<> SendOne(Subject subject, bool is_last);
  // Returns whether all destinations have it, those in `sent_to` before.
  net::Task<bool> Deliver(const Report& report, std::string gzipped,
                          std::vector<Destination> destinations,
                          std::set<std::string> sent_to);
  net::Task<absl::Status> DeliverTo(const Report& report,
                                    const std::string& gzipped,
                                    const Destination& destination);
  net::Task<absl::Status> Mail(const Report& report, const std::string& gzipped,
                               std::string address);
  net::Task<absl::Status> Post(const Report& report, std::string gzipped,
                               std::string uri);
  net::Task<> Finish(Subject subject);
  // When the report leaves.
  absl::Time DueTime(const Subject& subject) const;

  const SenderParts parts_;
  const SenderOptions options_;
  const std::unique_ptr<Meters> meters_;
  // Each of its task.
  std::map<Subject, absl::Time> next_tries_[kTasks];
};

}  // namespace postern::mta::tls_report

#endif  // POSTERN_MTA_TLS_REPORT_SENDER_H_
