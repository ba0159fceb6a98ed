// What is counted about the content of messages.
//
// Threads: any.

#ifndef POSTERN_MTA_CONTENT_METERS_H_
#define POSTERN_MTA_CONTENT_METERS_H_

#include <array>

#include "lib/metrics/metrics.h"
#include "mta/content/check_action.h"
#include "mta/content/checks.h"

namespace postern::mta::content {

class Meters {
 public:
  explicit Meters(metrics::Registry& registry);

  metrics::Counter& forged_results;  // Authentication-Results in our name.
  metrics::Counter& failed_checks;   // Could not be asked, or made no sense.

  void CountAction(CheckList list, CheckAction::Verb verb) {
    actions_[static_cast<size_t>(list)][static_cast<size_t>(verb)]->Increment();
  }

 private:
  std::array<std::array<metrics::Counter*, CheckAction::kVerbCount>,
             kCheckListCount>
      actions_;
};

}  // namespace postern::mta::content

#endif  // POSTERN_MTA_CONTENT_METERS_H_
