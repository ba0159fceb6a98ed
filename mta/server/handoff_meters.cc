#include "mta/server/handoff_meters.h"

namespace postern::mta::server {
namespace {

metrics::Counter& Received(metrics::Registry& registry, const char* result) {
  return registry.AddCounter("postern_mta_handoff_received_total",
                             "Messages that other relays have handed over.",
                             {{"result", result}});
}

}  // namespace

HandoffMeters::HandoffMeters(metrics::Registry& registry)
    : accepted(Received(registry, "accepted")),
      known(Received(registry, "known")),
      refused(Received(registry, "refused")),
      forged(Received(registry, "forged")) {}

}  // namespace postern::mta::server
