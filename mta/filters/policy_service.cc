#include "mta/filters/policy_service.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "lib/base/printable.h"
#include "lib/base/status_macros.h"
#include "lib/config/config.h"
#include "lib/config/duration.h"

namespace postern::mta::filters {
namespace {

template <typename... Parts>
absl::Status Wrong(const Parts&... parts) {
  return absl::InvalidArgumentError(absl::StrCat(parts...));
}

absl::Status ReadDuration(absl::string_view value, absl::Duration& field) {
  ASSIGN_OR_RETURN(field, config::ParseDuration(value));
  if (field <= absl::ZeroDuration()) return Wrong("must be positive");
  return absl::OkStatus();
}

absl::Status ReadNumber(absl::string_view value, uint32_t at_least,
                        uint32_t& field) {
  if (!absl::SimpleAtoi(value, &field) || field < at_least) {
    return Wrong("must be a number of at least ", at_least);
  }
  return absl::OkStatus();
}

absl::Status ReadAttribute(absl::string_view name, absl::string_view value,
                           PolicyService& service) {
  if (name == "timeout") return ReadDuration(value, service.timeout);
  if (name == "max_idle") return ReadDuration(value, service.max_idle);
  if (name == "max_ttl") return ReadDuration(value, service.max_ttl);
  if (name == "retry_delay") return ReadDuration(value, service.retry_delay);
  if (name == "request_limit") {
    return ReadNumber(value, 0, service.request_limit);
  }
  if (name == "try_limit") return ReadNumber(value, 1, service.try_limit);
  if (name == "policy_context") {
    service.policy_context = std::string(value);
    return absl::OkStatus();
  }
  if (name == "default_action") {
    ASSIGN_OR_RETURN(service.default_action, ParseDefaultAction(value));
    return absl::OkStatus();
  }
  return Wrong(
      "is none of timeout, default_action, max_idle, max_ttl, request_limit, "
      "try_limit, retry_delay and policy_context");
}

absl::Status ReadEndpoint(absl::string_view text, PolicyService& service) {
  if (!absl::StartsWith(text, "inet:") && !absl::StartsWith(text, "unix:")) {
    return Wrong("\"", Printable(text),
                 "\" is not inet:host:port or unix:/path");
  }
  ASSIGN_OR_RETURN(net::Endpoint endpoint, net::Endpoint::Parse(text));
  if (!endpoint.is_unix()) {
    if (endpoint.host == "localhost") endpoint.host = "127.0.0.1";
    if (endpoint.port == 0) return Wrong("\"", Printable(text), "\": no port");
  }
  std::vector<net::Endpoint>& all = service.endpoints;
  if (std::find(all.begin(), all.end(), endpoint) != all.end()) {
    return Wrong("\"", Printable(text), "\" stands there twice");
  }
  if (all.size() == kMaxPolicyEndpoints) {
    return Wrong("more than ", kMaxPolicyEndpoints, " endpoints");
  }
  all.push_back(std::move(endpoint));
  return absl::OkStatus();
}

// Reads one part of the list: "name=value", or endpoints with spaces between
// them.
absl::Status ReadPart(absl::string_view part, PolicyService& service) {
  part = absl::StripAsciiWhitespace(part);
  if (absl::ConsumePrefix(&part, "{")) {
    if (!absl::ConsumeSuffix(&part, "}")) return Wrong("\"}\" expected");
    part = absl::StripAsciiWhitespace(part);
  }
  while (!part.empty()) {
    const size_t end = std::min(part.find_first_of(" \t\r\n="), part.size());
    const absl::string_view word = part.substr(0, end);
    const absl::string_view rest = absl::StripAsciiWhitespace(part.substr(end));
    if (!rest.empty() && rest.front() == '=') {
      const absl::Status read = ReadAttribute(
          word, absl::StripAsciiWhitespace(rest.substr(1)), service);
      if (!read.ok())
        return Wrong("\"", Printable(word), "\" ", read.message());
      return absl::OkStatus();
    }
    RETURN_IF_ERROR(ReadEndpoint(word, service));
    part = rest;
  }
  return absl::OkStatus();
}

// Cuts the next part off, up to a comma that stands in no braces.
absl::StatusOr<absl::string_view> TakePart(absl::string_view& list) {
  int depth = 0;
  size_t end = 0;
  for (; end < list.size(); ++end) {
    if (list[end] == '{') ++depth;
    if (list[end] == '}' && --depth < 0) return Wrong("\"}\" without \"{\"");
    if (list[end] == ',' && depth == 0) break;
  }
  if (depth != 0) return Wrong("\"{\" is not closed");
  const absl::string_view part = list.substr(0, end);
  list.remove_prefix(std::min(end + 1, list.size()));
  return part;
}

}  // namespace

std::string PolicyService::Name() const {
  return absl::StrJoin(endpoints, ",",
                       [](std::string* out, const net::Endpoint& endpoint) {
                         *out += endpoint.ToString();
                       });
}

absl::StatusOr<policy::Verdict> ParseDefaultAction(absl::string_view text) {
  ASSIGN_OR_RETURN(policy::Verdict verdict, policy::ParseVerdict(text));
  if (verdict.kind == policy::Verdict::Kind::kRestrictions) {
    return Wrong("\"", Printable(text), "\" is not an action");
  }
  return verdict;
}

absl::StatusOr<PolicyService> UsualPolicyService(
    const config::v1::Mta& config) {
  PolicyService usual;
  usual.timeout = config::FromProto(config.smtpd_policy_service_timeout());
  absl::StatusOr<policy::Verdict> action =
      ParseDefaultAction(config.smtpd_policy_service_default_action());
  if (!action.ok()) {
    return Wrong("smtpd_policy_service_default_action: ",
                 action.status().message());
  }
  usual.default_action = *std::move(action);
  usual.max_idle = config::FromProto(config.smtpd_policy_service_max_idle());
  usual.max_ttl = config::FromProto(config.smtpd_policy_service_max_ttl());
  usual.request_limit = config.smtpd_policy_service_request_limit();
  usual.try_limit =
      std::max<uint32_t>(1, config.smtpd_policy_service_try_limit());
  usual.retry_delay =
      config::FromProto(config.smtpd_policy_service_retry_delay());
  usual.policy_context = config.smtpd_policy_service_policy_context();
  return usual;
}

absl::StatusOr<PolicyService> ParsePolicyService(absl::string_view text,
                                                 PolicyService usual) {
  PolicyService service = std::move(usual);
  text = absl::StripAsciiWhitespace(text);
  if (!absl::ConsumePrefix(&text, "{")) {
    if (text.empty()) return Wrong("needs inet:host:port or unix:/path");
    RETURN_IF_ERROR(ReadEndpoint(text, service));
    return service;
  }
  if (!absl::ConsumeSuffix(&text, "}")) return Wrong("\"{\" is not closed");
  while (!text.empty()) {
    ASSIGN_OR_RETURN(const absl::string_view part, TakePart(text));
    RETURN_IF_ERROR(ReadPart(part, service));
  }
  if (service.endpoints.empty()) {
    return Wrong("needs inet:host:port or unix:/path");
  }
  return service;
}

}  // namespace postern::mta::filters
