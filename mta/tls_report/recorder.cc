#include "mta/tls_report/recorder.h"

#include <utility>

#include "lib/base/log.h"
#include "lib/net/event.h"
#include "mta/tls_report/session_kind.h"

namespace postern::mta::tls_report {
namespace {

metrics::Counter& DroppedCounter(metrics::Registry& metrics,
                                 const char* reason) {
  return metrics.AddCounter(
      "postern_mta_tls_report_sessions_dropped_total",
      "Sessions that no TLS report tells of, by the limit that they were "
      "beyond.",
      {{"reason", reason}});
}

}  // namespace

Recorder::Recorder(Counts& counts, TallyLimits limits, const Clock& clock,
                   net::Drain& drain, metrics::Registry& metrics)
    : counts_(counts),
      limits_(limits),
      clock_(clock),
      drain_(drain),
      dropped_{{Counted::kTooManyDomains, &DroppedCounter(metrics, "domains")},
               {Counted::kTooManyKinds, &DroppedCounter(metrics, "kinds")},
               {Counted::kTooLate, &DroppedCounter(metrics, "late")}},
      failures_(metrics.AddCounter(
          "postern_mta_tls_report_store_failures_total",
          "Failed operations on the counts of TLS reports.")),
      tally_(limits) {}

void Recorder::Note(const routing::TlsFinding& finding) {
  if (finding.policy.domain.empty()) return;  // Of nobody to report to.
  const std::string kind = KindOf(finding);
  const Subject subject = {DayOf(clock_.Now()), finding.policy.domain};
  Counted counted;
  {
    absl::MutexLock lock(&mutex_);
    counted = tally_.Add(subject, kind, 1);
  }
  if (counted != Counted::kYes) dropped_.at(counted)->Increment();
}

net::Task<> Recorder::Run() {
  net::Event stop;
  const net::DrainWatch watch(drain_, [&stop] { stop.Set(); });
  for (;;) {
    const net::Deadline next = net::Deadline::After(kFlushInterval);
    const bool is_stopping = co_await stop.Wait(next);
    if (is_stopping) co_return;
    co_await Flush();
  }
}

net::Task<> Recorder::Flush() {
  std::map<Subject, KindCounts> all;
  {
    absl::MutexLock lock(&mutex_);
    all = tally_.Take();
  }
  while (!all.empty()) {
    const auto first = all.begin();
    const absl::StatusOr<Losses> losses =
        co_await counts_.Add(first->first, first->second);
    if (!losses.ok()) {
      Fail(losses.status());
      Return(all);
      co_return;
    }
    Count(*losses);
    all.erase(first);
    is_failing_ = false;
  }
}

void Recorder::Count(const Losses& losses) {
  for (const auto& [reason, sessions] : losses) {
    dropped_.at(reason)->Increment(static_cast<double>(sessions));
  }
}

void Recorder::Fail(const absl::Status& why) {
  failures_.Increment();
  if (!is_failing_) log::Warning("tls_report_counts_wait", {{"error", why}});
  is_failing_ = true;
}

void Recorder::Return(const std::map<Subject, KindCounts>& left) {
  Losses losses;
  {
    absl::MutexLock lock(&mutex_);
    for (const auto& [subject, counts] : left) {
      for (const auto& [kind, sessions] : counts) {
        const Counted counted = tally_.Add(subject, kind, sessions);
        if (counted != Counted::kYes) losses[counted] += sessions;
      }
    }
  }
  Count(losses);
}

}  // namespace postern::mta::tls_report
