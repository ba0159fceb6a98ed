#include "lib/mail/xtext.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_format.h"

namespace postern::mail {
namespace {

// RFC 3461 section 4: xchar.
bool IsPlain(unsigned char c) {
  return c > ' ' && c <= '~' && c != '+' && c != '=';
}

int HexValue(unsigned char digit) {
  if (absl::ascii_isdigit(digit)) return digit - '0';
  return absl::ascii_toupper(digit) - 'A' + 10;
}

}  // namespace

std::optional<std::string> DecodeXtext(absl::string_view xtext) {
  std::string text;
  for (size_t i = 0; i < xtext.size(); ++i) {
    if (IsPlain(xtext[i])) {
      text += xtext[i];
      continue;
    }
    if (xtext[i] != '+' || i + 2 >= xtext.size() ||
        !absl::ascii_isxdigit(xtext[i + 1]) ||
        !absl::ascii_isxdigit(xtext[i + 2])) {
      return std::nullopt;
    }
    const int value = HexValue(xtext[i + 1]) * 16 + HexValue(xtext[i + 2]);
    if (value == 0) return std::nullopt;
    text += static_cast<char>(value);
    i += 2;
  }
  return text;
}

std::string EncodeXtext(absl::string_view text) {
  std::string xtext;
  for (const unsigned char c : text) {
    if (IsPlain(c)) {
      xtext += static_cast<char>(c);
    } else {
      absl::StrAppendFormat(&xtext, "+%02X", c);
    }
  }
  return xtext;
}

}  // namespace postern::mail
