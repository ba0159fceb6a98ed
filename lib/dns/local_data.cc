#include "lib/dns/local_data.h"

#include <algorithm>
#include <cstddef>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "lib/base/printable.h"
#include "lib/dns/name.h"

namespace postern::dns {
namespace {

bool IsBelow(absl::string_view name, absl::string_view zone) {
  return name == zone || absl::EndsWith(name, absl::StrCat(".", zone));
}

// The type of a record whose words are these: what follows the name, behind a
// TTL and a class.
std::string TypeOf(const std::vector<absl::string_view>& words) {
  for (size_t i = 1; i < words.size(); ++i) {
    const bool is_ttl = absl::ascii_isdigit(words[i].front());
    if (!is_ttl && !absl::EqualsIgnoreCase(words[i], "IN")) {
      return absl::AsciiStrToUpper(words[i]);
    }
  }
  return "";
}

}  // namespace

absl::StatusOr<LocalData> ParseLocalData(absl::string_view text) {
  LocalData data;
  std::set<std::string> names;
  int number = 0;
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    ++number;
    line = absl::StripAsciiWhitespace(line);
    if (line.empty() || line.front() == '#' || line.front() == ';') continue;
    const std::vector<absl::string_view> words =
        absl::StrSplit(line, absl::ByAnyChar(" \t"), absl::SkipEmpty());
    const std::string type = TypeOf(words);
    if (!IsDomainName(words[0]) || type.empty()) {
      return absl::InvalidArgumentError(absl::StrCat(
          "line ", number, ": \"", Printable(line), "\" is not a record"));
    }
    const std::string name = Normalized(words[0]);
    names.insert(name);
    if (type == "SOA") data.zones.insert(name);
    data.records.emplace_back(line);
  }
  const std::set<std::string> apexes = data.zones;
  for (const std::string& name : names) {
    const bool is_covered =
        std::any_of(apexes.begin(), apexes.end(),
                    [&](const std::string& zone) { return IsBelow(name, zone); });
    if (!is_covered) data.zones.insert(name);
  }
  return data;
}

}  // namespace postern::dns
