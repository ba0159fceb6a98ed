#include "lib/dns/zone.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "lib/base/printable.h"
#include "lib/base/status_macros.h"
#include "lib/dns/host.h"
#include "lib/dns/name.h"

namespace postern::dns {
namespace {

constexpr size_t kMaxNameServers = 32;

}  // namespace

net::Task<absl::StatusOr<Zone>> FindZone(Resolver& resolver, std::string name,
                                         net::Deadline deadline) {
  const std::string wanted = Normalized(name);
  for (std::string at = wanted; !at.empty();) {
    CO_ASSIGN_OR_RETURN(const Answer answer,
                        co_await resolver.Resolve(at, Type::kSoa, deadline));
    const std::vector<Soa> found = RecordsOf<Soa>(answer);
    // The zone of a name that is an alias is not the one of its target.
    if (!found.empty() && answer.canonical_name == at) {
      co_return Zone{at, found.front().primary};
    }
    const size_t dot = at.find('.');
    at = dot == std::string::npos ? "" : at.substr(dot + 1);
  }
  co_return absl::NotFoundError(
      absl::StrCat(Printable(wanted), ": is in no zone that the DNS has"));
}

net::Task<absl::StatusOr<std::vector<NameServer>>> FindNameServers(
    Resolver& resolver, std::string zone, net::Deadline deadline) {
  CO_ASSIGN_OR_RETURN(const Answer answer,
                      co_await resolver.Resolve(zone, Type::kNs, deadline));
  const std::vector<Ns> names = RecordsOf<Ns>(answer);
  if (names.empty()) {
    co_return absl::NotFoundError(
        absl::StrCat(Printable(zone), ": the zone has no name servers"));
  }
  if (names.size() > kMaxNameServers) {
    co_return absl::UnavailableError(absl::StrCat(
        Printable(zone), ": has more than ", kMaxNameServers, " name servers"));
  }
  std::vector<NameServer> servers;
  for (const Ns& server : names) {
    CO_ASSIGN_OR_RETURN(HostAddresses host,
                        co_await ResolveHost(resolver, server.name, deadline));
    if (host.addresses.empty()) {
      co_return absl::NotFoundError(
          absl::StrCat(Printable(zone), ": the name server ", server.name,
                       " has no address"));
    }
    servers.push_back({server.name, std::move(host.addresses)});
  }
  co_return servers;
}

}  // namespace postern::dns
