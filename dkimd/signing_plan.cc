#include "dkimd/signing_plan.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "lib/base/printable.h"
#include "lib/base/status_macros.h"
#include "lib/dkim/data_set.h"

namespace postern::dkimd {
namespace {

using Config = config::v1::DkimSigning;

absl::Status In(absl::string_view field, const absl::Status& status) {
  return absl::Status(status.code(),
                      absl::StrCat("signing.", field, ": ", status.message()));
}

// "d.example" is `domain` or below it.
bool IsWithin(absl::string_view name, absl::string_view domain) {
  return absl::ConsumeSuffix(&name, domain) &&
         (name.empty() || name.back() == '.');
}

// Returns i= for a signer of the signing table; empty if it would not fit the
// signing domain.
std::string SignerFor(absl::string_view signer, absl::string_view author_domain,
                      absl::string_view signing_domain) {
  if (signer.empty()) return "";
  std::string text = absl::StrReplaceAll(signer, {{"%", author_domain}});
  if (!absl::StrContains(text, '@')) text = absl::StrCat("@", text);
  const std::string domain =
      absl::AsciiStrToLower(text.substr(text.rfind('@') + 1));
  return IsWithin(domain, signing_domain) ? text : "";
}

// Adds the signature of one key; a key whose path cannot have the author's
// domain in it is none.
void AddIdentity(const dkim::KeyTable::Entry& key, absl::string_view signer,
                 absl::string_view author_domain, absl::string_view domain,
                 std::vector<Identity>& identities) {
  absl::StatusOr<dkim::KeySource> source = key.key.ForDomain(domain);
  if (!source.ok()) return;
  Identity identity = {.domain = std::string(domain),
                       .selector = key.selector,
                       .signer = SignerFor(signer, author_domain, domain),
                       .key = *std::move(source)};
  if (std::find(identities.begin(), identities.end(), identity) ==
      identities.end()) {
    identities.push_back(std::move(identity));
  }
}

absl::StatusOr<std::vector<dkim::KeyTable::Entry>> ReadKeys(
    const config::v1::DkimDomain& block, absl::string_view directory) {
  std::vector<dkim::KeyTable::Entry> keys;
  for (const config::v1::DkimKey& key : block.keys()) {
    if (!dkim::IsPathDomain(key.selector())) {
      return absl::InvalidArgumentError(
          absl::StrCat("\"", Printable(key.selector()), "\" is no selector"));
    }
    dkim::KeyTable::Entry entry = {.domain = "%", .selector = key.selector()};
    entry.key.path =
        key.file().empty()
            ? absl::StrCat(directory, "/%/", key.selector(), ".private")
            : key.file();
    keys.push_back(std::move(entry));
  }
  return keys;
}

}  // namespace

absl::StatusOr<SigningPlan> SigningPlan::FromConfig(
    const Config& config, std::vector<std::string>& files) {
  SigningPlan plan;
  plan.takes_all_ = config.multiple_signatures();
  const absl::Status domains = plan.AddDomains(config, files);
  if (!domains.ok()) return In("domains", domains);
  RETURN_IF_ERROR(plan.ReadTables(config, files));
  return plan;
}

absl::Status SigningPlan::AddDomains(const Config& config,
                                     std::vector<std::string>& files) {
  for (const config::v1::DkimDomain& block : config.domains()) {
    ASSIGN_OR_RETURN(std::vector<dkim::KeyTable::Entry> keys,
                     ReadKeys(block, config.key_directory()));
    const OwnDomain own = {
        .subdomains = block.subdomains(),
        .keys = std::make_shared<const std::vector<dkim::KeyTable::Entry>>(
            std::move(keys))};
    ASSIGN_OR_RETURN(
        const std::vector<std::string> names,
        dkim::ReadKeys({block.domain().begin(), block.domain().end()}, files));
    for (const std::string& name : names) {
      const std::string domain = mail::LowerDomain(name);
      if (!dkim::IsPathDomain(domain)) {
        return absl::InvalidArgumentError(
            absl::StrCat("\"", Printable(name), "\" is no domain"));
      }
      if (!domains_.emplace(domain, own).second) {
        return absl::InvalidArgumentError(
            absl::StrCat("\"", domain, "\" is there twice"));
      }
    }
  }
  return absl::OkStatus();
}

absl::Status SigningPlan::ReadTables(const Config& config,
                                     std::vector<std::string>& files) {
  if (config.signing_table().empty()) return absl::OkStatus();
  const absl::StatusOr<dkim::DataSet> keys =
      dkim::DataSet::Read(config.key_table());
  if (!keys.ok()) return In("key_table", keys.status());
  absl::StatusOr<dkim::KeyTable> key_table = dkim::KeyTable::Create(*keys);
  if (!key_table.ok()) return In("key_table", key_table.status());
  const absl::StatusOr<dkim::DataSet> lines =
      dkim::DataSet::Read(config.signing_table());
  if (!lines.ok()) return In("signing_table", lines.status());
  absl::StatusOr<SigningTable> table = SigningTable::Create(*lines);
  if (!table.ok()) return In("signing_table", table.status());
  for (size_t i = 0; i < table->entries().size(); ++i) {
    const std::string& name = table->entries()[i].key;
    if (name == "%" || key_table->Contains(name)) continue;
    const absl::Status missing = lines->ErrorAt(
        lines->entries()[i],
        absl::StrCat("the key table has no \"", Printable(name), "\""));
    return In("signing_table", missing);
  }
  for (const dkim::DataSet* set : {&*keys, &*lines}) {
    if (!set->file().empty()) files.push_back(set->file());
  }
  key_table_ = *std::move(key_table);
  key_table_file_ = keys->file();
  signing_table_ = *std::move(table);
  return absl::OkStatus();
}

const SigningPlan::OwnDomain* SigningPlan::Own(absl::string_view domain,
                                               absl::string_view& name) const {
  if (domains_.empty()) return nullptr;
  name = domain;
  while (true) {
    const auto place = domains_.find(name);
    if (place != domains_.end() &&
        (place->second.subdomains || name.size() == domain.size())) {
      return &place->second;
    }
    const size_t dot = name.find('.');
    if (dot == absl::string_view::npos) return nullptr;
    name.remove_prefix(dot + 1);
  }
}

std::vector<Identity> SigningPlan::For(const mail::Address& author) const {
  std::vector<Identity> identities;
  const std::string domain = absl::AsciiStrToLower(author.domain);
  // A literal, or nothing that can be a path, has no key.
  if (!dkim::IsPathDomain(domain)) return identities;
  absl::string_view own_name;
  if (const OwnDomain* own = Own(domain, own_name)) {
    for (const dkim::KeyTable::Entry& key : *own->keys) {
      AddIdentity(key, "", domain, own_name, identities);
    }
    return identities;
  }
  for (const SigningTable::Entry* line :
       signing_table_.Find(author.local_part, domain, takes_all_)) {
    const std::string& name = line->key == "%" ? domain : line->key;
    for (const dkim::KeyTable::Entry& key : key_table_.Find(name)) {
      AddIdentity(key, line->signer, domain,
                  key.domain == "%" ? domain : key.domain, identities);
    }
  }
  return identities;
}

bool SigningPlan::SignsFor(absl::string_view domain) const {
  return !For({.local_part = "", .domain = std::string(domain)}).empty();
}

std::vector<dkim::KeySource> SigningPlan::Keys(size_t limit) const {
  std::vector<dkim::KeySource> sources;
  const auto add = [&](const dkim::KeyTable::Entry& key,
                       absl::string_view domain) {
    if (domain == "%" && absl::StrContains(key.key.path, '%')) return;
    const absl::StatusOr<dkim::KeySource> source = key.key.ForDomain(domain);
    if (source.ok() && sources.size() < limit) sources.push_back(*source);
  };
  for (const auto& [name, own] : domains_) {
    if (sources.size() == limit) break;
    for (const dkim::KeyTable::Entry& key : *own.keys) add(key, name);
  }
  for (const auto& [name, keys] : key_table_.keys()) {
    if (sources.size() == limit) break;
    for (const dkim::KeyTable::Entry& key : keys) add(key, key.domain);
  }
  return sources;
}

}  // namespace postern::dkimd
