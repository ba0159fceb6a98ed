// Addresses and networks: what parses prints to a text that parses to the same.

#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "absl/strings/string_view.h"
#include "lib/net/ip.h"

namespace {

void Require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using postern::net::IpAddress;
  using postern::net::Network;
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto address = IpAddress::Parse(text); address.ok()) {
    Require(IpAddress::Parse(address->ToString()).value() == *address);
    const Network alone(*address, address->bits());
    Require(Network::Parse(text).value() == alone);
    for (int bits = 0; bits <= address->bits(); ++bits) {
      Require(Network(*address, bits).Contains(*address));
    }
  }
  if (const auto network = Network::Parse(text); network.ok()) {
    Require(Network::Parse(network->ToString()).value() == *network);
    Require(network->Contains(network->address()));
  }
  return 0;
}
