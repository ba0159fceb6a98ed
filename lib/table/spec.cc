#include "lib/table/spec.h"

#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "lib/base/printable.h"

namespace postern::table {
namespace {

constexpr absl::string_view kSeparators = ", \t\r\n";

absl::Status BadList(const Spec& spec, absl::string_view what) {
  return absl::InvalidArgumentError(
      absl::StrCat("\"", Printable(spec.text), "\": ", what, "; ",
                   Printable(spec.kind), ":{table, table} is wanted"));
}

// Takes the text before the next separator outside braces off `rest`.
absl::string_view TakeElement(absl::string_view& rest) {
  int depth = 0;
  size_t end = 0;
  for (; end < rest.size(); ++end) {
    if (rest[end] == '{') ++depth;
    if (rest[end] == '}') --depth;
    if (depth == 0 && kSeparators.find(rest[end]) != kSeparators.npos) break;
  }
  const absl::string_view element = rest.substr(0, end);
  rest.remove_prefix(end);
  return element;
}

// Returns whether each "}" closes a "{" and the first is closed by the last.
bool IsEnclosed(absl::string_view text) {
  int depth = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '{') ++depth;
    if (text[i] == '}') --depth;
    if (depth <= 0 && i + 1 < text.size()) return false;
  }
  return !text.empty() && depth == 0;
}

}  // namespace

absl::StatusOr<Spec> ParseSpec(absl::string_view text) {
  const size_t colon = text.find(':');
  if (colon == text.npos || colon == 0) return NotATable(text);
  return Spec{.text = text,
              .kind = text.substr(0, colon),
              .rest = text.substr(colon + 1)};
}

absl::StatusOr<std::vector<std::string>> NestedSpecs(const Spec& spec) {
  absl::string_view list = absl::StripAsciiWhitespace(spec.rest);
  if (!IsEnclosed(list)) return BadList(spec, "the braces do not match");
  list = list.substr(1, list.size() - 2);
  std::vector<std::string> nested;
  while (true) {
    list.remove_prefix(
        std::min(list.find_first_not_of(kSeparators), list.size()));
    if (list.empty()) break;
    nested.emplace_back(TakeElement(list));
  }
  if (nested.empty()) return BadList(spec, "there is no table inside");
  return nested;
}

absl::Status NotATable(absl::string_view text) {
  return absl::InvalidArgumentError(absl::StrCat(
      "\"", Printable(text),
      "\" is not a table: hash:/path, texthash:/path, cidr:/path, "
      "regexp:/path, pcre:/path, static:value, inline:{key=value}, "
      "redis:name, unionmap:{table, table}, pipemap:{table, table} or "
      "fail:text is wanted"));
}

}  // namespace postern::table
