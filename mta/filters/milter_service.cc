#include "mta/filters/milter_service.h"

#include <utility>

#include "absl/algorithm/container.h"
#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "lib/base/status_macros.h"
#include "lib/config/config.h"

namespace postern::mta::filters {
namespace {

constexpr size_t kMaxEndpoints = 16;
constexpr size_t kMaxNameBytes = 64;

// It becomes a label of metrics and a word in lists.
bool IsName(absl::string_view name) {
  return !name.empty() && name.size() <= kMaxNameBytes &&
         absl::c_all_of(name, [](unsigned char c) {
           return absl::ascii_isalnum(c) || c == '-' || c == '_' || c == '.';
         });
}

absl::Status ParseTls(const config::v1::FilterTls& config,
                      const std::string& field, MilterService& service) {
  const auto wrong = [&field](absl::string_view why) {
    return absl::InvalidArgumentError(absl::StrCat(field, ".tls: ", why));
  };
  if (config.certificate_file().empty() != config.key_file().empty()) {
    return wrong("certificate_file and key_file come together");
  }
  const auto is_unix = [](const net::Endpoint& e) { return e.is_unix(); };
  if (absl::c_any_of(service.endpoints, is_unix)) {
    return wrong("a Unix socket has none");
  }
  service.tls = {.certificate_file = config.certificate_file(),
                 .key_file = config.key_file(),
                 .ca_file = config.ca_file()};
  service.tls_server_name = config.server_name();
  return absl::OkStatus();
}

absl::StatusOr<MilterService> ParseMilter(const config::v1::Milter& config,
                                          const std::string& field) {
  MilterService service;
  service.name = config.name();
  if (!IsName(service.name)) {
    return absl::InvalidArgumentError(
        absl::StrCat(field, ".name: letters, digits, \"-\", \"_\" and \".\""));
  }
  if (config.endpoints().empty() ||
      config.endpoints_size() > static_cast<int>(kMaxEndpoints)) {
    return absl::InvalidArgumentError(
        absl::StrCat(field, ".endpoints: 1 to ", kMaxEndpoints));
  }
  for (const std::string& text : config.endpoints()) {
    auto endpoint = net::Endpoint::Parse(text);
    if (!endpoint.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat(field, ".endpoints: ", endpoint.status().message()));
    }
    service.endpoints.push_back(*std::move(endpoint));
  }
  service.on_failure = config.on_failure();
  service.connect_timeout = config::FromProto(config.connect_timeout());
  service.reuses_connections = config.reuse_connections();
  if (config.has_tls()) RETURN_IF_ERROR(ParseTls(config.tls(), field, service));
  service.conversation.version = config.protocol();
  service.conversation.command_timeout =
      config::FromProto(config.command_timeout());
  service.conversation.content_timeout =
      config::FromProto(config.content_timeout());
  return service;
}

}  // namespace

net::TlsPeer MilterService::PeerAt(const net::Endpoint& address) const {
  net::TlsPeer peer;
  peer.proof = net::TlsPeer::Proof::kName;
  if (!tls_server_name.empty()) peer.names.push_back(tls_server_name);
  for (const net::Endpoint& endpoint : endpoints) {
    if (!tls_server_name.empty()) break;
    if (endpoint.host == address.host) {
      peer.names = {endpoint.host};
      break;
    }
    if (net::IpAddress::Parse(endpoint.host).ok()) continue;
    if (!absl::c_linear_search(peer.names, endpoint.host)) {
      peer.names.push_back(endpoint.host);
    }
  }
  if (!peer.names.empty()) peer.server_name = peer.names.front();
  return peer;
}

absl::StatusOr<absl::flat_hash_map<std::string, MilterService>> ParseMilters(
    const config::v1::Filters& config) {
  if (config.milters_size() > static_cast<int>(kMaxMilters)) {
    return absl::InvalidArgumentError(
        absl::StrCat("filters.milters: more than ", kMaxMilters));
  }
  absl::flat_hash_map<std::string, MilterService> milters;
  for (int i = 0; i < config.milters_size(); ++i) {
    const std::string field = absl::StrCat("filters.milters[", i, "]");
    ASSIGN_OR_RETURN(MilterService service,
                     ParseMilter(config.milters(i), field));
    std::string name = service.name;
    if (!milters.emplace(name, std::move(service)).second) {
      return absl::InvalidArgumentError(
          absl::StrCat(field, ".name: ", name, " is there twice"));
    }
  }
  return milters;
}

absl::StatusOr<std::vector<std::string>> ParseMilterGroup(
    absl::string_view line,
    const absl::flat_hash_map<std::string, MilterService>& known) {
  std::vector<std::string> group;
  for (const absl::string_view word :
       absl::StrSplit(line, absl::ByAnyChar(" \t,"), absl::SkipEmpty())) {
    if (!known.contains(word)) {
      return absl::InvalidArgumentError(
          absl::StrCat("there is no filter ", word));
    }
    if (absl::c_linear_search(group, word)) {
      return absl::InvalidArgumentError(absl::StrCat(word, " is there twice"));
    }
    group.emplace_back(word);
  }
  if (group.empty()) return absl::InvalidArgumentError("no filter is named");
  return group;
}

}  // namespace postern::mta::filters
