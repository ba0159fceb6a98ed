#include "lib/table/delimited_pattern.h"

#include <algorithm>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "lib/base/printable.h"

namespace postern::table {
namespace {

// Returns the index of the delimiter that ends the pattern.
size_t DelimiterAt(absl::string_view text) {
  for (size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == text[0]) {
      return i;
    }
  }
  return text.npos;
}

}  // namespace

size_t DelimitedBytes(absl::string_view text) {
  const bool is_delimited =
      absl::ascii_ispunct(text.front()) && text.front() != '\\';
  const size_t end = is_delimited ? DelimiterAt(text) : text.npos;
  if (end == text.npos) return 0;
  return std::min(text.find_first_of(" \t\r", end), text.size());
}

DelimitedPattern SplitPattern(absl::string_view pattern) {
  const size_t end = DelimiterAt(pattern);
  return {.expression = pattern.substr(1, end - 1),
          .flags = pattern.substr(end + 1)};
}

absl::Status UnknownFlag(char flag) {
  return absl::InvalidArgumentError(
      absl::StrCat("unknown flag \"", Printable(std::string(1, flag)), "\""));
}

}  // namespace postern::table
