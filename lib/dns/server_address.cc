#include "lib/dns/server_address.h"

#include <cstddef>
#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "lib/base/printable.h"
#include "lib/net/endpoint.h"
#include "lib/net/ip.h"

namespace postern::dns {

absl::StatusOr<std::string> UnboundAddress(absl::string_view text) {
  if (net::IpAddress::Parse(text).ok()) return std::string(text);
  const absl::Status error = absl::InvalidArgumentError(absl::StrCat(
      Printable(text), ": not an address, or an address and a port"));
  const size_t at = text.find('@');
  if (at != absl::string_view::npos) {
    uint32_t port = 0;
    const bool is_good = net::IpAddress::Parse(text.substr(0, at)).ok() &&
                         absl::SimpleAtoi(text.substr(at + 1), &port) &&
                         port > 0 && port <= 65535;
    if (!is_good) return error;
    return absl::StrCat(text.substr(0, at), "@", port);
  }
  const absl::StatusOr<net::Endpoint> endpoint = net::Endpoint::Parse(text);
  if (!endpoint.ok() || endpoint->port == 0 ||
      !net::IpAddress::Parse(endpoint->host).ok()) {
    return error;
  }
  return absl::StrCat(endpoint->host, "@", endpoint->port);
}

}  // namespace postern::dns
