#include "lib/redis/meters.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace postern::redis {
namespace {

std::string Name(const std::string& program, const char* what) {
  return absl::StrCat("postern_", program, "_redis_", what);
}

metrics::Counter& Commands(metrics::Registry& registry,
                           const std::string& program, const char* outcome) {
  return registry.AddCounter(Name(program, "commands_total"),
                             "Commands to Redis by outcome.",
                             {{"outcome", outcome}});
}

metrics::Counter& Connects(metrics::Registry& registry,
                           const std::string& program, const char* outcome) {
  return registry.AddCounter(Name(program, "connects_total"),
                             "Connections to Redis by outcome.",
                             {{"outcome", outcome}});
}

}  // namespace

Meters::Meters(metrics::Registry* registry, const std::string& program)
    : Meters(registry, std::make_unique<metrics::Registry>(), program) {}

Meters::Meters(metrics::Registry* registry,
               std::unique_ptr<metrics::Registry> spare,
               const std::string& program)
    : Meters(registry == nullptr ? *spare : *registry, program) {
  spare_ = std::move(spare);
}

Meters::Meters(metrics::Registry& registry, const std::string& program)
    : ok_(Commands(registry, program, "ok")),
      refused_(Commands(registry, program, "refused")),
      timed_out_(Commands(registry, program, "timeout")),
      unavailable_(Commands(registry, program, "unavailable")),
      connected_(Connects(registry, program, "ok")),
      not_connected_(Connects(registry, program, "failed")),
      redirections_(registry.AddCounter(
          Name(program, "redirections_total"),
          "Commands that had to be sent to another Redis server.")),
      breaker_opened_(registry.AddCounter(
          Name(program, "breaker_opened_total"),
          "Times that a Redis server was left alone for failing.")),
      up_(registry.AddGauge(Name(program, "up"),
                            "1 while every Redis server in use answers.")),
      seconds_(registry.AddHistogram(Name(program, "command_seconds"),
                                     "How long commands to Redis took.",
                                     metrics::LatencyBounds())) {
  up_.Set(1);
}

void Meters::CountCommand(const absl::Status& status, absl::Duration took) {
  seconds_.Observe(absl::ToDoubleSeconds(took));
  if (status.ok()) {
    ok_.Increment();
  } else if (absl::IsDeadlineExceeded(status)) {
    timed_out_.Increment();
  } else if (absl::IsUnavailable(status)) {
    unavailable_.Increment();
  } else {
    refused_.Increment();
  }
}

void Meters::CountConnect(bool worked) {
  (worked ? connected_ : not_connected_).Increment();
}

void Meters::CountRedirection() { redirections_.Increment(); }
void Meters::CountBreakerOpened() { breaker_opened_.Increment(); }
void Meters::ShowUp(bool is_up) { up_.Set(is_up ? 1 : 0); }

}  // namespace postern::redis
