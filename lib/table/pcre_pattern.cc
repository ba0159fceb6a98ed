#include "lib/table/pcre_pattern.h"

#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "lib/base/printable.h"
#include "lib/base/status_macros.h"

namespace postern::table {
namespace {

absl::Status Inexpressible(absl::string_view what, absl::string_view why) {
  return absl::InvalidArgumentError(
      absl::StrCat("\"", Printable(what), "\" ", why));
}

// Escapes that RE2 lacks or reads otherwise. A set can stand inside brackets
// as well.
struct Escape {
  char name;
  absl::string_view text;
  bool is_set;
};
constexpr Escape kEscapes[] = {
    {'s', "\\s\\x0b", true},
    {'h', "\\t\\x20\\xa0", true},
    {'v', "\\n\\x0b\\f\\r\\x85", true},
    {'e', "\\x1b", true},
    {'S', "[^\\s\\x0b]", false},
    {'H', "[^\\t\\x20\\xa0]", false},
    {'V', "[^\\n\\x0b\\f\\r\\x85]", false},
    {'N', "[^\\n]", false},
    {'R', "(?:\\r\\n|[\\n\\x0b\\f\\r\\x85])", false},
    {'Z', "(?:\\n?\\z)", false},
};

const Escape* EscapeOf(char name) {
  for (const Escape& escape : kEscapes) {
    if (escape.name == name) return &escape;
  }
  return nullptr;
}

// Takes "\Q…\E" off `rest`; without "\E" it goes to the end.
std::string TakeQuoted(absl::string_view& rest) {
  rest.remove_prefix(2);
  const size_t end = rest.find("\\E");
  const absl::string_view quoted = rest.substr(0, end);
  rest.remove_prefix(end == rest.npos ? rest.size() : end + 2);
  std::string text;
  for (const char c : quoted) {
    if (absl::ascii_ispunct(c)) text += '\\';
    text += c;
  }
  return text;
}

// Takes a backslash and what it escapes off `rest`, outside brackets.
absl::StatusOr<std::string> TakeEscape(absl::string_view& rest) {
  if (rest.size() < 2) return Inexpressible(rest, "at the end");
  const absl::string_view escape = rest.substr(0, 2);
  const char name = escape[1];
  if (name == 'Q') return TakeQuoted(rest);
  rest.remove_prefix(2);
  if (name == 'E') return std::string();  // The end of nothing.
  if (name >= '1' && name <= '9') {
    return Inexpressible(escape, "is a back-reference, which RE2 has not");
  }
  const Escape* const known = EscapeOf(name);
  if (known == nullptr) return std::string(escape);
  if (!known->is_set) return std::string(known->text);
  return absl::StrCat("[", known->text, "]");
}

// The same inside brackets.
absl::StatusOr<std::string> TakeBracketEscape(absl::string_view& rest) {
  if (rest.size() < 2) return Inexpressible(rest, "at the end");
  const absl::string_view escape = rest.substr(0, 2);
  rest.remove_prefix(2);
  if (escape[1] == 'b') return std::string("\\x08");
  const Escape* const known = EscapeOf(escape[1]);
  if (known != nullptr && known->is_set) return std::string(known->text);
  if (known != nullptr || escape[1] == 'Q' || escape[1] == 'E' ||
      (escape[1] >= '1' && escape[1] <= '9')) {
    return Inexpressible(escape, "inside brackets cannot be expressed");
  }
  return std::string(escape);
}

// Takes "[[:alpha:]" or a lone "[" inside brackets off `rest`.
absl::StatusOr<std::string> TakeClass(absl::string_view& rest) {
  const char kind = rest.size() > 1 ? rest[1] : '\0';
  if (kind == '.' || kind == '=') {
    return Inexpressible(rest.substr(0, 2),
                         "inside brackets cannot be expressed");
  }
  const size_t end = kind == ':' ? rest.find(":]") : rest.npos;
  const size_t bytes = end == rest.npos ? 1 : end + 2;
  const absl::string_view name = rest.substr(0, bytes);
  rest.remove_prefix(bytes);
  return bytes == 1 ? std::string("\\[") : std::string(name);
}

// Takes "[…]" off `rest`.
absl::StatusOr<std::string> TakeBrackets(absl::string_view& rest) {
  std::string text = "[";
  rest.remove_prefix(1);
  if (absl::ConsumePrefix(&rest, "^")) text += '^';
  if (absl::ConsumePrefix(&rest, "]")) text += "\\]";
  while (!rest.empty()) {
    const char c = rest.front();
    if (c == ']') {
      rest.remove_prefix(1);
      return text + ']';
    }
    if (c == '\\') {
      ASSIGN_OR_RETURN(const std::string escape, TakeBracketEscape(rest));
      text += escape;
    } else if (c == '[') {
      ASSIGN_OR_RETURN(const std::string name, TakeClass(rest));
      text += name;
    } else {
      text += c;
      rest.remove_prefix(1);
    }
  }
  return Inexpressible("[", "does not end");
}

// Takes one element off `rest`, which is not empty.
absl::StatusOr<std::string> TakeElement(absl::string_view& rest) {
  if (rest.front() == '\\') return TakeEscape(rest);
  if (rest.front() == '[') return TakeBrackets(rest);
  if (absl::StartsWith(rest, "(?<") && !absl::StartsWith(rest, "(?<=") &&
      !absl::StartsWith(rest, "(?<!")) {
    rest.remove_prefix(3);
    return std::string("(?P<");
  }
  const std::string text(rest.substr(0, 1));
  rest.remove_prefix(1);
  return text;
}

}  // namespace

absl::StatusOr<std::string> PcreToRe2(absl::string_view pattern,
                                      bool is_extended) {
  std::string text;
  absl::string_view rest = pattern;
  while (!rest.empty()) {
    if (is_extended && rest.front() == '#') {
      rest.remove_prefix(std::min(rest.find('\n'), rest.size()));
      continue;
    }
    if (is_extended && absl::ascii_isspace(rest.front())) {
      rest.remove_prefix(1);
      continue;
    }
    ASSIGN_OR_RETURN(const std::string element, TakeElement(rest));
    text += element;
  }
  return text;
}

}  // namespace postern::table
