#include "lib/mail/utf8.h"

#include <algorithm>

namespace postern::mail {
namespace {

constexpr uint32_t kLastCodePoint = 0x10FFFF;

// The smallest character that needs so many bytes.
constexpr uint32_t kSmallest[] = {0, 0, 0x80, 0x800, 0x10000};

size_t BytesAfter(unsigned char lead) {
  if (lead < 0x80) return 1;
  if ((lead & 0xE0) == 0xC0) return 2;
  if ((lead & 0xF0) == 0xE0) return 3;
  if ((lead & 0xF8) == 0xF0) return 4;
  return 0;
}

bool IsSurrogate(uint32_t value) { return value >= 0xD800 && value <= 0xDFFF; }

bool IsControl(uint32_t value) {
  return value < 0x20 || (value >= 0x7F && value < 0xA0) || value == 0x061C ||
         (value >= 0x200E && value <= 0x200F) ||
         (value >= 0x2028 && value <= 0x202E) ||
         (value >= 0x2066 && value <= 0x2069);
}

}  // namespace

CodePoint FirstCodePoint(absl::string_view text) {
  if (text.empty()) return {};
  const auto lead = static_cast<unsigned char>(text[0]);
  const size_t bytes = BytesAfter(lead);
  if (bytes == 0 || bytes > text.size()) return {};
  if (bytes == 1) return {lead, 1};
  uint32_t value = lead & (0xFF >> (bytes + 1));
  for (size_t i = 1; i < bytes; ++i) {
    const auto next = static_cast<unsigned char>(text[i]);
    if ((next & 0xC0) != 0x80) return {};
    value = (value << 6) | (next & 0x3F);
  }
  const bool is_character = value >= kSmallest[bytes] && !IsSurrogate(value) &&
                            value <= kLastCodePoint;
  return is_character ? CodePoint{value, bytes} : CodePoint{};
}

bool IsUtf8Text(absl::string_view text) {
  while (!text.empty()) {
    const CodePoint first = FirstCodePoint(text);
    if (first.bytes == 0 || IsControl(first.value)) return false;
    text.remove_prefix(first.bytes);
  }
  return true;
}

bool IsAscii(absl::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](unsigned char c) { return c < 0x80; });
}

std::string PrintableUtf8(absl::string_view text, size_t max_bytes) {
  std::string line;
  while (!text.empty()) {
    const CodePoint first = FirstCodePoint(text);
    const bool is_shown = first.bytes > 0 && !IsControl(first.value);
    const size_t bytes = std::max<size_t>(first.bytes, 1);
    if (line.size() + (is_shown ? bytes : 1) > max_bytes) break;
    if (is_shown) {
      line.append(text.data(), bytes);
    } else {
      line += '?';
    }
    text.remove_prefix(bytes);
  }
  return line;
}

}  // namespace postern::mail
