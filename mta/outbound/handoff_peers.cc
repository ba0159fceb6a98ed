#include "mta/outbound/handoff_peers.h"

#include <algorithm>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "lib/base/random.h"
#include "lib/dns/host.h"
#include "lib/net/ip.h"

namespace postern::mta::outbound {
namespace {

bool IsOwn(const net::Endpoint& endpoint, const routing::OwnEndpoints& own) {
  const absl::StatusOr<net::IpAddress> address =
      net::IpAddress::Parse(endpoint.host);
  return address.ok() && own.Contain(*address, endpoint.port);
}

}  // namespace

net::Task<HandoffPeers> FindPeers(std::vector<std::string> names,
                                  dns::Resolver& resolver,
                                  const routing::OwnEndpoints& own,
                                  net::Deadline deadline) {
  HandoffPeers peers;
  for (const std::string& name : names) {
    absl::StatusOr<net::Endpoint> endpoint = net::Endpoint::Parse(name);
    if (!endpoint.ok()) continue;  // Told by Handoff::Create().
    absl::StatusOr<std::vector<net::Endpoint>> found =
        co_await dns::ResolveEndpoints(resolver, *std::move(endpoint),
                                       deadline);
    if (!found.ok()) {
      absl::StrAppend(&peers.trouble, peers.trouble.empty() ? "" : "; ", name,
                      ": ", found.status().message());
      continue;
    }
    for (net::Endpoint& one : *found) {
      if (!IsOwn(one, own)) peers.endpoints.push_back(std::move(one));
    }
  }
  std::sort(peers.endpoints.begin(), peers.endpoints.end());
  peers.endpoints.erase(
      std::unique(peers.endpoints.begin(), peers.endpoints.end()),
      peers.endpoints.end());
  if (peers.endpoints.empty() && peers.trouble.empty()) {
    peers.trouble = "all of handoff.peers are this relay";
  }
  co_return peers;
}

}  // namespace postern::mta::outbound
