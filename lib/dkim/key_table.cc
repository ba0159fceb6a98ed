#include "lib/dkim/key_table.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "lib/base/printable.h"
#include "lib/base/status_macros.h"

namespace postern::dkim {
namespace {

// Returns the path of a key from a table in `file`; a path that begins with a
// dot starts at the table's folder.
std::string PathFrom(absl::string_view file, absl::string_view path) {
  if (absl::StartsWith(path, "/")) return std::string(path);
  const size_t slash = file.rfind('/');
  if (slash == absl::string_view::npos) return std::string(path);
  return absl::StrCat(file.substr(0, slash + 1), path);
}

bool IsPath(absl::string_view key) {
  return absl::StartsWith(key, "/") || absl::StartsWith(key, "./") ||
         absl::StartsWith(key, "../");
}

}  // namespace

absl::StatusOr<KeyTable::Entry> KeyTable::Parse(const DataSet& set,
                                                const DataSet::Entry& line) {
  const std::vector<absl::string_view> parts =
      absl::StrSplit(line.value, absl::MaxSplits(':', 2));
  if (parts.size() != 3 || parts[2].empty()) {
    return set.ErrorAt(line, "a key is domain:selector:key");
  }
  if (parts[0] != "%" && !IsPathDomain(parts[0])) {
    return set.ErrorAt(
        line, absl::StrCat("\"", Printable(parts[0]), "\" is no domain"));
  }
  if (!IsPathDomain(parts[1])) {
    return set.ErrorAt(
        line, absl::StrCat("\"", Printable(parts[1]), "\" is no selector"));
  }
  absl::string_view key = absl::StripAsciiWhitespace(parts[2]);
  if (!absl::ConsumeSuffix(&key, ":rsa-sha256")) {
    absl::ConsumeSuffix(&key, ":ed25519-sha256");
  }
  Entry entry = {.domain = absl::AsciiStrToLower(parts[0]),
                 .selector = std::string(parts[1])};
  if (IsPath(key)) {
    entry.key.path = PathFrom(set.file(), key);
  } else {
    entry.key.text = std::string(key);
  }
  return entry;
}

absl::StatusOr<KeyTable> KeyTable::Create(const DataSet& set) {
  KeyTable table;
  table.keys_.reserve(set.entries().size());
  for (const DataSet::Entry& line : set.entries()) {
    ASSIGN_OR_RETURN(Entry entry, Parse(set, line));
    table.keys_[line.key].push_back(std::move(entry));
  }
  return table;
}

const std::vector<KeyTable::Entry>& KeyTable::Find(
    absl::string_view name) const {
  static const std::vector<Entry> none;
  const auto place = keys_.find(name);
  return place == keys_.end() ? none : place->second;
}

}  // namespace postern::dkim
