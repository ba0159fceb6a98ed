#include "ctl/key_list.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "lib/base/file.h"
#include "lib/base/status_macros.h"
#include "lib/dkim/data_set.h"
#include "lib/dkim/key_table.h"
#include "lib/dkim/signature.h"

namespace postern::ctl {
namespace {

absl::Status At(const std::string& place, const absl::Status& status) {
  return absl::Status(status.code(),
                      absl::StrCat(place, ": ", status.message()));
}

absl::StatusOr<NamedKey> Named(absl::string_view domain,
                               absl::string_view selector) {
  std::optional<std::string> canonical_domain = dkim::CanonicalDomain(domain);
  std::optional<std::string> canonical = dkim::CanonicalDomain(selector);
  if (!canonical_domain || !canonical) {
    return absl::InvalidArgumentError(absl::StrCat(
        canonical_domain ? selector : domain, ": not a part of a domain name"));
  }
  return NamedKey{*std::move(canonical_domain), *std::move(canonical),
                  std::nullopt};
}

// Reads the key of a line, which is not one for '%'.
absl::StatusOr<KeyLine> ReadLine(const dkim::DataSet::Entry& line,
                                 const dkim::KeyTable::Entry& entry) {
  KeyLine found;
  found.number = static_cast<size_t>(line.line);
  found.name = line.key;
  found.path = entry.key.path;
  ASSIGN_OR_RETURN(found.key, Named(entry.domain, entry.selector));
  ASSIGN_OR_RETURN(found.key.key, found.path.empty()
                                      ? dkim::PrivateKey::Parse(entry.key.text)
                                      : ReadKey(found.path));
  return found;
}

}  // namespace

absl::StatusOr<std::vector<KeyLine>> ReadKeyTable(const std::string& path,
                                                  const std::string& domain) {
  ASSIGN_OR_RETURN(const std::string text, ReadFile(path));
  const dkim::DataSet set =
      dkim::DataSet::ParseFile(text, path, /*has_patterns=*/false);
  std::vector<KeyLine> lines;
  for (const dkim::DataSet::Entry& line : set.entries()) {
    ASSIGN_OR_RETURN(const dkim::KeyTable::Entry entry,
                     dkim::KeyTable::Parse(set, line));
    if (entry.domain == "%") continue;
    if (!domain.empty() && entry.domain != domain) continue;
    absl::StatusOr<KeyLine> found = ReadLine(line, entry);
    if (!found.ok()) {
      return At(absl::StrCat(path, ":", line.line), found.status());
    }
    lines.push_back(*std::move(found));
  }
  return lines;
}

Syntax KeySyntax() {
  return {.options = {"-d", "-s", "-k", "--key-table"}, .switches = {}};
}

absl::StatusOr<dkim::PrivateKey> ReadKey(const std::string& path) {
  ASSIGN_OR_RETURN(const std::string text, ReadFile(path, 64 << 10));
  absl::StatusOr<dkim::PrivateKey> key = dkim::PrivateKey::Parse(text);
  if (!key.ok()) return At(path, key.status());
  return key;
}

absl::StatusOr<std::vector<NamedKey>> KeysOf(const Arguments& arguments) {
  const bool has_table = arguments.Has("--key-table");
  const bool has_name = arguments.Has("-d") && arguments.Has("-s");
  if (has_table == has_name) {
    return absl::InvalidArgumentError(
        "either -d and -s, or --key-table, says which keys");
  }
  if (has_table) {
    ASSIGN_OR_RETURN(std::vector<KeyLine> lines,
                     ReadKeyTable(arguments.Value("--key-table")));
    std::vector<NamedKey> keys;
    for (KeyLine& line : lines) keys.push_back(std::move(line.key));
    return keys;
  }
  ASSIGN_OR_RETURN(NamedKey key,
                   Named(arguments.Value("-d"), arguments.Value("-s")));
  if (arguments.Has("-k")) {
    ASSIGN_OR_RETURN(key.key, ReadKey(arguments.Value("-k")));
  }
  return std::vector<NamedKey>{std::move(key)};
}

}  // namespace postern::ctl
