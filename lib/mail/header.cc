#include "lib/mail/header.h"

#include <cstddef>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace postern::mail {
namespace {

bool IsBlank(char c) { return c == ' ' || c == '\t'; }

// RFC 5322 section 3.6.8: printable, but for the colon.
bool IsNameByte(char c) { return c > 32 && c < 127 && c != ':'; }

}  // namespace

absl::string_view FieldName(absl::string_view line) {
  const std::optional<HeaderField> field = HeaderField::Parse(line);
  return field ? field->name : absl::string_view();
}

absl::string_view FieldValue(absl::string_view field) {
  const size_t colon = field.find(':');
  return colon == absl::string_view::npos ? absl::string_view()
                                          : field.substr(colon + 1);
}

std::optional<HeaderField> HeaderField::Parse(absl::string_view field) {
  size_t end = 0;
  while (end < field.size() && IsNameByte(field[end])) ++end;
  size_t colon = end;
  while (colon < field.size() && IsBlank(field[colon])) ++colon;
  if (end == 0 || colon == field.size() || field[colon] != ':') {
    return std::nullopt;
  }
  absl::string_view value = field.substr(colon + 1);
  if (absl::EndsWith(value, "\r\n")) value.remove_suffix(2);
  return HeaderField{.name = field.substr(0, end),
                     .value = value,
                     .gap = field.substr(end, colon - end)};
}

bool HeaderField::Is(absl::string_view other) const {
  return absl::EqualsIgnoreCase(name, other);
}

void HeaderField::AppendTo(std::string& text) const {
  absl::StrAppend(&text, name, gap, ":", value, "\r\n");
}

std::string HeaderField::ToString() const {
  std::string text;
  AppendTo(text);
  return text;
}

std::string Unfolded(absl::string_view value) {
  std::string text;
  text.reserve(value.size());
  for (const char c : value) {
    if (c != '\r' && c != '\n') text += c;
  }
  return std::string(absl::StripAsciiWhitespace(text));
}

}  // namespace postern::mail
