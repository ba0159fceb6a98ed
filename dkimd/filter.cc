#include "dkimd/filter.h"

#include <utility>

#include "dkimd/decision.h"

namespace postern::dkimd {

Filter::Filter(std::shared_ptr<const Settings> settings, Parts parts)
    : private_keys_(settings->keys, parts.clock),
      meters_(parts.metrics),
      lines_(settings->max_log_lines_per_second),
      tools_{private_keys_, parts.public_keys, parts.replay,
             parts.clock,   meters_,           lines_},
      settings_(std::move(settings)) {
  parts.metrics.OnRender([this] {
    meters_.keys.Set(static_cast<double>(private_keys_.size()));
    meters_.refused_key_changes.Set(
        static_cast<double>(private_keys_.failed_changes()));
    meters_.oldest_key_seconds.Set(
        absl::ToDoubleSeconds(private_keys_.OldestAge()));
  });
}

milter::Needs Filter::needs() const {
  milter::Needs needs;
  needs.add_headers = true;
  needs.change_headers = true;
  needs.quarantine = true;
  return needs;
}

std::unique_ptr<milter::Transaction> Filter::Begin(
    const milter::Envelope& envelope) {
  std::shared_ptr<const Settings> current = settings();
  const Origin origin = current->clients.OriginOf(envelope);
  if (origin == Origin::kPeer) {
    meters_.CountMessage({Work::kNone, Reason::kPeer});
    return nullptr;
  }
  return std::make_unique<Transaction>(envelope, origin, std::move(current),
                                       tools_);
}

void Filter::Replace(std::shared_ptr<const Settings> settings) {
  private_keys_.Replace(settings->keys);
  lines_.set_limit(settings->max_log_lines_per_second);
  absl::MutexLock lock(&mutex_);
  settings_ = std::move(settings);
}

std::shared_ptr<const Settings> Filter::settings() const {
  absl::MutexLock lock(&mutex_);
  return settings_;
}

}  // namespace postern::dkimd
