#include "mta/restrictions/restriction_words.h"

#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/match.h"

namespace postern::mta::restrictions {
namespace {

constexpr absl::string_view kBetween = ", \t\r\n";
constexpr int kMaxDepth = 8;

// Returns the size of the word at the beginning; 0: a "{" has no "}". A word
// that begins with a brace ends with its fellow.
size_t WordBytes(absl::string_view text) {
  int depth = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '{' && ++depth > kMaxDepth) return 0;
    if (text[i] == '}' && depth > 0 && --depth == 0 && text[0] == '{') {
      return i + 1;
    }
    if (depth == 0 && absl::StrContains(kBetween, text[i])) return i;
  }
  return depth == 0 ? text.size() : 0;
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

}  // namespace

absl::StatusOr<std::vector<std::string>> RestrictionWords(
    absl::string_view text) {
  std::vector<std::string> words;
  while (true) {
    text.remove_prefix(std::min(text.find_first_not_of(kBetween), text.size()));
    if (text.empty()) return words;
    const size_t size = WordBytes(text);
    if (size == 0) return absl::InvalidArgumentError("\"{\" is not closed");
    if (words.size() == kMaxWords) {
      return absl::InvalidArgumentError("too many words");
    }
    words.emplace_back(text.substr(0, size));
    text.remove_prefix(size);
  }
}

std::string MostLike(absl::string_view word,
                     const std::vector<absl::string_view>& names) {
  absl::string_view best;
  for (const absl::string_view name : names) {
    if (best.empty() || EditDistance(word, name) < EditDistance(word, best)) {
      best = name;
    }
  }
  if (EditDistance(word, best) > best.size() / 2) return "";
  return std::string(best);
}

}  // namespace postern::mta::restrictions
