#include "lib/dkim/data_set.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "lib/base/file.h"
#include "lib/base/printable.h"
#include "lib/base/status_macros.h"

namespace postern::dkim {
namespace {

// What opendkim has besides, and we do not.
constexpr const char* kOthers[] = {
    "db:",  "dsn:", "ldap:",     "ldaps:",  "ldapi:",
    "lua:", "mdb:", "memcache:", "erlang:", "repute:"};

bool IsOther(absl::string_view spec) {
  for (const char* other : kOthers) {
    if (absl::StartsWith(spec, other)) return true;
  }
  return absl::EndsWith(spec, ".db");
}

absl::StatusOr<DataSet> ReadDataFile(absl::string_view path,
                                     bool has_patterns) {
  std::string name(path);
  ASSIGN_OR_RETURN(const std::string text, ReadFile(name));
  return DataSet::ParseFile(text, std::move(name), has_patterns);
}

}  // namespace

absl::StatusOr<DataSet> DataSet::Read(absl::string_view spec) {
  spec = absl::StripAsciiWhitespace(spec);
  if (IsOther(spec)) {
    return absl::InvalidArgumentError(
        absl::StrCat("\"", Printable(spec),
                     "\": this kind of table does not exist; there are file:, "
                     "refile: and csl:"));
  }
  if (absl::ConsumePrefix(&spec, "refile:")) return ReadDataFile(spec, true);
  if (absl::ConsumePrefix(&spec, "file:") || absl::StartsWith(spec, "/")) {
    return ReadDataFile(spec, false);
  }
  absl::ConsumePrefix(&spec, "csl:");
  return ParseList(spec);
}

DataSet DataSet::ParseFile(absl::string_view text, std::string path,
                           bool has_patterns) {
  DataSet set;
  set.file_ = std::move(path);
  set.has_patterns_ = has_patterns;
  int number = 0;
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    ++number;
    line = absl::StripAsciiWhitespace(line.substr(0, line.find('#')));
    if (line.empty()) continue;
    const size_t blank = line.find_first_of(" \t");
    const absl::string_view value =
        blank == absl::string_view::npos
            ? ""
            : absl::StripAsciiWhitespace(line.substr(blank));
    set.entries_.push_back({.key = std::string(line.substr(0, blank)),
                            .value = std::string(value),
                            .line = number});
  }
  return set;
}

DataSet DataSet::ParseList(absl::string_view text) {
  DataSet set;
  int number = 0;
  for (absl::string_view item : absl::StrSplit(text, ',')) {
    ++number;
    item = absl::StripAsciiWhitespace(item);
    if (item.empty()) continue;
    const std::pair<absl::string_view, absl::string_view> parts =
        absl::StrSplit(item, absl::MaxSplits('=', 1));
    set.entries_.push_back(
        {.key = std::string(absl::StripAsciiWhitespace(parts.first)),
         .value = std::string(absl::StripAsciiWhitespace(parts.second)),
         .line = number});
  }
  return set;
}

absl::Status DataSet::ErrorAt(const Entry& entry,
                              absl::string_view what) const {
  return absl::InvalidArgumentError(
      absl::StrCat(file_.empty() ? "entry " : file_, file_.empty() ? "" : ":",
                   entry.line, ": ", what));
}

absl::StatusOr<std::vector<std::string>> ReadKeys(
    const std::vector<std::string>& items, std::vector<std::string>& files) {
  std::vector<std::string> keys;
  for (const std::string& item : items) {
    ASSIGN_OR_RETURN(const DataSet set, DataSet::Read(item));
    if (!set.file().empty()) files.push_back(set.file());
    for (const DataSet::Entry& entry : set.entries()) {
      keys.push_back(entry.key);
    }
  }
  return keys;
}

}  // namespace postern::dkim
