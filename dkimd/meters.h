// What dkimd counts: docs/metrics.md lists it.
//
// Threads: safe from any thread.

#ifndef POSTERN_DKIMD_METERS_H_
#define POSTERN_DKIMD_METERS_H_

#include <array>
#include <cstddef>

#include "dkimd/decision.h"
#include "dkimd/finding.h"
#include "lib/dkim/result.h"
#include "lib/metrics/metrics.h"

namespace postern::dkimd {

class Meters {
 public:
  explicit Meters(metrics::Registry& registry);

  void CountMessage(const Decision& decision);
  void CountFinding(Finding finding) {
    findings_[static_cast<size_t>(finding)]->Increment();
  }
  void CountAction(Action action) {
    actions_[static_cast<size_t>(action)]->Increment();
  }

  // Of a chain: kNone, kPass or kFail.
  void CountArc(dkim::Outcome outcome) {
    arc_[outcome == dkim::Outcome::kNone   ? 0
         : outcome == dkim::Outcome::kPass ? 1
                                           : 2]
        ->Increment();
  }

  metrics::Counter& signatures_made;
  metrics::Counter& seals_made;
  metrics::Counter& seal_failures;
  metrics::Counter& removed_fields;
  metrics::Counter& replay_failures;
  metrics::Histogram& verify_seconds;
  metrics::Histogram& sign_seconds;
  metrics::Gauge& keys;
  metrics::Gauge& refused_key_changes;
  metrics::Gauge& oldest_key_seconds;

 private:
  std::array<std::array<metrics::Counter*, kReasons>, 3> messages_;
  std::array<metrics::Counter*, kFindings> findings_;
  std::array<metrics::Counter*, kActions> actions_;
  std::array<metrics::Counter*, 3> arc_;
};

}  // namespace postern::dkimd

#endif  // POSTERN_DKIMD_METERS_H_
