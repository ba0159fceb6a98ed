#include "mta/routing/sts_policy.h"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <map>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "lib/base/printable.h"
#include "lib/base/status_macros.h"
#include "lib/dns/name.h"

namespace postern::mta::routing {
namespace {

constexpr absl::string_view kModes[] = {"none", "testing", "enforce"};
constexpr absl::string_view kWildcard = "*.";
constexpr int64_t kMostSeconds = 31557600;
constexpr size_t kMaxIdBytes = 32;

absl::Status Wrong(absl::string_view what, absl::string_view text) {
  return absl::InvalidArgumentError(
      absl::StrCat(what, " \"", Printable(text), "\""));
}

absl::Status AddMx(absl::string_view text, StsPolicy& policy) {
  const absl::string_view host = absl::StripPrefix(text, kWildcard);
  if (!dns::IsHostName(host)) return Wrong("no pattern for hosts:", text);
  std::string pattern = absl::StrCat(host.size() < text.size() ? kWildcard : "",
                                     dns::Normalized(host));
  policy.mx.push_back(std::move(pattern));
  return absl::OkStatus();
}

absl::Status SetMode(absl::string_view text, StsPolicy& policy) {
  const auto* mode = std::find(std::begin(kModes), std::end(kModes), text);
  if (mode == std::end(kModes)) return Wrong("no such mode:", text);
  policy.mode = static_cast<StsPolicy::Mode>(mode - std::begin(kModes));
  return absl::OkStatus();
}

absl::Status SetMaxAge(absl::string_view text, StsPolicy& policy) {
  const bool is_number =
      !text.empty() && text.size() <= 10 &&
      std::all_of(text.begin(), text.end(), absl::ascii_isdigit);
  int64_t seconds = 0;
  if (!is_number || !absl::SimpleAtoi(text, &seconds)) {
    return Wrong("no such max_age:", text);
  }
  policy.max_age = absl::Seconds(std::min(seconds, kMostSeconds));
  return absl::OkStatus();
}

// The fields that may stand there once.
using Fields = std::map<absl::string_view, absl::string_view>;

absl::StatusOr<absl::string_view> Required(const Fields& fields,
                                           absl::string_view key) {
  const auto found = fields.find(key);
  if (found != fields.end()) return found->second;
  return absl::InvalidArgumentError(absl::StrCat(key, " is missing"));
}

}  // namespace

bool StsPolicy::Names(absl::string_view host) const {
  const std::string name = dns::Normalized(host);
  const size_t dot = name.find('.');
  const std::string wild =
      dot == name.npos ? "" : absl::StrCat("*", name.substr(dot));
  return std::any_of(mx.begin(), mx.end(), [&](const std::string& pattern) {
    return pattern == name || pattern == wild;
  });
}

std::vector<std::string> StsPolicy::ToLines() const {
  std::vector<std::string> lines = {
      "version: STSv1",
      absl::StrCat("mode: ", kModes[static_cast<size_t>(mode)])};
  for (const std::string& one : mx) lines.push_back(absl::StrCat("mx: ", one));
  lines.push_back(absl::StrCat("max_age: ", absl::ToInt64Seconds(max_age)));
  return lines;
}

absl::StatusOr<StsPolicy> ParseStsPolicy(absl::string_view file) {
  if (file.size() > StsPolicy::kMaxBytes) {
    return absl::InvalidArgumentError("it is larger than 64 KiB");
  }
  StsPolicy policy;
  Fields fields;
  for (const absl::string_view whole : absl::StrSplit(file, '\n')) {
    const absl::string_view line = absl::StripAsciiWhitespace(whole);
    if (line.empty()) continue;
    const std::pair<absl::string_view, absl::string_view> field =
        absl::StrSplit(line, absl::MaxSplits(':', 1));
    if (field.first.size() == line.size()) return Wrong("no field:", line);
    const absl::string_view value = absl::StripAsciiWhitespace(field.second);
    if (field.first == "mx") {
      RETURN_IF_ERROR(AddMx(value, policy));
    } else {
      fields.emplace(field.first, value);
    }
  }
  ASSIGN_OR_RETURN(const absl::string_view version,
                   Required(fields, "version"));
  if (version != "STSv1") return Wrong("no such version:", version);
  ASSIGN_OR_RETURN(const absl::string_view mode, Required(fields, "mode"));
  RETURN_IF_ERROR(SetMode(mode, policy));
  ASSIGN_OR_RETURN(const absl::string_view age, Required(fields, "max_age"));
  RETURN_IF_ERROR(SetMaxAge(age, policy));
  if (policy.mx.empty() && policy.mode != StsPolicy::Mode::kNone) {
    return absl::InvalidArgumentError("mx is missing");
  }
  return policy;
}

std::optional<std::string> StsIdOf(const dns::Answer& answer) {
  std::optional<std::string> record;
  for (const dns::Txt& txt : dns::RecordsOf<dns::Txt>(answer)) {
    std::string text = txt.Joined();
    const std::vector<absl::string_view> parts =
        absl::StrSplit(text, absl::MaxSplits(';', 1));
    if (absl::StripTrailingAsciiWhitespace(parts[0]) != "v=STSv1") continue;
    if (record.has_value()) return std::nullopt;
    record = std::move(text);
  }
  if (!record.has_value()) return std::nullopt;
  for (absl::string_view field : absl::StrSplit(*record, ';')) {
    field = absl::StripAsciiWhitespace(field);
    if (!absl::ConsumePrefix(&field, "id=")) continue;
    const bool is_id =
        !field.empty() && field.size() <= kMaxIdBytes &&
        std::all_of(field.begin(), field.end(), absl::ascii_isalnum);
    if (is_id) return std::string(field);
    return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace postern::mta::routing
