#include "lib/dns/host.h"

#include <cstddef>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "lib/base/printable.h"
#include "lib/base/status_macros.h"
#include "lib/dns/name.h"

namespace postern::dns {
namespace {

constexpr size_t kMaxAddresses = 64;

bool IsLocalhost(const std::string& name) {
  return name == "localhost" || absl::EndsWith(name, ".localhost");
}

HostAddresses Loopback() {
  return {.addresses = {net::IpAddress::Parse("127.0.0.1").value(),
                        net::IpAddress::Parse("::1").value()},
          .exists = true};
}

void AddAddresses(const Answer& answer, HostAddresses& host) {
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
    co_return HostAddresses{.addresses = {*literal}, .exists = true};
  }
  if (IsLocalhost(Normalized(host))) co_return Loopback();
  const absl::StatusOr<Answer> v4 =
      co_await resolver.Resolve(host, Type::kA, deadline);
  HostAddresses result;
  // NXDOMAIN is for all types (RFC 2308 section 5).
  if (v4.ok() && v4->outcome == Answer::Outcome::kNxDomain) {
    result.secure = v4->secure;
    co_return result;
  }
  const absl::StatusOr<Answer> v6 =
      co_await resolver.Resolve(host, Type::kAaaa, deadline);
  if (v4.ok()) AddAddresses(*v4, result);
  if (v6.ok()) AddAddresses(*v6, result);
  if (result.addresses.empty()) {
    CO_RETURN_IF_ERROR(v4.status());
    CO_RETURN_IF_ERROR(v6.status());
  }
  result.exists = true;
  result.canonical_name = v4.ok() ? v4->canonical_name : v6->canonical_name;
  result.secure = (!v4.ok() || v4->secure) && (!v6.ok() || v6->secure);
  co_return result;
}

net::Task<absl::StatusOr<std::vector<net::Endpoint>>> ResolveEndpoints(
    Resolver& resolver, net::Endpoint endpoint, net::Deadline deadline) {
  if (endpoint.is_unix()) co_return std::vector<net::Endpoint>(1, endpoint);
  const std::string host_name = endpoint.host;
  CO_ASSIGN_OR_RETURN(const HostAddresses host,
                      co_await ResolveHost(resolver, host_name, deadline));
  if (host.addresses.empty()) {
    co_return absl::UnavailableError(
        absl::StrCat(Printable(host_name),
                     host.exists ? ": has no address" : ": no such host"));
  }
  std::vector<net::Endpoint> endpoints;
  for (const net::IpAddress& address : host.addresses) {
    endpoints.push_back(net::Endpoint::Tcp(address, endpoint.port));
  }
  co_return endpoints;
}

}  // namespace postern::dns
