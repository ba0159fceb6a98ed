#include "mta/limits/open_connections.h"

namespace postern::mta::limits {

std::optional<OpenConnections::Ticket> OpenConnections::Enter(
    const net::IpAddress& client, const Rules& rules) {
  const std::vector<Bound> bounds =
      rules.BoundsOf(rules.open_connections, client);
  absl::MutexLock lock(&mutex_);
  for (const Bound& bound : bounds) {
    const auto found = open_.find(bound.who);
    if (found != open_.end() && found->second >= bound.limit) {
      return std::nullopt;
    }
  }
  std::vector<net::Network> counted;
  for (const Bound& bound : bounds) {
    ++open_[bound.who];
    counted.push_back(bound.who);
  }
  // The first is the client, the second its network.
  const uint32_t connections = counted.empty() ? 0 : open_[counted.front()];
  return Ticket(*this, std::move(counted), connections);
}

void OpenConnections::Leave(const std::vector<net::Network>& counted) {
  absl::MutexLock lock(&mutex_);
  for (const net::Network& who : counted) {
    const auto found = open_.find(who);
    if (--found->second == 0) open_.erase(found);
  }
}

}  // namespace postern::mta::limits
