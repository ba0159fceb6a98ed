#include "lib/table/posix_pattern.h"

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "lib/base/printable.h"
#include "lib/base/status_macros.h"

namespace postern::table {
namespace {

absl::Status Inexpressible(absl::string_view what, absl::string_view why) {
  return absl::InvalidArgumentError(
      absl::StrCat("\"", Printable(what), "\" ", why));
}

// Takes a backslash and what it escapes off `rest`.
absl::StatusOr<absl::string_view> TakeEscape(absl::string_view& rest) {
  const absl::string_view escape = rest.substr(0, 2);
  rest.remove_prefix(escape.size());
  if (escape.size() < 2) return Inexpressible(escape, "at the end");
  const char c = escape[1];
  if (c >= '1' && c <= '9') {
    return Inexpressible(escape, "is a back-reference, which RE2 has not");
  }
  if (absl::string_view("<>`'").find(c) != absl::string_view::npos) {
    return Inexpressible(escape, "cannot be expressed; use \\b, ^ or $");
  }
  if (absl::ascii_isalnum(c) &&
      absl::string_view("wWsSbBdD").find(c) == absl::string_view::npos) {
    return Inexpressible(escape, "has no meaning in a POSIX expression");
  }
  return escape;
}

// Takes "[:alpha:]" off `rest`.
absl::StatusOr<absl::string_view> TakeClass(absl::string_view& rest) {
  if (!absl::StartsWith(rest, "[:")) {
    return Inexpressible(rest.substr(0, 2),
                         "inside brackets cannot be expressed");
  }
  const size_t end = rest.find(":]");
  if (end == rest.npos) return Inexpressible("[:", "does not end");
  const absl::string_view name = rest.substr(0, end + 2);
  rest.remove_prefix(name.size());
  return name;
}

// Takes "[^]a\-z]" off `rest`: inside, a backslash escapes nothing, and a "]"
// in the first place is one of the characters.
absl::StatusOr<std::string> TakeBrackets(absl::string_view& rest) {
  std::string text = "[";
  rest.remove_prefix(1);
  if (absl::StartsWith(rest, "^")) {
    text += '^';
    rest.remove_prefix(1);
  }
  for (bool is_first = true; !rest.empty(); is_first = false) {
    const char c = rest.front();
    if (c == ']' && !is_first) {
      rest.remove_prefix(1);
      return text + ']';
    }
    const char next = rest.size() > 1 ? rest[1] : '\0';
    if (c == '[' && (next == ':' || next == '.' || next == '=')) {
      ASSIGN_OR_RETURN(const absl::string_view name, TakeClass(rest));
      absl::StrAppend(&text, name);
      continue;
    }
    if (c == '[' || c == ']' || c == '\\' || c == '^') text += '\\';
    text += c;
    rest.remove_prefix(1);
  }
  return Inexpressible("[", "does not end");
}

}  // namespace

absl::StatusOr<std::string> PosixToRe2(absl::string_view pattern) {
  std::string text;
  absl::string_view rest = pattern;
  char before = '\0';  // The operator before, if it was one.
  while (!rest.empty()) {
    const char c = rest.front();
    if (c == '\\') {
      ASSIGN_OR_RETURN(const absl::string_view escape, TakeEscape(rest));
      absl::StrAppend(&text, escape);
      before = '\0';
      continue;
    }
    if (c == '[') {
      ASSIGN_OR_RETURN(const std::string brackets, TakeBrackets(rest));
      text += brackets;
      before = '\0';
      continue;
    }
    if (c == '?' && (before == '+' || before == '}')) {
      return Inexpressible(absl::StrCat(std::string(1, before), "?"),
                           "is ambiguous; use parentheses");
    }
    if (absl::StartsWith(rest, "{,")) {
      return Inexpressible("{,", "cannot be expressed; use {0,");
    }
    text += c;
    before = c;
    rest.remove_prefix(1);
  }
  return text;
}

}  // namespace postern::table
