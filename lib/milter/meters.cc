#include "lib/milter/meters.h"

#include "absl/strings/str_cat.h"

namespace postern::milter {
namespace {

std::string Name(const std::string& program, absl::string_view what) {
  return absl::StrCat("postern_", program, "_milter_", what);
}

metrics::Counter& Messages(const std::string& program,
                           metrics::Registry& registry, const char* outcome) {
  return registry.AddCounter(Name(program, "messages_total"),
                             "Messages that have their verdict, by outcome.",
                             {{"outcome", outcome}});
}

metrics::Counter& Refusals(const std::string& program,
                           metrics::Registry& registry, const char* command) {
  return registry.AddCounter(
      Name(program, "refusals_total"),
      "Clients and recipients refused before the end of a message, by command.",
      {{"command", command}});
}

}  // namespace

Meters::Meters(const std::string& program, metrics::Registry& registry)
    : connections(registry.AddCounter(Name(program, "connections_total"),
                                      "Milter connections accepted.")),
      open_connections(registry.AddGauge(Name(program, "connections"),
                                         "Milter connections open now.")),
      declined(Messages(program, registry, "declined")),
      failures(registry.AddCounter(
          Name(program, "failures_total"),
          "Messages and steps treated as on_failure says, without a "
          "decision.")),
      malformed(registry.AddCounter(
          Name(program, "malformed_total"),
          "Connections closed because of a malformed packet.")),
      seconds(
          registry.AddHistogram(Name(program, "message_seconds"),
                                "Time from the end of a message to the answer.",
                                metrics::LatencyBounds())),
      refused_connections(Refusals(program, registry, "connect")),
      refused_helos(Refusals(program, registry, "helo")),
      refused_recipients(Refusals(program, registry, "rcpt")),
      accepted_(Messages(program, registry, "accepted")),
      discarded_(Messages(program, registry, "discarded")),
      rejected_(Messages(program, registry, "rejected")),
      deferred_(Messages(program, registry, "deferred")) {}

void Meters::CountRefusal(Command command) {
  if (command == Command::kConnect) return refused_connections.Increment();
  if (command == Command::kHelo) return refused_helos.Increment();
  refused_recipients.Increment();
}

void Meters::CountMessage(const Verdict& verdict) {
  switch (verdict.kind) {
    case Verdict::Kind::kContinue:
    case Verdict::Kind::kAccept:
      return accepted_.Increment();
    case Verdict::Kind::kDiscard:
      return discarded_.Increment();
    case Verdict::Kind::kReject:
      return rejected_.Increment();
    case Verdict::Kind::kTempfail:
      return deferred_.Increment();
    case Verdict::Kind::kReply:
      return (verdict.code < 500 ? deferred_ : rejected_).Increment();
  }
}

}  // namespace postern::milter
