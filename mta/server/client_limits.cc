#include "mta/server/client_limits.h"

namespace postern::mta::server {
namespace {

constexpr int kV6ClientBits = 64;

}  // namespace

std::optional<ClientLimits::Ticket> ClientLimits::Enter(
    const net::IpAddress& client) {
  const net::IpAddress key =
      client.is_v4() ? client : client.Masked(kV6ClientBits);
  absl::MutexLock lock(&mutex_);
  uint32_t& open = open_[key];
  if (open >= max_per_client_) return std::nullopt;
  ++open;
  return Ticket(*this, key);
}

void ClientLimits::Leave(const net::IpAddress& client) {
  absl::MutexLock lock(&mutex_);
  const auto found = open_.find(client);
  if (--found->second == 0) open_.erase(found);
}

}  // namespace postern::mta::server
