#include "ctl/configured_keys.h"

#include <map>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "ctl/file_error.h"
#include "lib/base/file.h"
#include "lib/base/status_macros.h"
#include "lib/config/config.h"
#include "lib/dkim/key_table.h"
#include "proto/config/v1/dkimd.pb.h"

namespace postern::ctl {
namespace {

absl::StatusOr<std::vector<KeyPlace>> KeysOfTableAt(const std::string& spec,
                                                    const std::string& place) {
  const absl::StatusOr<dkim::DataSet> set = dkim::DataSet::Read(spec);
  if (!set.ok()) return FileError(place, set.status());
  absl::StatusOr<std::vector<KeyPlace>> keys = KeysOfTable(*set);
  if (!keys.ok()) return FileError(place, keys.status());
  return keys;
}

// Adds the keys of all domains of one block.
absl::Status AddBlock(const config::v1::DkimDomain& block,
                      const std::string& directory, const std::string& path,
                      std::vector<KeyPlace>& keys) {
  std::vector<std::string> files;
  ASSIGN_OR_RETURN(
      const std::vector<std::string> domains,
      dkim::ReadKeys({block.domain().begin(), block.domain().end()}, files));
  for (const std::string& domain : domains) {
    for (const config::v1::DkimKey& key : block.keys()) {
      KeyPlace place = {.where = path,
                        .name = "",
                        .domain = domain,
                        .selector = key.selector(),
                        .key = {}};
      const std::string file =
          key.file().empty()
              ? absl::StrCat(directory, "/%/", key.selector(), ".private")
              : key.file();
      ASSIGN_OR_RETURN(
          place.key,
          (dkim::KeySource{.path = file, .text = "", .below = ""}.ForDomain(
              domain)));
      keys.push_back(std::move(place));
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::vector<KeyPlace>> KeysOfTable(const dkim::DataSet& set) {
  std::vector<KeyPlace> keys;
  for (const dkim::DataSet::Entry& line : set.entries()) {
    ASSIGN_OR_RETURN(const dkim::KeyTable::Entry entry,
                     dkim::KeyTable::Parse(set, line));
    if (entry.domain == "%") continue;
    KeyPlace place = {.where = std::string(set.ErrorAt(line, "").message()),
                      .line = static_cast<size_t>(line.line),
                      .name = line.key,
                      .domain = entry.domain,
                      .selector = entry.selector,
                      .key = {}};
    place.where.resize(place.where.rfind(':'));
    ASSIGN_OR_RETURN(place.key, entry.key.ForDomain(entry.domain));
    keys.push_back(std::move(place));
  }
  return keys;
}

absl::StatusOr<std::vector<KeyPlace>> KeysOfOpendkim(const std::string& path) {
  ASSIGN_OR_RETURN(const std::string text, ReadFile(path));
  // Its lines are a name and a value, with comments behind '#'.
  const dkim::DataSet set =
      dkim::DataSet::ParseFile(text, path, /*has_patterns=*/false);
  std::map<std::string, std::string> values;
  for (const dkim::DataSet::Entry& line : set.entries()) {
    values[absl::AsciiStrToLower(line.key)] = line.value;
  }
  if (!values["keytable"].empty()) {
    return KeysOfTableAt(values["keytable"], path + ": KeyTable");
  }
  if (values["domain"].empty() || values["selector"].empty()) {
    return absl::NotFoundError(
        absl::StrCat(path, ": has no KeyTable, and not Domain and Selector"));
  }
  std::vector<std::string> files;
  const absl::StatusOr<std::vector<std::string>> domains =
      dkim::ReadKeys({values["domain"]}, files);
  if (!domains.ok()) return FileError(path + ": Domain", domains.status());
  std::vector<KeyPlace> keys;
  for (const std::string& domain : *domains) {
    keys.push_back(
        {.where = path,
         .name = "",
         .domain = domain,
         .selector = values["selector"],
         .key = {.path = values["keyfile"], .text = "", .below = ""}});
  }
  return keys;
}

absl::StatusOr<std::vector<KeyPlace>> KeysOfDkimd(const std::string& path) {
  config::v1::Dkimd config;
  RETURN_IF_ERROR(config::LoadFile(path, config));
  const config::v1::DkimSigning& signing = config.signing();
  std::vector<KeyPlace> keys;
  for (const config::v1::DkimDomain& block : signing.domains()) {
    const absl::Status added =
        AddBlock(block, signing.key_directory(), path, keys);
    if (!added.ok()) return FileError(path + ": signing.domains", added);
  }
  if (!signing.key_table().empty()) {
    ASSIGN_OR_RETURN(
        std::vector<KeyPlace> more,
        KeysOfTableAt(signing.key_table(), path + ": signing.key_table"));
    for (KeyPlace& key : more) keys.push_back(std::move(key));
  }
  if (!keys.empty()) return keys;
  return absl::NotFoundError(absl::StrCat(
      path, ": has no keys in signing.domains nor in signing.key_table"));
}

}  // namespace postern::ctl
