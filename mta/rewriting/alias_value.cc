#include "mta/rewriting/alias_value.h"

#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "lib/base/printable.h"
#include "lib/base/status_macros.h"
#include "mta/rewriting/address_text.h"

namespace postern::mta::rewriting {
namespace {

using Kind = AliasItem::Kind;

// Splits at the commas that are not inside quotes.
std::vector<absl::string_view> Split(absl::string_view value) {
  std::vector<absl::string_view> parts;
  size_t begin = 0;
  bool is_quoted = false;
  for (size_t i = 0; i < value.size(); ++i) {
    if (value[i] == '\\') {
      ++i;
    } else if (value[i] == '"') {
      is_quoted = !is_quoted;
    } else if (value[i] == ',' && !is_quoted) {
      parts.push_back(value.substr(begin, i - begin));
      begin = i + 1;
    }
  }
  parts.push_back(value.substr(begin));
  return parts;
}

// Takes the quotes off an item that stands in them as a whole.
std::string Unquoted(absl::string_view item) {
  if (item.size() < 2 || item.front() != '"' || item.back() != '"') {
    return std::string(item);
  }
  std::string text;
  for (size_t i = 1; i + 1 < item.size(); ++i) {
    if (item[i] == '\\' && i + 2 < item.size()) ++i;
    text += item[i];
  }
  return text;
}

std::optional<AliasItem> Special(absl::string_view item) {
  const std::string whole = Unquoted(item);
  absl::string_view text = whole;
  AliasItem special;
  if (absl::ConsumePrefix(&text, ":include:")) {
    special.kind = Kind::kInclude;
  } else if (absl::ConsumePrefix(&text, "|")) {
    special.kind = Kind::kCommand;
  } else if (absl::StartsWith(text, "/")) {
    special.kind = Kind::kFile;
  } else {
    return std::nullopt;
  }
  special.text = std::string(absl::StripAsciiWhitespace(text));
  return special;
}

absl::Status AddItem(absl::string_view item, std::vector<AliasItem>& items) {
  if (std::optional<AliasItem> special = Special(item)) {
    if (special->text.empty()) {
      return absl::InvalidArgumentError(
          absl::StrCat("\"", Printable(item), "\" names nothing"));
    }
    items.push_back(*std::move(special));
    return absl::OkStatus();
  }
  std::vector<FoundAddress> found = FindAddresses(item, Between::kCommaOrBlank);
  if (found.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat("\"", Printable(item), "\" is not an address"));
  }
  for (FoundAddress& one : found) {
    items.push_back({Kind::kAddress, std::move(one.address), ""});
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::vector<AliasItem>> ParseAliasValue(
    absl::string_view value) {
  std::vector<AliasItem> items;
  for (absl::string_view item : Split(value)) {
    item = absl::StripAsciiWhitespace(item);
    if (!item.empty()) RETURN_IF_ERROR(AddItem(item, items));
  }
  return items;
}

absl::StatusOr<std::vector<AliasItem>> ParseInclude(absl::string_view content) {
  std::vector<AliasItem> items;
  for (absl::string_view line : absl::StrSplit(content, '\n')) {
    line = absl::StripAsciiWhitespace(line);
    if (absl::StartsWith(line, "#")) continue;
    ASSIGN_OR_RETURN(std::vector<AliasItem> more, ParseAliasValue(line));
    for (AliasItem& item : more) items.push_back(std::move(item));
  }
  return items;
}

}  // namespace postern::mta::rewriting
