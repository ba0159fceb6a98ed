// Decides who is told of what an attempt settled, and writes it.
//
//   for (Reporter::Letter& letter : reporter.ReportsOn(settled, reason)) …
//
// The sender is told, or the owner of a list about its members. Mail with the
// null sender is reported to nobody, but what of it failed for good is told to
// double_bounce_notice_recipient once. `reason` is why something is left out.
//
// Source:  RFC 3461, RFC 3464; RFC 3834 section 2 (automatic mail). Security
//          catalogue MTA-37, MTA-38.
// Threads: safe from any thread.

#ifndef POSTERN_MTA_QUEUE_REPORTER_H_
#define POSTERN_MTA_QUEUE_REPORTER_H_

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "mta/queue/courier.h"
#include "mta/queue/queue_id.h"
#include "mta/queue/report.h"
#include "mta/queue/report_budget.h"
#include "mta/queue/reported.h"
#include "mta/queue/settlement.h"

namespace postern::mta::queue {

struct ReporterOptions {
  ReportOptions report;
  ReportBudget::Limits limits = {};
  // Who is told of mail that nobody can be told of; empty: nobody.
  std::string double_bounce_recipient = {};
  // Whether senders of automatic mail (Auto-Submitted, Precedence) are told.
  bool reports_on_automatic_mail = true;
};

class Reporter {
 public:
  // Names a message.
  using NewId = std::function<QueueId()>;

  struct Settled {
    QueueId id;
    const spool::v1::Envelope& tried;
    const Settlement& settlement;
    const Content& content;
    absl::Time retry_until;
    absl::Time now;
  };

  struct Letter {
    QueueId id;
    Report report;
  };

  // Why a report that there might be is not written.
  enum class Reason { kNone, kNullSender, kUnwanted, kAutomatic, kTooMany };

  Reporter(ReporterOptions options, NewId new_id)
      : options_(std::move(options)),
        new_id_(std::move(new_id)),
        budget_(options_.limits) {}

  std::vector<Letter> ReportsOn(const Settled& settled, Reason& reason);

 private:
  std::vector<Letter> ReportToPostmaster(const Settled& settled,
                                         Reason& reason);
  Letter Write(const Settled& settled, const std::string& reader,
               std::vector<ReportedRecipient> recipients,
               bool is_double_bounce) const;

  const ReporterOptions options_;
  const NewId new_id_;
  ReportBudget budget_;
};

// Returns the reason as the log has it; empty: there is none.
absl::string_view NameOf(Reporter::Reason reason);

}  // namespace postern::mta::queue

#endif  // POSTERN_MTA_QUEUE_REPORTER_H_
