#include "lib/dns/host.h"

#include <cstddef>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "lib/base/status_macros.h"
#include "lib/dns/name.h"

namespace postern::dns {
namespace {

constexpr size_t kMaxAddresses = 64;

bool IsLocalhost(absl::string_view name) {
  return name == "localhost" || absl::EndsWith(name, ".localhost");
}

HostAddresses Localhost() {
  return {.addresses = {net::IpAddress::Parse("127.0.0.1").value(),
                        net::IpAddress::Parse("::1").value()},
          .exists = true,
          .secure = false};
}

void AddAddresses(const Answer& answer, HostAddresses& host) {
  host.exists = host.exists || answer.outcome != Answer::Outcome::kNxDomain;
  host.secure = host.secure && answer.secure;
  for (const net::IpAddress& address : RecordsOf<net::IpAddress>(answer)) {
    if (host.addresses.size() == kMaxAddresses) return;
    host.addresses.push_back(address);
  }
}

}  // namespace

net::Task<absl::StatusOr<HostAddresses>> ResolveHost(Resolver& resolver,
                                                     std::string host,
                                                     net::Deadline deadline) {
  const absl::StatusOr<net::IpAddress> literal = net::IpAddress::Parse(host);
  if (literal.ok()) {
    HostAddresses itself;
    itself.addresses.push_back(*literal);
    itself.exists = true;
    co_return itself;
  }
  if (IsLocalhost(Normalized(host))) co_return Localhost();
  HostAddresses found;
  found.secure = true;
  const absl::StatusOr<Answer> a =
      co_await resolver.Resolve(host, Type::kA, deadline);
  if (a.ok()) AddAddresses(*a, found);
  // NXDOMAIN is about the name, whatever the type.
  if (a.ok() && a->outcome == Answer::Outcome::kNxDomain) co_return found;
  const absl::StatusOr<Answer> aaaa =
      co_await resolver.Resolve(host, Type::kAaaa, deadline);
  if (aaaa.ok()) AddAddresses(*aaaa, found);
  if (found.addresses.empty()) {
    CO_RETURN_IF_ERROR(a.status());
    CO_RETURN_IF_ERROR(aaaa.status());
  }
  co_return found;
}

net::Task<absl::StatusOr<std::vector<net::Endpoint>>> ResolveEndpoints(
    Resolver& resolver, net::Endpoint endpoint, net::Deadline deadline) {
  std::vector<net::Endpoint> endpoints;
  if (endpoint.is_unix()) {
    endpoints.push_back(std::move(endpoint));
    co_return endpoints;
  }
  CO_ASSIGN_OR_RETURN(
      const HostAddresses host,
      co_await ResolveHost(resolver, endpoint.host, deadline));
  if (host.addresses.empty()) {
    co_return absl::UnavailableError(
        absl::StrCat(endpoint.host, ": no address"));
  }
  for (const net::IpAddress& address : host.addresses) {
    endpoints.push_back(net::Endpoint::Tcp(address, endpoint.port));
  }
  co_return endpoints;
}

}  // namespace postern::dns
