#include "lib/milter/socket_name.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "lib/base/status_macros.h"
#include "lib/net/ip.h"

namespace postern::milter {
namespace {

// "8891@localhost" or "8891" as "host:port".
std::string Postfixed(absl::string_view text, absl::string_view any_host) {
  const size_t at = text.find('@');
  if (at == absl::string_view::npos) return absl::StrCat(any_host, ":", text);
  absl::string_view host = text.substr(at + 1);
  if (host.find(':') != absl::string_view::npos &&
      !absl::StartsWith(host, "[")) {
    return absl::StrCat("[", host, "]:", text.substr(0, at));
  }
  return absl::StrCat(host, ":", text.substr(0, at));
}

std::string EndpointText(absl::string_view text) {
  absl::string_view rest = text;
  if (absl::StartsWith(text, "/")) return absl::StrCat("unix:", text);
  if (absl::ConsumePrefix(&rest, "local:")) return absl::StrCat("unix:", rest);
  if (absl::ConsumePrefix(&rest, "inet6:")) return Postfixed(rest, "[::]");
  if (absl::ConsumePrefix(&rest, "inet:") &&
      (rest.find('@') != absl::string_view::npos ||
       rest.find(':') == absl::string_view::npos)) {
    return Postfixed(rest, "0.0.0.0");
  }
  return std::string(text);
}

}  // namespace

absl::StatusOr<net::Endpoint> ParseSocketName(absl::string_view text) {
  ASSIGN_OR_RETURN(net::Endpoint endpoint,
                   net::Endpoint::Parse(EndpointText(text)));
  if (endpoint.is_unix()) return endpoint;
  if (endpoint.host == "localhost") {
    endpoint.host = absl::StartsWith(text, "inet6:") ? "::1" : "127.0.0.1";
  }
  RETURN_IF_ERROR(net::IpAddress::Parse(endpoint.host).status());
  return endpoint;
}

std::string LibmilterSocketName(const net::Endpoint& endpoint) {
  if (endpoint.is_unix()) return absl::StrCat("unix:", endpoint.unix_path);
  const bool is_v6 = endpoint.host.find(':') != std::string::npos;
  return absl::StrCat(is_v6 ? "inet6:" : "inet:", endpoint.port, "@",
                      endpoint.host);
}

}  // namespace postern::milter
