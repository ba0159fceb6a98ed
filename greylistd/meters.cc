#include "greylistd/meters.h"

#include <string>

namespace postern::greylistd {
Meters::Meters(metrics::Registry& registry)
    : allowed_clients_(registry.AddCounter(
          "postern_greylistd_clients_allowed_total",
          "Clients that have proved to retry and need not wait any more.")),
      dns_failures_(registry.AddCounter(
          "postern_greylistd_dns_allowlist_failures_total",
          "Requests for which a DNS allowlist could not be asked.")),
      wait_(registry.AddHistogram(
          "postern_greylistd_first_pass_wait_seconds",
          "Time from the first attempt of mail to the one that passed.",
          {300, 600, 1200, 1800, 3600, 7200, 14400, 43200, 86400, 172800})) {
  for (size_t i = 0; i < kReasons; ++i) {
    decisions_[i] = &registry.AddCounter(
        "postern_greylistd_decisions_total",
        "Decisions by reason; in mode monitor, as they would have been.",
        {{"reason", std::string(ReasonName(static_cast<Reason>(i)))}});
  }
}

}  // namespace postern::greylistd
