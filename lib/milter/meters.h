// What a milter daemon counts, whichever engine runs it.
//
// Metrics: postern_<program>_milter_connections_total, _milter_connections,
//          _milter_messages_total (by outcome), _milter_refusals_total (by
//          command), _milter_failures_total,
//          _milter_malformed_total, _milter_message_seconds.
// Threads: safe from any thread.

#ifndef POSTERN_LIB_MILTER_METERS_H_
#define POSTERN_LIB_MILTER_METERS_H_

#include <string>

#include "lib/metrics/metrics.h"
#include "lib/milter/changes.h"
#include "lib/milter/command.h"

namespace postern::milter {

class Meters {
 public:
  // `program` names the metrics; `registry` must outlive the meters.
  Meters(const std::string& program, metrics::Registry& registry);

  // Counts a message that has its verdict.
  void CountMessage(const Verdict& verdict);
  // Counts a client or a recipient that is refused by the answer to `command`:
  // kConnect, kHelo or kRecipient.
  void CountRefusal(Command command);

  metrics::Counter& connections;
  metrics::Gauge& open_connections;
  metrics::Counter& declined;  // Messages that the filter did not look at.
  metrics::Counter& failures;  // Messages without a decision.
  metrics::Counter& malformed;
  metrics::Histogram& seconds;
  metrics::Counter& refused_connections;
  metrics::Counter& refused_helos;
  metrics::Counter& refused_recipients;

 private:
  metrics::Counter& accepted_;
  metrics::Counter& discarded_;
  metrics::Counter& rejected_;
  metrics::Counter& deferred_;
};

}  // namespace postern::milter

#endif  // POSTERN_LIB_MILTER_METERS_H_
