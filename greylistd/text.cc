#include "greylistd/text.h"

#include "absl/strings/str_cat.h"

namespace postern::greylistd {
namespace {

constexpr absl::string_view kPlaceholders = "strvhd";
constexpr char kDateFormat[] = "%a, %d %b %Y %H:%M:%S %z";

void AppendValue(char placeholder, const TextValues& values, std::string& out) {
  switch (placeholder) {
    case 'r':
      absl::StrAppend(&out, values.recipient_domain);
      break;
    case 'v':
      absl::StrAppend(&out, values.version);
      break;
    case 'h':
      absl::StrAppend(&out, values.hostname);
      break;
    case 'd':
      absl::StrAppend(&out, absl::FormatTime(kDateFormat, values.now,
                                             absl::LocalTimeZone()));
      break;
    default:
      absl::StrAppend(&out, values.seconds);
  }
}

}  // namespace

Text Text::Parse(absl::string_view text) {
  Text result;
  std::string literal;
  for (size_t i = 0; i < text.size(); ++i) {
    const char next = i + 1 < text.size() ? text[i + 1] : '\0';
    if (text[i] == '%' && next == '%') {
      literal += '%';
      ++i;
    } else if (text[i] == '%' && next != '\0' &&
               kPlaceholders.find(next) != absl::string_view::npos) {
      if (!literal.empty()) result.pieces_.push_back({0, literal});
      literal.clear();
      result.pieces_.push_back({next, ""});
      ++i;
    } else {
      literal += text[i];
    }
  }
  if (!literal.empty()) result.pieces_.push_back({0, literal});
  return result;
}

std::string Text::Expand(const TextValues& values) const {
  std::string out;
  out.reserve(96);
  for (const Piece& piece : pieces_) {
    if (piece.placeholder == 0) {
      out += piece.literal;
    } else {
      AppendValue(piece.placeholder, values, out);
    }
  }
  return out;
}

}  // namespace postern::greylistd
