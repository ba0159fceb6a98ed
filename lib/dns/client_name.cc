#include "lib/dns/client_name.h"

#include <algorithm>
#include <cstddef>
#include <vector>

#include "absl/status/statusor.h"
#include "lib/dns/host.h"
#include "lib/dns/name.h"

namespace postern::dns {
namespace {

constexpr size_t kMaxNames = 5;

bool Has(const HostAddresses& host, const net::IpAddress& client) {
  return std::find(host.addresses.begin(), host.addresses.end(), client) !=
         host.addresses.end();
}

}  // namespace

net::Task<ClientName> VerifiedClientName(Resolver& resolver,
                                         net::IpAddress client,
                                         net::Deadline deadline) {
  ClientName result;
  const std::string reverse = ReverseName(client);
  const absl::StatusOr<Answer> answer =
      co_await resolver.Resolve(reverse, Type::kPtr, deadline);
  if (!answer.ok()) {
    result.reverse_failed = true;
    co_return result;
  }
  std::vector<Ptr> names = RecordsOf<Ptr>(*answer);
  if (names.size() > kMaxNames) names.resize(kMaxNames);
  if (!names.empty()) result.reverse_name = names.front().name;
  for (const Ptr& ptr : names) {
    const absl::StatusOr<HostAddresses> host =
        co_await ResolveHost(resolver, ptr.name, deadline);
    if (!host.ok()) {
      result.forward_failed = true;
      continue;
    }
    if (!Has(*host, client)) continue;
    result.verified_name = ptr.name;
    result.reverse_name = ptr.name;
    result.forward_failed = false;
    break;
  }
  co_return result;
}

}  // namespace postern::dns
