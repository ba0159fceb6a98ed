#include "mta/restrictions/restriction.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "lib/base/printable.h"
#include "lib/base/status_macros.h"
#include "lib/config/duration.h"
#include "lib/net/ip.h"

namespace postern::mta::restrictions {
namespace {

using Kind = Restriction::Kind;

struct Name {
  absl::string_view name;
  Kind kind;
};
constexpr Name kNames[] = {
    {"permit", Kind::kPermit},
    {"reject", Kind::kReject},
    {"defer", Kind::kDefer},
    {"permit_mynetworks", Kind::kPermitMynetworks},
    {"permit_auth_destination", Kind::kPermitAuthDestination},
    {"reject_unauth_destination", Kind::kRejectUnauthDestination},
    {"check_policy_service", Kind::kCheckPolicyService},
};
constexpr absl::string_view kWarnIfReject = "warn_if_reject";

template <typename... Parts>
absl::Status Wrong(const Parts&... parts) {
  return absl::InvalidArgumentError(absl::StrCat(parts...));
}

// Takes the first word from the front of `text`.
absl::string_view TakeWord(absl::string_view& text) {
  const size_t end = std::min(text.find_first_of(" \t"), text.size());
  const absl::string_view word = text.substr(0, end);
  text = absl::StripAsciiWhitespace(text.substr(end));
  return word;
}

// The number of letters to add, take away or change.
size_t EditDistance(absl::string_view a, absl::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j < row.size(); ++j) row[j] = j;
  for (size_t i = 0; i < a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i + 1;
    for (size_t j = 0; j < b.size(); ++j) {
      const size_t change = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({change, row[j] + 1, diagonal + 1});
    }
  }
  return row.back();
}

std::string Suggestion(absl::string_view word) {
  absl::string_view best = kWarnIfReject;
  for (const Name& name : kNames) {
    if (EditDistance(word, name.name) < EditDistance(word, best)) {
      best = name.name;
    }
  }
  if (EditDistance(word, best) > best.size() / 2) return "";
  return absl::StrCat("; did you mean \"", best, "\"?");
}

absl::StatusOr<net::Endpoint> ParseService(absl::string_view text) {
  if (!absl::StartsWith(text, "inet:") && !absl::StartsWith(text, "unix:")) {
    return Wrong("\"", Printable(text),
                 "\" is not inet:host:port or unix:path");
  }
  ASSIGN_OR_RETURN(net::Endpoint endpoint, net::Endpoint::Parse(text));
  if (endpoint.is_unix()) return endpoint;
  if (endpoint.host == "localhost") endpoint.host = "127.0.0.1";
  if (!net::IpAddress::Parse(endpoint.host).ok()) {
    return Wrong("\"", Printable(text), "\": the host must be an address");
  }
  if (endpoint.port == 0) return Wrong("\"", Printable(text), "\": no port");
  return endpoint;
}

// "timeout=5s", "default_action=DUNNO", also with spaces around "=".
absl::Status ReadAttribute(absl::string_view text, Restriction& rule) {
  const std::pair<absl::string_view, absl::string_view> parts =
      absl::StrSplit(text, absl::MaxSplits('=', 1));
  const absl::string_view name = absl::StripAsciiWhitespace(parts.first);
  const absl::string_view value = absl::StripAsciiWhitespace(parts.second);
  if (name == "timeout") {
    ASSIGN_OR_RETURN(rule.timeout, config::ParseDuration(value));
    if (*rule.timeout <= absl::ZeroDuration()) {
      return Wrong("timeout must be positive");
    }
    return absl::OkStatus();
  }
  if (name == "default_action") {
    ASSIGN_OR_RETURN(rule.default_action, ParseDefaultAction(value));
    return absl::OkStatus();
  }
  return Wrong("\"", Printable(name), "\" is not timeout or default_action");
}

absl::Status ReadPolicyService(absl::string_view text, Restriction& rule) {
  if (text.empty()) return Wrong("needs inet:host:port or unix:path");
  if (!absl::ConsumePrefix(&text, "{")) {
    ASSIGN_OR_RETURN(rule.endpoint, ParseService(text));
    return absl::OkStatus();
  }
  if (!absl::ConsumeSuffix(&text, "}")) return Wrong("\"{\" is not closed");
  bool has_endpoint = false;
  for (absl::string_view part : absl::StrSplit(text, ',')) {
    part = absl::StripAsciiWhitespace(part);
    if (!has_endpoint) {
      ASSIGN_OR_RETURN(rule.endpoint, ParseService(part));
      has_endpoint = true;
    } else if (!part.empty()) {
      RETURN_IF_ERROR(ReadAttribute(part, rule));
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<policy::Verdict> ParseDefaultAction(absl::string_view text) {
  ASSIGN_OR_RETURN(policy::Verdict verdict, policy::ParseVerdict(text));
  if (verdict.kind == policy::Verdict::Kind::kRestrictions) {
    return Wrong("\"", Printable(text), "\" is not an action");
  }
  return verdict;
}

absl::string_view RestrictionName(Kind kind) {
  for (const Name& name : kNames) {
    if (name.kind == kind) return name.name;
  }
  return "";
}

absl::StatusOr<Restriction> ParseRestriction(absl::string_view text) {
  text = absl::StripAsciiWhitespace(text);
  Restriction rule;
  absl::string_view word = TakeWord(text);
  if (word == kWarnIfReject) {
    rule.warn_if_reject = true;
    word = TakeWord(text);
  }
  const Name* const found =
      std::find_if(std::begin(kNames), std::end(kNames),
                   [word](const Name& name) { return name.name == word; });
  if (word.empty()) {
    return Wrong(rule.warn_if_reject ? "warn_if_reject needs a restriction"
                                     : "empty restriction");
  }
  if (found == std::end(kNames)) {
    return Wrong("unknown restriction \"", Printable(word), "\"",
                 Suggestion(word));
  }
  rule.kind = found->kind;
  if (rule.kind == Kind::kCheckPolicyService) {
    const absl::Status read = ReadPolicyService(text, rule);
    if (!read.ok()) return Wrong("check_policy_service: ", read.message());
  } else if (!text.empty()) {
    return Wrong(found->name, " takes no argument: \"", Printable(text),
                 "\"; each restriction is a list entry of its own");
  }
  return rule;
}

}  // namespace postern::mta::restrictions
