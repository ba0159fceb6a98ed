#include "mta/queue/removal.h"

#include <algorithm>
#include <string>

#include "absl/strings/str_format.h"
#include "lib/base/log.h"
#include "mta/queue/envelope.h"

namespace postern::mta::queue {
namespace {

double Seconds(absl::Duration duration) {
  return absl::ToDoubleSeconds(std::max(duration, absl::ZeroDuration()));
}

}  // namespace

absl::Duration LongestConnecting(const std::vector<Outcome>& outcomes) {
  absl::Duration longest;
  for (const Outcome& outcome : outcomes) {
    longest = std::max(longest, outcome.connecting);
  }
  return longest;
}

std::string ShownDelays(const Removal& removal) {
  const absl::Time queued = QueuedTime(removal.envelope);
  const LastAttempt& last = removal.last;
  const bool was_tried = last.begun != absl::InfiniteFuture();
  const absl::Time begun = was_tried ? last.begun : removal.now;
  const absl::Time ended = was_tried ? last.ended : removal.now;
  return absl::StrFormat("%.3g/%.3g/%.3g/%.3g",
                         Seconds(queued - removal.id.MadeAt()),
                         Seconds(begun - queued), Seconds(last.connecting),
                         Seconds(ended - begun - last.connecting));
}

void LogRemoval(const Removal& removal) {
  if (!log::IsOn(log::Level::kInfo)) return;
  const LifeTally& tally = removal.tally;
  const absl::Duration age = removal.now - QueuedTime(removal.envelope);
  log::Info("removed", {{"queue_id", removal.id.ToString()},
                        {"session", removal.envelope.session()},
                        {"from", removal.envelope.sender()},
                        {"size", removal.envelope.size_bytes()},
                        {"nrcpt", tally.delivered + tally.bounced +
                                      tally.expired + tally.discarded +
                                      removal.deleted + removal.given_away},
                        {"age", absl::StrFormat("%.2f", Seconds(age))},
                        {"attempts", tally.attempts},
                        {"delivered", tally.delivered},
                        {"bounced", tally.bounced},
                        {"expired", tally.expired},
                        {"discarded", tally.discarded},
                        {"deleted", removal.deleted},
                        {"given_away", removal.given_away},
                        {"delays", ShownDelays(removal)}});
}

}  // namespace postern::mta::queue
