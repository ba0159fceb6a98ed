#include "mta/smtp/plain_lines.h"

#include <cstring>

namespace postern::mta::smtp {

size_t PlainLineBytes(absl::string_view text, size_t max_line_bytes) {
  size_t plain = 0;
  while (plain < text.size() && text[plain] != '.') {
    const absl::string_view rest = text.substr(plain);
    const size_t cr = FindOrEnd(rest, '\r');
    if (cr + 1 >= rest.size() || rest[cr + 1] != '\n') break;
    if (cr > max_line_bytes) break;
    if (FindOrEnd(rest.substr(0, cr), '\n') != cr) break;
    plain += cr + 2;
  }
  return plain;
}

size_t FindOrEnd(absl::string_view text, char c) {
  const void* found = std::memchr(text.data(), c, text.size());
  return found == nullptr ? text.size()
                          : static_cast<const char*>(found) - text.data();
}

}  // namespace postern::mta::smtp
