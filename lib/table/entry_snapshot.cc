#include "lib/table/entry_snapshot.h"

#include <algorithm>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "lib/base/printable.h"
#include "lib/base/status_macros.h"
#include "lib/table/logical_line.h"

namespace postern::table {
namespace {

struct Key {
  std::string text;
  size_t bytes;  // That it takes in the line.
};

// Takes the key off the beginning of a line, and the quotes off the key.
std::optional<Key> KeyOf(absl::string_view line) {
  Key key = {"", 0};
  bool is_quoted = false;
  for (; key.bytes < line.size(); ++key.bytes) {
    const char c = line[key.bytes];
    if (c == '"') {
      is_quoted = !is_quoted;
      continue;
    }
    if (!is_quoted && absl::ascii_isspace(c)) break;
    if (c == '\\' && is_quoted && ++key.bytes == line.size()) break;
    key.text += line[key.bytes];
  }
  if (is_quoted) return std::nullopt;
  return key;
}

absl::Status InlineError(absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat("inline: ", what));
}

// Returns what stands between a pair of braces around all of `text`.
absl::string_view WithoutBraces(absl::string_view text) {
  if (text.size() < 2 || text.front() != '{' || text.back() != '}') return text;
  return absl::StripAsciiWhitespace(text.substr(1, text.size() - 2));
}

// Returns the bytes of the entry at the beginning of `text`: a word, or what
// stands in braces, which may hold further pairs. 0: the braces do not end.
size_t EntryBytes(absl::string_view text) {
  if (text.front() != '{') {
    return std::min(text.find_first_of(", \t\r\n"), text.size());
  }
  int depth = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '{') ++depth;
    if (text[i] == '}' && --depth == 0) return i + 1;
  }
  return 0;
}

absl::Status AddInline(absl::string_view entry, EntrySnapshot& snapshot) {
  const absl::string_view text = WithoutBraces(entry);
  const size_t equals = text.find('=');
  const absl::string_view key =
      absl::StripAsciiWhitespace(text.substr(0, equals));
  absl::string_view value;
  if (equals != text.npos) {
    value = absl::StripAsciiWhitespace(text.substr(equals + 1));
  }
  if (key.empty()) {
    return InlineError(absl::StrCat("\"", Printable(entry), "\" has no key"));
  }
  if (!snapshot.Add(key, value)) {
    return InlineError(absl::StrCat("\"", Printable(key), "\" has two values"));
  }
  return absl::OkStatus();
}

}  // namespace

bool EntrySnapshot::Add(absl::string_view key, absl::string_view value) {
  const auto [entry, is_new] =
      entries_.emplace(absl::AsciiStrToLower(key), value);
  return is_new || entry->second == value;
}

std::optional<std::string> EntrySnapshot::Find(absl::string_view key) const {
  const bool is_lower = std::none_of(
      key.begin(), key.end(), [](char c) { return absl::ascii_isupper(c); });
  const auto entry =
      is_lower ? entries_.find(key) : entries_.find(absl::AsciiStrToLower(key));
  if (entry == entries_.end()) return std::nullopt;
  return entry->second;
}

std::vector<Result> EntrySnapshot::Results() const {
  std::vector<Result> results;
  for (const auto& [key, value] : entries_) results.push_back({0, value});
  return results;
}

absl::StatusOr<std::unique_ptr<const Snapshot>> ParseHash(
    absl::string_view content, const std::string& path) {
  ASSIGN_OR_RETURN(const std::vector<LogicalLine> lines,
                   LogicalLines(content, path));
  auto snapshot = std::make_unique<EntrySnapshot>();
  for (const LogicalLine& line : lines) {
    const std::optional<Key> key = KeyOf(line.text);
    if (!key.has_value()) {
      return LineError(path, line.number, "the key's quotes do not end");
    }
    const absl::string_view value = absl::StripLeadingAsciiWhitespace(
        absl::string_view(line.text).substr(key->bytes));
    if (key->text.empty() || value.empty()) {
      return LineError(path, line.number, "\"key value\" is wanted here");
    }
    if (!snapshot->Add(key->text, value)) {
      return LineError(
          path, line.number,
          absl::StrCat("\"", Printable(key->text), "\" has two values"));
    }
  }
  return snapshot;
}

absl::StatusOr<std::unique_ptr<const Snapshot>> ParseInline(
    absl::string_view text) {
  absl::string_view rest = absl::StripAsciiWhitespace(text);
  if (!rest.empty() && rest.front() == '{') {
    if (EntryBytes(rest) != rest.size()) {
      return InlineError("the braces do not match");
    }
    rest = WithoutBraces(rest);
  }
  auto snapshot = std::make_unique<EntrySnapshot>();
  constexpr absl::string_view kBetween = ", \t\r\n";
  while (true) {
    rest.remove_prefix(std::min(rest.find_first_not_of(kBetween), rest.size()));
    if (rest.empty()) break;
    const size_t bytes = EntryBytes(rest);
    if (bytes == 0) return InlineError("the braces do not match");
    RETURN_IF_ERROR(AddInline(rest.substr(0, bytes), *snapshot));
    rest.remove_prefix(bytes);
  }
  return snapshot;
}

}  // namespace postern::table
