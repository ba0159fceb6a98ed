#include "lib/config/text_kind.h"

#include "lib/base/status_macros.h"
#include "lib/config/utf8.h"
#include "lib/net/endpoint.h"
#include "lib/net/ip.h"

namespace postern::config {
namespace {

// Escapes in double quotes can write what the file itself may not hold.
absl::Status CheckCharacters(absl::string_view text) {
  while (!text.empty()) {
    const auto c = static_cast<unsigned char>(text.front());
    const size_t bytes = Utf8Bytes(text);
    if (bytes == 0) return absl::InvalidArgumentError("not UTF-8");
    if (c == 0x7f || (c < 0x20 && c != '\t' && c != '\n')) {
      return absl::InvalidArgumentError("has a control character");
    }
    text.remove_prefix(bytes);
  }
  return absl::OkStatus();
}

}  // namespace

std::string WantedText(v1::Kind kind) {
  switch (kind) {
    case v1::KIND_ENDPOINT:
      return "an endpoint: host:port, [IPv6 address]:port or unix:/path";
    case v1::KIND_ADDRESS:
      return "an IP address";
    case v1::KIND_NETWORK:
      return "an IP network such as 192.0.2.0/24";
    default:
      return "a text";
  }
}

absl::Status CheckText(absl::string_view text, v1::Kind kind) {
  RETURN_IF_ERROR(CheckCharacters(text));
  switch (kind) {
    case v1::KIND_ENDPOINT:
      return net::Endpoint::Parse(text).status();
    case v1::KIND_ADDRESS:
      return net::IpAddress::Parse(text).status();
    case v1::KIND_NETWORK:
      return net::Network::Parse(text).status();
    default:
      return absl::OkStatus();
  }
}

}  // namespace postern::config
