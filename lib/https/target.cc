#include "lib/https/target.h"

#include <curl/curl.h>

#include <algorithm>
#include <cstddef>
#include <memory>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "lib/base/printable.h"
#include "lib/dns/name.h"
#include "lib/net/ip.h"

namespace postern::https {
namespace {

constexpr size_t kMaxUriBytes = 2048;

struct FreeUrl {
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
};
using Url = std::unique_ptr<CURLU, FreeUrl>;

absl::Status Invalid(absl::string_view uri, absl::string_view why) {
  return absl::InvalidArgumentError(
      absl::StrCat("\"", Printable(uri), "\" ", why));
}

std::string Part(CURLU* url, CURLUPart part, unsigned flags = 0) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, flags) != CURLUE_OK) return "";
  std::string copy = text;
  curl_free(text);
  return copy;
}

// What libcurl takes for a host and we do not look up: a name with a dot at its
// end (no certificate has it).
bool IsHost(absl::string_view host) {
  if (net::IpAddress::Parse(host).ok()) return true;
  return dns::IsHostName(host) && !absl::EndsWith(host, ".");
}

}  // namespace

absl::StatusOr<Target> ParseTarget(absl::string_view uri) {
  if (uri.size() > kMaxUriBytes) return Invalid(uri, "is too long");
  if (!std::all_of(uri.begin(), uri.end(),
                   [](unsigned char c) { return absl::ascii_isgraph(c); })) {
    return Invalid(uri, "has characters that no URI has");
  }
  // libcurl would pass over more slashes.
  if (!absl::StartsWithIgnoreCase(uri, "https://") ||
      absl::StartsWithIgnoreCase(uri, "https:///")) {
    return Invalid(uri, "is not an https URI");
  }
  const Url url(curl_url());
  if (curl_url_set(url.get(), CURLUPART_URL, std::string(uri).c_str(),
                   CURLU_DISALLOW_USER) != CURLUE_OK ||
      !Part(url.get(), CURLUPART_ZONEID).empty()) {
    return Invalid(uri, "is not a URI that can be asked for");
  }
  curl_url_set(url.get(), CURLUPART_FRAGMENT, nullptr, 0);
  Target target;
  target.uri = Part(url.get(), CURLUPART_URL);
  target.host = Part(url.get(), CURLUPART_HOST);
  if (absl::StartsWith(target.host, "[") && absl::EndsWith(target.host, "]")) {
    target.host = target.host.substr(1, target.host.size() - 2);
  }
  uint32_t port = 0;
  if (!absl::SimpleAtoi(Part(url.get(), CURLUPART_PORT, CURLU_DEFAULT_PORT),
                        &port) ||
      port == 0 || port > UINT16_MAX) {
    return Invalid(uri, "has no port that can be asked");
  }
  target.port = static_cast<uint16_t>(port);
  if (!IsHost(target.host) || target.uri.empty()) {
    return Invalid(uri, "has no host that can be asked");
  }
  return target;
}

}  // namespace postern::https
