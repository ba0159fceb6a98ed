#include "mta/content/meters.h"

#include <string>

namespace postern::mta::content {

Meters::Meters(metrics::Registry& registry)
    : forged_results(registry.AddCounter(
          "postern_mta_content_forged_results_total",
          "Authentication-Results in our name that were removed.")),
      failed_checks(registry.AddCounter(
          "postern_mta_content_failed_checks_total",
          "Look-ups of header_checks and body_checks without a usable "
          "answer.")) {
  for (int list = 0; list < kCheckListCount; ++list) {
    for (int verb = 0; verb < CheckAction::kVerbCount; ++verb) {
      actions_[list][verb] = &registry.AddCounter(
          "postern_mta_content_actions_total",
          "Actions of header_checks and body_checks, by list and action.",
          {{"list", std::string(CheckListName(static_cast<CheckList>(list)))},
           {"action",
            std::string(VerbName(static_cast<CheckAction::Verb>(verb)))}});
    }
  }
}

}  // namespace postern::mta::content
