#include "ctl/key_list.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "lib/base/file.h"
#include "lib/base/status_macros.h"
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

bool IsPath(absl::string_view text) {
  return absl::StartsWith(text, "/") || absl::StartsWith(text, "./") ||
         absl::StartsWith(text, "../");
}

// Takes "name domain:selector:key".
absl::StatusOr<std::optional<KeyLine>> ParseLine(absl::string_view line) {
  const size_t space = line.find_first_of(" \t");
  if (space == absl::string_view::npos) {
    return absl::InvalidArgumentError("a name and no key");
  }
  const std::vector<absl::string_view> parts = absl::StrSplit(
      absl::StripAsciiWhitespace(line.substr(space)), absl::MaxSplits(':', 2));
  if (parts.size() != 3) {
    return absl::InvalidArgumentError("not domain:selector:key");
  }
  if (parts[0] == "%") return std::nullopt;
  KeyLine found;
  found.name = std::string(line.substr(0, space));
  ASSIGN_OR_RETURN(found.key, Named(parts[0], parts[1]));
  if (IsPath(parts[2])) found.path = std::string(parts[2]);
  ASSIGN_OR_RETURN(found.key.key, found.path.empty()
                                      ? dkim::PrivateKey::Parse(parts[2])
                                      : ReadKey(found.path));
  return found;
}

}  // namespace

absl::StatusOr<std::vector<KeyLine>> ReadKeyTable(const std::string& path) {
  ASSIGN_OR_RETURN(const std::string text, ReadFile(path));
  std::vector<KeyLine> lines;
  size_t number = 0;
  for (const absl::string_view whole : absl::StrSplit(text, '\n')) {
    ++number;
    const absl::string_view line = absl::StripAsciiWhitespace(whole);
    if (line.empty() || line.front() == '#') continue;
    absl::StatusOr<std::optional<KeyLine>> found = ParseLine(line);
    if (!found.ok()) {
      return At(absl::StrCat(path, ":", number), found.status());
    }
    if (!*found) continue;
    (*found)->number = number;
    lines.push_back(**std::move(found));
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
