#include "mta/queue/arrivals.h"

#include "absl/strings/str_cat.h"

namespace postern::mta::queue {

// What has other recipients by now is another message, so an earlier entry only
// counts where they were the same.
std::vector<std::string> Arrivals::KeysOf(const spool::v1::Envelope& envelope) {
  std::vector<std::string> keys;
  for (const spool::v1::Origin& origin : envelope.origins()) {
    if (origin.edit() != envelope.origins(0).edit()) continue;
    keys.push_back(absl::StrCat(origin.spool(), ".", origin.queue_id(), ".",
                                origin.edit()));
  }
  return keys;
}

Arrivals::Claim Arrivals::Begin(const spool::v1::Envelope& envelope) {
  const std::vector<std::string> keys = KeysOf(envelope);
  absl::MutexLock lock(&mutex_);
  for (const std::string& key : keys) {
    const auto found = known_.find(key);
    if (found == known_.end()) continue;
    if (!found->second) return {State::kBusy, {}};
    return {State::kKnown, *found->second};
  }
  for (const std::string& key : keys) known_[key] = std::nullopt;
  return {State::kNew, {}};
}

void Arrivals::End(const spool::v1::Envelope& envelope,
                   std::optional<QueueId> id) {
  absl::MutexLock lock(&mutex_);
  for (const std::string& key : KeysOf(envelope)) {
    if (id) {
      Note(key, *id);
    } else {
      known_.erase(key);
    }
  }
  Forget();
}

void Arrivals::Remember(QueueId id, const spool::v1::Envelope& envelope) {
  if (envelope.origins().empty()) return;
  absl::MutexLock lock(&mutex_);
  for (const std::string& key : KeysOf(envelope)) Note(key, id);
  Forget();
}

void Arrivals::Note(const std::string& key, QueueId id) {
  known_[key] = id;
  order_.emplace_back(clock_.Now(), key);
}

void Arrivals::Forget() {
  const absl::Time now = clock_.Now();
  while (!order_.empty() &&
         (order_.size() > most_ || order_.front().first + kKept < now)) {
    known_.erase(order_.front().second);
    order_.pop_front();
  }
}

}  // namespace postern::mta::queue
