#include "lib/mail/field_scanner.h"

#include <cstddef>

namespace postern::mail {
namespace {

bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

bool IsTokenByte(char c) {
  static constexpr absl::string_view kSpecials = "()<>@,;:\\\"/[]?=";
  const auto byte = static_cast<unsigned char>(c);
  return byte > 32 && byte != 127 &&
         kSpecials.find(c) == absl::string_view::npos;
}

}  // namespace

bool FieldScanner::SkipSpace() {
  while (!rest_.empty()) {
    if (IsSpace(rest_.front())) {
      rest_.remove_prefix(1);
    } else if (rest_.front() != '(') {
      return true;
    } else if (!SkipComment()) {
      return false;
    }
  }
  return true;
}

bool FieldScanner::SkipComment() {
  size_t depth = 0;
  while (!rest_.empty()) {
    const char c = rest_.front();
    rest_.remove_prefix(c == '\\' && rest_.size() > 1 ? 2 : 1);
    if (c == '(') ++depth;
    if (c == ')' && --depth == 0) return true;
  }
  return false;
}

std::optional<std::string> FieldScanner::Value() {
  if (!rest_.empty() && rest_.front() == '"') return QuotedString();
  size_t size = 0;
  while (size < rest_.size() && IsTokenByte(rest_[size])) ++size;
  if (size == 0) return std::nullopt;
  std::string token(rest_.substr(0, size));
  rest_.remove_prefix(size);
  return token;
}

std::optional<std::string> FieldScanner::QuotedString() {
  std::string text;
  for (size_t i = 1; i < rest_.size(); ++i) {
    char c = rest_[i];
    if (c == '"') {
      rest_.remove_prefix(i + 1);
      return text;
    }
    if (c == '\\' && i + 1 < rest_.size()) c = rest_[++i];
    if (c != '\r' && c != '\n') text += c;  // A fold means its white space.
  }
  return std::nullopt;
}

bool FieldScanner::Take(char c) {
  if (rest_.empty() || rest_.front() != c) return false;
  rest_.remove_prefix(1);
  return true;
}

}  // namespace postern::mail
