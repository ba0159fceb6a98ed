#include "dkimd/header_names.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "lib/base/printable.h"

namespace postern::dkimd {
namespace {

// Any printable character but a colon; ';' would end h=.
bool IsFieldName(absl::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return absl::ascii_isgraph(c) && c != ':' && c != ';';
  });
}

bool Contains(const std::vector<std::string>& names, absl::string_view name) {
  return std::any_of(names.begin(), names.end(), [&](const std::string& one) {
    return absl::EqualsIgnoreCase(one, name);
  });
}

void Remove(std::vector<std::string>& names, absl::string_view name) {
  names.erase(std::remove_if(names.begin(), names.end(),
                             [&](const std::string& one) {
                               return absl::EqualsIgnoreCase(one, name);
                             }),
              names.end());
}

}  // namespace

absl::StatusOr<std::vector<std::string>> ChangedNames(
    const std::vector<std::string>& usual,
    const std::vector<std::string>& items) {
  if (items.empty()) return usual;
  std::vector<std::string> names;
  for (const std::string& item : items) {
    for (absl::string_view word : absl::StrSplit(item, ',')) {
      word = absl::StripAsciiWhitespace(word);
      if (word.empty()) continue;
      if (word == "*") {
        names.insert(names.end(), usual.begin(), usual.end());
        continue;
      }
      const bool is_removed = absl::ConsumePrefix(&word, "-");
      if (!is_removed) absl::ConsumePrefix(&word, "+");
      if (!IsFieldName(word)) {
        return absl::InvalidArgumentError(
            absl::StrCat("\"", Printable(word), "\" is no name of a field"));
      }
      if (is_removed) {
        Remove(names, word);
      } else if (!Contains(names, word)) {
        names.emplace_back(word);
      }
    }
  }
  return names;
}

std::vector<std::string> NamesWithout(std::vector<std::string> names,
                                      const std::vector<std::string>& omitted) {
  for (const std::string& name : omitted) Remove(names, name);
  return names;
}

}  // namespace postern::dkimd
