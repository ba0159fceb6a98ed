#include "lib/net/endpoint.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "lib/base/printable.h"

namespace postern::net {
namespace {

constexpr size_t kMaxUnixPathBytes = 107;  // sockaddr_un::sun_path less a NUL.
constexpr size_t kMaxNameBytes = 253;
constexpr size_t kMaxLabelBytes = 63;

absl::Status Invalid(absl::string_view text, absl::string_view why) {
  return absl::InvalidArgumentError(
      absl::StrCat("\"", Printable(text), "\" ", why));
}

bool IsLabel(absl::string_view label) {
  return !label.empty() && label.size() <= kMaxLabelBytes &&
         label.front() != '-' && label.back() != '-' &&
         std::all_of(label.begin(), label.end(), [](char c) {
           return absl::ascii_isalnum(c) || c == '-' || c == '_';
         });
}

// A name's last label is never a number, or "1.2.3" would be one.
bool IsHostName(absl::string_view host) {
  if (host.empty() || host.size() > kMaxNameBytes) return false;
  absl::string_view last;
  for (absl::string_view label : absl::StrSplit(host, '.')) {
    if (!IsLabel(label)) return false;
    last = label;
  }
  return last.find_first_not_of("0123456789") != last.npos;
}

bool ParsePort(absl::string_view digits, uint16_t& port) {
  uint32_t number;
  if (digits.empty() || digits.size() > 5 ||
      digits.find_first_not_of("0123456789") != digits.npos ||
      !absl::SimpleAtoi(digits, &number) || number > 65535) {
    return false;
  }
  port = static_cast<uint16_t>(number);
  return true;
}

}  // namespace

absl::StatusOr<Endpoint> Endpoint::Parse(absl::string_view text) {
  Endpoint endpoint;
  if (absl::string_view path = text; absl::ConsumePrefix(&path, "unix:")) {
    if (path.empty() || path.find('\0') != path.npos) {
      return Invalid(text, "names no socket: unix:/path is wanted");
    }
    if (path.size() > kMaxUnixPathBytes) {
      return Invalid(text, "is too long for the path of a Unix socket");
    }
    endpoint.unix_path = std::string(path);
    return endpoint;
  }
  const absl::string_view rest = absl::StripPrefix(text, "inet:");
  const size_t colon = rest.rfind(':');
  if (colon == rest.npos || !ParsePort(rest.substr(colon + 1), endpoint.port)) {
    return Invalid(text, "has no port: host:port is wanted");
  }
  absl::string_view host = rest.substr(0, colon);
  const bool in_brackets =
      host.size() >= 2 && host.front() == '[' && host.back() == ']';
  if (in_brackets) host = host.substr(1, host.size() - 2);
  const auto address = IpAddress::Parse(host);
  if (address.ok() && (in_brackets || host.find(':') == host.npos)) {
    endpoint.host = address->ToString();
  } else if (!in_brackets && IsHostName(host)) {
    endpoint.host = std::string(host);
  } else {
    return Invalid(text,
                   "has no valid host: a name, an address or [an IPv6 "
                   "address] is wanted");
  }
  return endpoint;
}

Endpoint Endpoint::Tcp(const IpAddress& address, uint16_t port) {
  Endpoint endpoint;
  endpoint.host = address.ToString();
  endpoint.port = port;
  return endpoint;
}

std::string Endpoint::ToString() const {
  if (is_unix()) return absl::StrCat("unix:", unix_path);
  // Hosts that would be taken for a prefix get one.
  if (host == "inet" || host == "unix") {
    return absl::StrCat("inet:", host, ":", port);
  }
  if (host.find(':') == host.npos) return absl::StrCat(host, ":", port);
  return absl::StrCat("[", host, "]:", port);
}

}  // namespace postern::net
