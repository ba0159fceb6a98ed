#include "mta/outbound/family_order.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "lib/base/random.h"

namespace postern::mta::outbound {
namespace {

using Hosts = std::vector<routing::Host>;

// Lets the families of [begin, end), the addresses of one host, take turns.
void TakeTurns(Hosts::iterator begin, Hosts::iterator end, bool v4_first) {
  Hosts first;
  Hosts second;
  for (auto host = begin; host != end; ++host) {
    const bool is_first = host->address.is_v4() == v4_first;
    (is_first ? first : second).push_back(std::move(*host));
  }
  auto next = first.begin();
  auto other = second.begin();
  while (begin != end) {
    if (next != first.end()) *begin++ = std::move(*next++);
    if (other != second.end()) *begin++ = std::move(*other++);
  }
}

}  // namespace

bool FamilyOrder::IsAway(bool is_v4) const {
  absl::MutexLock lock(&mutex_);
  return !away_until_[is_v4].has_passed();
}

void FamilyOrder::NoteAway(const net::IpAddress& address) {
  absl::MutexLock lock(&mutex_);
  away_until_[address.is_v4()] = net::Deadline::After(kAwayTime);
}

void FamilyOrder::NoteReached(const net::IpAddress& address) {
  absl::MutexLock lock(&mutex_);
  away_until_[address.is_v4()] = net::Deadline::After(absl::ZeroDuration());
}

void FamilyOrder::Arrange(Hosts& hosts) const {
  bool v4_first = preference_ == Preference::kIpv4;
  if (preference_ == Preference::kAny) v4_first = RandomBelow(2) == 0;
  for (auto begin = hosts.begin(); begin != hosts.end();) {
    const auto end = std::find_if(begin, hosts.end(), [&](const auto& host) {
      return host.name != begin->name || host.place != begin->place;
    });
    TakeTurns(begin, end, v4_first);
    begin = end;
  }
  const bool v4_away = IsAway(true);
  if (v4_away == IsAway(false)) return;
  std::stable_partition(hosts.begin(), hosts.end(), [&](const auto& host) {
    return !host.socket.empty() || host.address.is_v4() != v4_away;
  });
}

bool HasOtherFamilyBehind(const Hosts& hosts, size_t index) {
  return std::any_of(hosts.begin() + index, hosts.end(), [&](const auto& host) {
    return host.socket.empty() &&
           host.address.is_v4() != hosts[index].address.is_v4();
  });
}

bool IsNoWay(const absl::Status& status) {
  return absl::IsDeadlineExceeded(status) ||
         absl::StrContains(status.message(), "nreachable");
}

}  // namespace postern::mta::outbound
