#include "dkimd/rotation_watch.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "lib/base/file.h"
#include "lib/base/log.h"
#include "lib/base/status_macros.h"

namespace postern::dkimd {
namespace {

// Whoever runs posternctl daily has done a step by then.
constexpr absl::Duration kOverdue = absl::Hours(24);

absl::StatusOr<std::vector<dkim::Rotation>> ReadList(const std::string& path) {
  const absl::StatusOr<std::string> text = ReadFile(path);
  if (absl::IsNotFound(text.status())) return std::vector<dkim::Rotation>();
  if (!text.ok()) return text.status();
  absl::StatusOr<std::vector<dkim::Rotation>> list =
      dkim::ParseRotationList(*text);
  if (list.ok()) return list;
  return absl::Status(list.status().code(),
                      absl::StrCat(path, ": ", list.status().message()));
}

}  // namespace

RotationWatch::RotationWatch(net::Runtime& runtime, net::Drain& drain,
                             const Clock& clock, metrics::Registry& registry)
    : runtime_(runtime),
      drain_(drain),
      clock_(clock),
      failed_(registry.AddGauge("postern_dkimd_key_rotations_failed",
                                "Rotations whose last step failed.")),
      overdue_(registry.AddGauge(
          "postern_dkimd_key_rotations_overdue",
          "Rotations whose next step could have been done a day ago.")),
      next_step_(registry.AddGauge(
          "postern_dkimd_key_rotation_next_step_seconds",
          "Time until the first next step of a rotation can be done; below "
          "zero: since then.")) {
  for (size_t i = 0; i < dkim::kRotationPhases; ++i) {
    const std::string phase(
        dkim::RotationPhaseName(static_cast<dkim::RotationPhase>(i)));
    counts_[i] = &registry.AddGauge("postern_dkimd_key_rotations",
                                    "Keys that are being replaced, by phase.",
                                    {{"phase", phase}});
    longest_[i] = &registry.AddGauge(
        "postern_dkimd_key_rotation_phase_seconds",
        "How long a rotation has been in its phase, the longest.",
        {{"phase", phase}});
  }
  registry.OnRender([this] { Render(); });
}

void RotationWatch::Watch(const std::string& key_table) {
  {
    absl::MutexLock lock(&mutex_);
    path_ = key_table.empty() ? "" : dkim::RotationListPath(key_table);
    list_.clear();
  }
  Read();
}

void RotationWatch::Read() {
  std::string path;
  {
    absl::MutexLock lock(&mutex_);
    path = path_;
  }
  if (path.empty()) return;
  absl::StatusOr<List> list = ReadList(path);
  absl::MutexLock lock(&mutex_);
  if (path != path_) return;
  const std::string trouble(list.status().message());
  if (!list.ok() && trouble != trouble_) {
    log::Warning("rotation_list_unreadable", {{"error", list.status()}});
  }
  trouble_ = trouble;
  if (list.ok()) list_ = *std::move(list);
}

net::Task<> RotationWatch::ReadAgain() {
  co_await net::Blocking([this] { Read(); });
}

void RotationWatch::Render() {
  std::array<int, dkim::kRotationPhases> counts = {};
  std::array<absl::Duration, dkim::kRotationPhases> longest = {};
  int failed = 0, overdue = 0;
  absl::Duration next = absl::InfiniteDuration();
  const absl::Time now = clock_.Now();
  {
    absl::MutexLock lock(&mutex_);
    for (const dkim::Rotation& rotation : list_) {
      const auto phase = static_cast<size_t>(rotation.phase);
      ++counts[phase];
      longest[phase] = std::max(longest[phase], now - rotation.since);
      failed += rotation.failure.empty() ? 0 : 1;
      overdue += now - rotation.due > kOverdue ? 1 : 0;
      next = std::min(next, rotation.due - now);
    }
  }
  for (size_t i = 0; i < dkim::kRotationPhases; ++i) {
    counts_[i]->Set(counts[i]);
    longest_[i]->Set(absl::ToDoubleSeconds(longest[i]));
  }
  failed_.Set(failed);
  overdue_.Set(overdue);
  next_step_.Set(
      next == absl::InfiniteDuration() ? 0 : absl::ToDoubleSeconds(next));
  net::Spawn(drain_, runtime_.reactor(0), ReadAgain());
}

}  // namespace postern::dkimd
