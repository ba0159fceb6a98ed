#include "lib/milter/safe_text.h"

#include <algorithm>

namespace postern::milter {
namespace {

bool IsFold(absl::string_view rest) {
  return !rest.empty() && (rest.front() == ' ' || rest.front() == '\t');
}

}  // namespace

bool IsHeaderName(absl::string_view name) {
  return !name.empty() && name.size() <= kMaxHeaderNameBytes &&
         std::all_of(name.begin(), name.end(),
                     [](char c) { return c > ' ' && c <= '~' && c != ':'; });
}

std::string SafeHeaderValue(absl::string_view value,
                            absl::string_view line_end) {
  while (!value.empty() && (value.back() == '\r' || value.back() == '\n' ||
                            value.back() == '\0')) {
    value.remove_suffix(1);
  }
  std::string safe;
  safe.reserve(value.size() + 8);
  for (size_t i = 0; i < value.size(); ++i) {
    const char c = value[i];
    if (c == '\r' && i + 1 < value.size() && value[i + 1] == '\n') continue;
    if (c == '\n' && IsFold(value.substr(i + 1))) {
      safe.append(line_end.data(), line_end.size());
    } else {
      safe.push_back(c == '\n' || c == '\r' || c == '\0' ? ' ' : c);
    }
  }
  return safe;
}

}  // namespace postern::milter
