#include "lib/net/public_address.h"

#include <algorithm>
#include <vector>

namespace postern::net {
namespace {

std::vector<Network> ParseAll(std::initializer_list<const char*> texts) {
  std::vector<Network> networks;
  for (const char* text : texts) {
    networks.push_back(Network::Parse(text).value());
  }
  return networks;
}

// What is not public inside of 0.0.0.0/0 and of 2000::/3.
const std::vector<Network>& SpecialNetworks() {
  static const auto& networks = *new std::vector<Network>(ParseAll({
      "0.0.0.0/8",        // This network.
      "10.0.0.0/8",       // Private.
      "100.64.0.0/10",    // Shared by a provider's customers.
      "127.0.0.0/8",      // Loopback.
      "169.254.0.0/16",   // Link-local; a cloud's metadata.
      "172.16.0.0/12",    // Private.
      "192.0.0.0/24",     // Protocol assignments.
      "192.0.2.0/24",     // Documentation.
      "192.88.99.0/24",   // 6to4 relays, once.
      "192.168.0.0/16",   // Private.
      "198.18.0.0/15",    // Benchmarks.
      "198.51.100.0/24",  // Documentation.
      "203.0.113.0/24",   // Documentation.
      "224.0.0.0/4",      // Multicast.
      "240.0.0.0/4",      // Reserved, broadcast.
      "2001::/23",        // Protocol assignments, Teredo.
      "2001:db8::/32",    // Documentation.
      "2002::/16",        // 6to4.
      "3fff::/20",        // Documentation.
  }));
  return networks;
}

bool IsIn(const char* network, const IpAddress& address) {
  return Network::Parse(network)->Contains(address);
}

IpAddress InsideNat64(const IpAddress& address) {
  const auto& bytes = address.bytes();
  return IpAddress::V4({bytes[12], bytes[13], bytes[14], bytes[15]});
}

}  // namespace

bool IsPublicAddress(const IpAddress& address) {
  if (!address.is_v4()) {
    if (IsIn("64:ff9b::/96", address)) {
      return IsPublicAddress(InsideNat64(address));
    }
    if (!IsIn("2000::/3", address)) return false;
  }
  const std::vector<Network>& special = SpecialNetworks();
  return std::none_of(
      special.begin(), special.end(),
      [&](const Network& network) { return network.Contains(address); });
}

}  // namespace postern::net
