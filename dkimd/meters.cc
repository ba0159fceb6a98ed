#include "dkimd/meters.h"

#include <string>

namespace postern::dkimd {
namespace {

constexpr const char* kWorkNames[] = {"none", "sign", "verify"};

}  // namespace

Meters::Meters(metrics::Registry& registry)
    : signatures_made(registry.AddCounter("postern_dkimd_signatures_total",
                                          "Signatures made.")),
      seals_made(registry.AddCounter("postern_dkimd_arc_seals_total",
                                     "ARC sets added to messages.")),
      seal_failures(registry.AddCounter("postern_dkimd_arc_seal_failures_total",
                                        "Messages that could not be sealed.")),
      removed_fields(registry.AddCounter(
          "postern_dkimd_removed_results_total",
          "Authentication-Results with our name that were removed.")),
      replay_failures(registry.AddCounter(
          "postern_dkimd_replay_failures_total",
          "Messages whose signatures could not be counted.")),
      verify_seconds(registry.AddHistogram(
          "postern_dkimd_verify_seconds",
          "Time from the end of a message to its results.",
          metrics::LatencyBounds())),
      sign_seconds(registry.AddHistogram(
          "postern_dkimd_sign_seconds",
          "Time from the end of a message to its signatures.",
          metrics::LatencyBounds())),
      keys(registry.AddGauge("postern_dkimd_keys",
                             "Private keys that are in memory.")),
      refused_key_changes(
          registry.AddGauge("postern_dkimd_refused_key_changes",
                            "Times that a changed key file was no key, and the "
                            "old one stayed.")),
      oldest_key_seconds(registry.AddGauge(
          "postern_dkimd_oldest_key_seconds",
          "Age of the oldest private key in memory, by its file.")) {
  for (size_t work = 0; work < messages_.size(); ++work) {
    for (size_t reason = 0; reason < kReasons; ++reason) {
      messages_[work][reason] = &registry.AddCounter(
          "postern_dkimd_messages_total",
          "Messages by what was done with them and why.",
          {{"work", kWorkNames[work]},
           {"reason", std::string(ReasonName(static_cast<Reason>(reason)))}});
    }
  }
  for (size_t i = 0; i < kFindings; ++i) {
    findings_[i] = &registry.AddCounter(
        "postern_dkimd_findings_total", "What was found out about messages.",
        {{"finding", std::string(FindingName(static_cast<Finding>(i)))}});
  }
  constexpr const char* kArcNames[] = {"none", "pass", "fail"};
  for (size_t i = 0; i < arc_.size(); ++i) {
    arc_[i] =
        &registry.AddCounter("postern_dkimd_arc_chains_total",
                             "Messages by what became of their ARC chain.",
                             {{"result", kArcNames[i]}});
  }
  for (size_t i = 0; i < kActions; ++i) {
    actions_[i] = &registry.AddCounter(
        "postern_dkimd_actions_total",
        "What findings led to; in mode monitor, what they would have.",
        {{"action", std::string(ActionName(static_cast<Action>(i)))}});
  }
}

void Meters::CountMessage(const Decision& decision) {
  messages_[static_cast<size_t>(decision.work)]
           [static_cast<size_t>(decision.reason)]
               ->Increment();
}

}  // namespace postern::dkimd
