#include "ctl/key_list.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "ctl/configured_keys.h"
#include "ctl/file_error.h"
#include "lib/base/file.h"
#include "lib/base/status_macros.h"
#include "lib/dkim/data_set.h"
#include "lib/dkim/signature.h"

namespace postern::ctl {
namespace {

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

absl::StatusOr<NamedKey> ReadNamed(const KeyPlace& place) {
  ASSIGN_OR_RETURN(NamedKey key, Named(place.domain, place.selector));
  key.path = place.key.path;
  if (!key.path.empty()) {
    ASSIGN_OR_RETURN(key.key, ReadKey(key.path));
  } else if (!place.key.text.empty()) {
    ASSIGN_OR_RETURN(key.key, dkim::PrivateKey::Parse(place.key.text));
  }
  return key;
}

absl::StatusOr<std::vector<NamedKey>> ReadAll(
    const std::string& file,
    const absl::StatusOr<std::vector<KeyPlace>>& places) {
  if (!places.ok()) return FileError("", places.status());
  if (places->empty()) {
    return absl::NotFoundError(absl::StrCat(
        file, ": has no keys but those for the domain '%', if any"));
  }
  std::vector<NamedKey> keys;
  for (const KeyPlace& place : *places) {
    absl::StatusOr<NamedKey> key = ReadNamed(place);
    if (!key.ok()) return FileError(place.where, key.status());
    keys.push_back(*std::move(key));
  }
  return keys;
}

// The one key of -d, -s and perhaps -k.
absl::StatusOr<std::vector<NamedKey>> OneKey(const Arguments& arguments) {
  ASSIGN_OR_RETURN(NamedKey key,
                   Named(arguments.Value("-d"), arguments.Value("-s")));
  if (arguments.Has("-k")) {
    key.path = arguments.Value("-k");
    ASSIGN_OR_RETURN(key.key, ReadKey(key.path));
  }
  return std::vector<NamedKey>{std::move(key)};
}

absl::StatusOr<std::vector<KeyPlace>> PlacesOfTable(const std::string& path) {
  ASSIGN_OR_RETURN(const std::string text, ReadFile(path));
  return KeysOfTable(
      dkim::DataSet::ParseFile(text, path, /*has_patterns=*/false));
}

}  // namespace

absl::StatusOr<std::vector<KeyLine>> ReadKeyTable(const std::string& path,
                                                  const std::string& domain) {
  const absl::StatusOr<std::vector<KeyPlace>> places = PlacesOfTable(path);
  if (!places.ok()) return FileError("", places.status());
  std::vector<KeyLine> lines;
  for (const KeyPlace& place : *places) {
    if (!domain.empty() && place.domain != domain) continue;
    absl::StatusOr<NamedKey> key = ReadNamed(place);
    if (!key.ok()) return FileError(place.where, key.status());
    lines.push_back({place.line, place.name, *std::move(key)});
  }
  return lines;
}

Syntax KeySyntax() {
  return {.options = {"-d", "-s", "-k", "--key-table", "--config",
                      "--opendkim-conf"},
          .switches = {}};
}

absl::StatusOr<dkim::PrivateKey> ReadKey(const std::string& path) {
  ASSIGN_OR_RETURN(const std::string text, ReadFile(path, 64 << 10));
  absl::StatusOr<dkim::PrivateKey> key = dkim::PrivateKey::Parse(text);
  if (!key.ok()) return FileError(path, key.status());
  return key;
}

absl::StatusOr<std::vector<NamedKey>> KeysOf(const Arguments& arguments) {
  const bool has_name = arguments.Has("-d") && arguments.Has("-s");
  int ways = has_name ? 1 : 0;
  for (const char* option : {"--key-table", "--config", "--opendkim-conf"}) {
    if (arguments.Has(option)) ++ways;
  }
  if (ways != 1) {
    return absl::InvalidArgumentError(
        "either -d and -s, --key-table, --config or --opendkim-conf says which "
        "keys");
  }
  if (has_name) return OneKey(arguments);
  std::string file = arguments.Value("--key-table");
  if (!file.empty()) return ReadAll(file, PlacesOfTable(file));
  file = arguments.Value("--opendkim-conf");
  if (!file.empty()) return ReadAll(file, KeysOfOpendkim(file));
  file = arguments.Value("--config");
  return ReadAll(file, KeysOfDkimd(file));
}

}  // namespace postern::ctl
