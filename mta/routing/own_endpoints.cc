#include "mta/routing/own_endpoints.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <sys/socket.h>

#include <array>
#include <cstring>

#include "absl/algorithm/container.h"
#include "absl/strings/match.h"
#include "absl/strings/strip.h"

namespace postern::mta::routing {
namespace {

bool IsUnspecified(const net::IpAddress& address) {
  return absl::c_all_of(address.bytes(), [](uint8_t b) { return b == 0; });
}

// What a connection to the unspecified address reaches.
net::IpAddress Loopback(bool v4) {
  if (v4) return net::IpAddress::V4({127, 0, 0, 1});
  std::array<uint8_t, 16> bytes = {};
  bytes[15] = 1;
  return net::IpAddress::V6(bytes);
}

}  // namespace

std::vector<net::IpAddress> InterfaceAddresses() {
  std::vector<net::IpAddress> addresses;
  ifaddrs* all = nullptr;
  if (::getifaddrs(&all) != 0) return addresses;
  for (const ifaddrs* i = all; i != nullptr; i = i->ifa_next) {
    if (i->ifa_addr == nullptr) continue;
    if (i->ifa_addr->sa_family == AF_INET) {
      std::array<uint8_t, 4> bytes;
      const auto* in = reinterpret_cast<const sockaddr_in*>(i->ifa_addr);
      std::memcpy(bytes.data(), &in->sin_addr, bytes.size());
      addresses.push_back(net::IpAddress::V4(bytes));
    } else if (i->ifa_addr->sa_family == AF_INET6) {
      std::array<uint8_t, 16> bytes;
      const auto* in = reinterpret_cast<const sockaddr_in6*>(i->ifa_addr);
      std::memcpy(bytes.data(), &in->sin6_addr, bytes.size());
      addresses.push_back(net::IpAddress::V6(bytes));
    }
  }
  ::freeifaddrs(all);
  return addresses;
}

OwnEndpoints::OwnEndpoints(std::string hostname,
                           std::vector<net::IpAddress> interfaces)
    : hostname_(std::move(hostname)), interfaces_(std::move(interfaces)) {}

void OwnEndpoints::AddListener(const net::Endpoint& endpoint) {
  if (endpoint.is_unix()) return;
  const absl::StatusOr<net::IpAddress> address =
      net::IpAddress::Parse(endpoint.host);
  if (!address.ok()) return;
  if (IsUnspecified(*address)) {
    // "::" may answer for IPv4 as well: both families are taken for ours.
    everywhere_.insert(endpoint.port);
  } else {
    endpoints_.emplace(*address, endpoint.port);
  }
}

bool OwnEndpoints::Contain(const net::IpAddress& address, uint16_t port) const {
  const net::IpAddress reached =
      IsUnspecified(address) ? Loopback(address.is_v4()) : address;
  if (endpoints_.contains({reached, port})) return true;
  return everywhere_.contains(port) &&
         (reached.is_loopback() || absl::c_linear_search(interfaces_, reached));
}

bool OwnEndpoints::IsOwnName(absl::string_view name) const {
  return absl::EqualsIgnoreCase(absl::StripSuffix(name, "."),
                                absl::StripSuffix(hostname_, "."));
}

}  // namespace postern::mta::routing
