#include "lib/dns/local_data.h"

#include <algorithm>
#include <cstddef>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "lib/base/printable.h"
#include "lib/dns/name.h"

namespace postern::dns {
namespace {

// Cuts the comment off: a ';' outside of quotes and what follows.
absl::string_view WithoutComment(absl::string_view line) {
  bool is_quoted = false;
  for (size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '\\') {
      ++i;
    } else if (line[i] == '"') {
      is_quoted = !is_quoted;
    } else if (line[i] == ';' && !is_quoted) {
      return absl::StripAsciiWhitespace(line.substr(0, i));
    }
  }
  return absl::StripAsciiWhitespace(line);
}

}  // namespace

absl::Status LocalData::Add(absl::string_view text, absl::string_view place) {
  int number = 0;
  for (const absl::string_view raw : absl::StrSplit(text, '\n')) {
    ++number;
    const absl::string_view line = WithoutComment(raw);
    if (line.empty() || line[0] == '#') continue;
    const std::string where = absl::StrCat(place, ":", number);
    const absl::string_view name = line.substr(0, line.find_first_of(" \t"));
    if (name.size() == line.size() || !IsDomainName(name) || name[0] == '*' ||
        name[0] == '$') {
      return absl::InvalidArgumentError(
          absl::StrCat(where, ": not \"NAME TYPE DATA\": ", Printable(line)));
    }
    lines_.push_back({where, std::string(line)});
    names_.push_back(Normalized(name));
  }
  return absl::OkStatus();
}

std::vector<std::string> LocalData::Zones() const {
  const absl::flat_hash_set<std::string> all(names_.begin(), names_.end());
  std::vector<std::string> zones;
  for (const std::string& name : all) {
    bool is_top = true;
    for (size_t dot = name.find('.'); dot != std::string::npos && is_top;
         dot = name.find('.', dot + 1)) {
      is_top = !all.contains(name.substr(dot + 1));
    }
    if (is_top) zones.push_back(name);
  }
  std::sort(zones.begin(), zones.end());
  return zones;
}

}  // namespace postern::dns
