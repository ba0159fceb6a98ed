// Counts what becomes of the TLS of connections, without holding them up: in
// memory, and from there every few seconds into the counts that reports are
// made of.
//
//   recorder.Note(finding);              // anywhere, at once
//   net::Spawn(drain, recorder.Run());   // until the drain begins
//
// While the counts cannot be reached (Redis is away), what is to be counted
// stays in memory, within the same limits, and comes with the next flush that
// works.
//
// Metrics: postern_mta_tls_report_sessions_dropped_total by reason,
//          postern_mta_tls_report_store_failures_total.
// Threads: Note() from any thread; Run() and Flush() on a reactor.
// Limits:  TallyLimits; a crash loses kFlushInterval of counts.

#ifndef POSTERN_MTA_TLS_REPORT_RECORDER_H_
#define POSTERN_MTA_TLS_REPORT_RECORDER_H_

#include <array>
#include <cstdint>
#include <map>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "lib/base/clock.h"
#include "lib/metrics/metrics.h"
#include "lib/net/drain.h"
#include "lib/net/task.h"
#include "mta/routing/tls_finding.h"
#include "mta/tls_report/counts.h"
#include "mta/tls_report/tally.h"

namespace postern::mta::tls_report {

class Recorder {
 public:
  static constexpr absl::Duration kFlushInterval = absl::Seconds(5);

  // All must outlive it.
  Recorder(Counts& counts, TallyLimits limits, const Clock& clock,
           net::Drain& drain, metrics::Registry& metrics);
  Recorder(const Recorder&) = delete;
  Recorder& operator=(const Recorder&) = delete;

  void Note(const routing::TlsFinding& finding);

  net::Task<> Run();

  // Hands on what was noted.
  net::Task<> Flush();

 private:
  void Count(const Losses& losses);
  void Fail(const absl::Status& why);
  // Takes counts back for the next flush.
  void Return(const std::map<Subject, KindCounts>& left);

  Counts& counts_;
  const TallyLimits limits_;
  const Clock& clock_;
  net::Drain& drain_;
  std::map<Counted, metrics::Counter*> dropped_;
  metrics::Counter& failures_;
  bool is_failing_ = false;  // Of Flush(), one at a time.
  absl::Mutex mutex_;
  Tally tally_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace postern::mta::tls_report

#endif  // POSTERN_MTA_TLS_REPORT_RECORDER_H_
