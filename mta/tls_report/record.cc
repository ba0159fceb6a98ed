#include "mta/tls_report/record.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "lib/base/printable.h"
#include "lib/base/status_macros.h"
#include "lib/https/target.h"
#include "lib/mail/address.h"

namespace postern::mta::tls_report {
namespace {

constexpr char kVersion[] = "v=TLSRPTv1";
constexpr char kPrefix[] = "_smtp._tls.";
constexpr size_t kMaxRecordBytes = 4096;
constexpr size_t kMaxNameBytes = 32;

absl::Status Invalid(absl::string_view text, absl::string_view why) {
  return absl::InvalidArgumentError(
      absl::StrCat("\"", Printable(text), "\" ", why));
}

// WSP of RFC 5234.
absl::string_view Trimmed(absl::string_view text) {
  while (absl::ConsumePrefix(&text, " ") || absl::ConsumePrefix(&text, "\t")) {
  }
  while (absl::ConsumeSuffix(&text, " ") || absl::ConsumeSuffix(&text, "\t")) {
  }
  return text;
}

// tlsrpt-ext-name.
bool IsFieldName(absl::string_view name) {
  return !name.empty() && name.size() <= kMaxNameBytes &&
         absl::ascii_isalnum(name.front()) &&
         std::all_of(name.begin(), name.end(), [](unsigned char c) {
           return absl::ascii_isalnum(c) || c == '_' || c == '-' || c == '.';
         });
}

// Returns `text` without its %XX; nullopt: something else follows a %.
std::optional<std::string> PercentDecoded(absl::string_view text) {
  std::string decoded;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded += text[i];
      continue;
    }
    if (i + 2 >= text.size() || !absl::ascii_isxdigit(text[i + 1]) ||
        !absl::ascii_isxdigit(text[i + 2])) {
      return std::nullopt;
    }
    decoded += absl::HexStringToBytes(text.substr(i + 1, 2));
    i += 2;
  }
  return decoded;
}

std::optional<Destination> ParseMailto(absl::string_view text) {
  // Several addresses, header fields, a fragment: RFC 6068 has them, reports do
  // not need them.
  if (text.find_first_of(",?#") != text.npos) return std::nullopt;
  const std::optional<std::string> decoded = PercentDecoded(text);
  if (!decoded) return std::nullopt;
  const auto address = mail::Address::Parse(*decoded);
  if (!address.ok() || address->domain.empty() ||
      absl::StartsWith(address->domain, "[")) {
    return std::nullopt;
  }
  return Destination{Destination::Kind::kMail, address->ToString()};
}

// nullopt: nothing that reports go to.
std::optional<Destination> ParseUri(absl::string_view uri) {
  constexpr absl::string_view kMailto = "mailto:";
  if (absl::StartsWithIgnoreCase(uri, kMailto)) {
    return ParseMailto(uri.substr(kMailto.size()));
  }
  const absl::StatusOr<https::Target> target = https::ParseTarget(uri);
  if (!target.ok()) return std::nullopt;
  return Destination{Destination::Kind::kHttps, target->uri};
}

void AddDestinations(absl::string_view uris, std::vector<Destination>& found) {
  for (const absl::string_view uri : absl::StrSplit(uris, ',')) {
    const std::optional<Destination> one = ParseUri(Trimmed(uri));
    if (!one || std::find(found.begin(), found.end(), *one) != found.end()) {
      continue;
    }
    if (found.size() == kMaxDestinations) return;
    found.push_back(*one);
  }
}

bool HasVersion(absl::string_view text) {
  return absl::ConsumePrefix(&text, kVersion) &&
         absl::StartsWith(Trimmed(text), ";");
}

}  // namespace

absl::StatusOr<std::vector<Destination>> ParseRecord(absl::string_view text) {
  if (text.size() > kMaxRecordBytes) return Invalid(text, "is too long");
  if (!HasVersion(text)) {
    return Invalid(text, absl::StrCat("does not begin with ", kVersion, ";"));
  }
  std::vector<absl::string_view> fields = absl::StrSplit(text, ';');
  if (Trimmed(fields.back()).empty()) fields.pop_back();
  std::vector<Destination> found;
  bool has_rua = false;
  for (size_t i = 1; i < fields.size(); ++i) {
    const std::pair<absl::string_view, absl::string_view> field =
        absl::StrSplit(Trimmed(fields[i]), absl::MaxSplits('=', 1));
    if (!IsFieldName(field.first) || field.second.empty()) {
      return Invalid(fields[i], "is no field");
    }
    if (field.first != "rua") continue;
    has_rua = true;
    AddDestinations(field.second, found);
  }
  if (!has_rua) return Invalid(text, "has no rua");
  return found;
}

net::Task<absl::StatusOr<std::vector<Destination>>> FindDestinations(
    dns::Resolver& resolver, std::string domain, net::Deadline deadline) {
  std::string name = absl::StrCat(kPrefix, domain);
  CO_ASSIGN_OR_RETURN(
      const dns::Answer answer,
      co_await resolver.Resolve(std::move(name), dns::Type::kTxt, deadline));
  std::vector<std::string> records;
  for (const dns::Txt& txt : dns::RecordsOf<dns::Txt>(answer)) {
    std::string text = txt.Joined();
    if (HasVersion(text)) records.push_back(std::move(text));
  }
  std::vector<Destination> found;
  if (records.size() != 1) co_return found;
  absl::StatusOr<std::vector<Destination>> parsed = ParseRecord(records[0]);
  if (parsed.ok()) found = *std::move(parsed);
  co_return found;
}

}  // namespace postern::mta::tls_report
