#include "lib/table/result_text.h"

#include <algorithm>
#include <optional>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace postern::table {
namespace {

// Takes one or two digits off `rest`; 0 if there is no number from 1 to 99.
int TakeNumber(absl::string_view& rest) {
  int number = 0;
  size_t digits = 0;
  while (digits < rest.size() && absl::ascii_isdigit(rest[digits])) {
    if (digits == 2) return 0;
    number = number * 10 + (rest[digits] - '0');
    ++digits;
  }
  rest.remove_prefix(digits);
  return number;
}

// Takes "$1", "${1}" or "$(1)" off the beginning of `rest`, or "$$", which is
// group 0.
std::optional<int> TakeReference(absl::string_view& rest) {
  rest.remove_prefix(1);
  if (rest.empty()) return std::nullopt;
  const char open = rest.front();
  if (open == '$') {
    rest.remove_prefix(1);
    return 0;
  }
  const bool is_enclosed = open == '{' || open == '(';
  if (is_enclosed) rest.remove_prefix(1);
  const int group = TakeNumber(rest);
  if (group == 0) return std::nullopt;
  if (is_enclosed) {
    const char close = open == '{' ? '}' : ')';
    if (rest.empty() || rest.front() != close) return std::nullopt;
    rest.remove_prefix(1);
  }
  return group;
}

}  // namespace

absl::StatusOr<ResultText> ResultText::Parse(absl::string_view text) {
  ResultText result;
  result.pieces_.emplace_back();
  while (!text.empty()) {
    if (text.front() != '$') {
      result.pieces_.back().text += text.front();
      text.remove_prefix(1);
      continue;
    }
    const std::optional<int> group = TakeReference(text);
    if (!group.has_value()) {
      return absl::InvalidArgumentError("a lone \"$\"; write $$ for it");
    }
    if (*group == 0) {
      result.pieces_.back().text += '$';
      continue;
    }
    result.pieces_.back().group = *group;
    result.last_group_ = std::max(result.last_group_, *group);
    result.pieces_.emplace_back();
  }
  return result;
}

std::string ResultText::Fill(absl::Span<const absl::string_view> groups) const {
  std::string text;
  for (const Piece& piece : pieces_) {
    text += piece.text;
    if (piece.group > 0) absl::StrAppend(&text, groups[piece.group]);
  }
  return text;
}

}  // namespace postern::table
