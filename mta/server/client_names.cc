#include "mta/server/client_names.h"

#include <utility>

#include "lib/net/deadline.h"

namespace postern::mta::server {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(5);
constexpr absl::Duration kKeepName = absl::Minutes(5);
constexpr absl::Duration kKeepFailure = absl::Seconds(30);

}  // namespace

net::Task<dns::ClientName> ClientNames::Lookup::Name() {
  // The deadline of the look-up itself is earlier.
  co_await done_.Wait(net::Deadline::After(2 * kPatience));
  co_return name_;
}

std::shared_ptr<ClientNames::Lookup> ClientNames::Begin(
    const net::IpAddress& client, net::Drain& drain) {
  auto lookup = std::make_shared<Lookup>();
  std::optional<dns::ClientName> known = Remembered(client);
  if (known) {
    lookup->name_ = *std::move(known);
    lookup->done_.Set();
  } else {
    net::Spawn(drain, LookUp(client, lookup));
  }
  return lookup;
}

net::Task<> ClientNames::LookUp(net::IpAddress client,
                                std::shared_ptr<Lookup> lookup) {
  lookup->name_ = co_await dns::VerifiedClientName(
      resolver_, client, net::Deadline::After(kPatience));
  Remember(client, lookup->name_);
  lookup->done_.Set();
}

std::optional<dns::ClientName> ClientNames::Remembered(
    const net::IpAddress& client) {
  const absl::Time now = clock_.Now();
  absl::MutexLock lock(&mutex_);
  const auto found = names_.find(client);
  if (found == names_.end() || found->second.expires <= now) {
    return std::nullopt;
  }
  return found->second.name;
}

void ClientNames::Remember(const net::IpAddress& client,
                           const dns::ClientName& name) {
  const bool has_failed = name.reverse_failed || name.forward_failed;
  const absl::Time expires =
      clock_.Now() + (has_failed ? kKeepFailure : kKeepName);
  absl::MutexLock lock(&mutex_);
  if (names_.size() >= kMaxNames) names_.clear();
  names_[client] = Entry{name, expires};
}

}  // namespace postern::mta::server
