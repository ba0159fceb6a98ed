#include "lib/net/tls_sessions.h"

#include <utility>

namespace postern::net {

void TlsSessions::Put(absl::string_view key, std::string session) {
  if (session.size() > kMaxSessionBytes) return;
  const absl::Time now = clock_.Now();
  absl::MutexLock lock(&mutex_);
  if (sessions_.size() >= kMaxSessions && !sessions_.contains(key)) {
    absl::erase_if(sessions_,
                   [now](const auto& one) { return one.second.end <= now; });
    // The map's order is as good as random.
    if (sessions_.size() >= kMaxSessions) sessions_.erase(sessions_.begin());
  }
  sessions_[key] = {std::move(session), now + lifetime_};
}

std::string TlsSessions::Get(absl::string_view key) const {
  absl::MutexLock lock(&mutex_);
  const auto found = sessions_.find(key);
  if (found == sessions_.end() || found->second.end <= clock_.Now()) return "";
  return found->second.bytes;
}

size_t TlsSessions::size() const {
  absl::MutexLock lock(&mutex_);
  return sessions_.size();
}

}  // namespace postern::net
