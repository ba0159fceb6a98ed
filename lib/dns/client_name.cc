#include "lib/dns/client_name.h"

#include <algorithm>
#include <cstddef>
#include <vector>

#include "absl/status/statusor.h"
#include "lib/dns/host.h"
#include "lib/dns/name.h"

namespace postern::dns {
namespace {

// Each costs a look-up, and anyone can list a thousand for an address.
constexpr size_t kMaxNames = 5;

}  // namespace

net::Task<ClientName> VerifiedClientName(Resolver& resolver,
                                         net::IpAddress client,
                                         net::Deadline deadline) {
  ClientName result;
  const std::string question = ReverseName(client);
  const absl::StatusOr<Answer> reverse =
      co_await resolver.Resolve(question, Type::kPtr, deadline);
  result.reverse_failed = !reverse.ok();
  if (!reverse.ok()) co_return result;
  std::vector<Ptr> names = RecordsOf<Ptr>(*reverse);
  if (names.empty()) co_return result;
  result.reverse_name = names.front().name;
  if (names.size() > kMaxNames) names.resize(kMaxNames);
  for (const Ptr& ptr : names) {
    const absl::StatusOr<HostAddresses> host =
        co_await ResolveHost(resolver, ptr.name, deadline);
    if (!host.ok()) {
      result.forward_failed = true;
      continue;
    }
    const auto& addresses = host->addresses;
    if (std::find(addresses.begin(), addresses.end(), client) !=
        addresses.end()) {
      result.verified_name = ptr.name;
      result.forward_failed = false;
      co_return result;
    }
  }
  co_return result;
}

}  // namespace postern::dns
