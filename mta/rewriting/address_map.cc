#include "mta/rewriting/address_map.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "lib/base/status_macros.h"
#include "mta/rewriting/domain_list.h"
#include "mta/rewriting/extension.h"

namespace postern::mta::rewriting {
namespace {

struct Key {
  std::string text;
  bool is_whole;          // The address as it is.
  std::string extension;  // That was left out.
};

// Adds the key of an address, and if that is quoted the same without quotes:
// the keys of aliases(5) have none.
void AddKey(const mail::Address& address, bool is_whole,
            absl::string_view extension, std::vector<Key>& keys) {
  keys.push_back({address.ToString(), is_whole, std::string(extension)});
  // A quoted "@" must not become the one in front of the domain.
  if (absl::StrContains(address.local_part, "@")) return;
  std::string bare = address.domain.empty() ? address.local_part
                                            : absl::StrCat(address.local_part,
                                                           "@", address.domain);
  if (bare == keys.back().text) return;
  keys.push_back({std::move(bare), false, std::string(extension)});
}

std::vector<Key> KeysOf(mail::Address address, bool is_local,
                        absl::string_view delimiters) {
  address.domain = DomainKey(address.domain);
  const SplitLocalPart split = SplitExtension(address.local_part, delimiters);
  const mail::Address bare = {std::string(split.base), address.domain};
  const bool is_extended = !split.extension.empty();
  std::vector<Key> keys;
  AddKey(address, true, "", keys);
  if (is_extended) AddKey(bare, false, split.extension, keys);
  if (is_local) {
    AddKey({address.local_part, ""}, false, "", keys);
    if (is_extended) {
      AddKey({bare.local_part, ""}, false, split.extension, keys);
    }
  }
  if (!address.domain.empty()) {
    keys.push_back({absl::StrCat("@", address.domain), false, ""});
  }
  return keys;
}

}  // namespace

absl::StatusOr<AddressMap> AddressMap::Open(
    absl::string_view field,
    const google::protobuf::RepeatedPtrField<std::string>& specs,
    std::string delimiters, const table::Environment& tables) {
  AddressMap map;
  map.delimiters_ = std::move(delimiters);
  for (const std::string& spec : specs) {
    absl::StatusOr<std::unique_ptr<table::Table>> table =
        table::Open(spec, tables);
    if (!table.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat(field, ": ", table.status().message()));
    }
    const bool is_pattern =
        absl::StartsWith(spec, "regexp:") || absl::StartsWith(spec, "pcre:");
    map.entries_.push_back({*std::move(table), is_pattern});
  }
  return map;
}

net::Task<absl::StatusOr<std::optional<AddressMap::Match>>> AddressMap::Find(
    mail::Address address, bool is_local) const {
  if (empty()) co_return std::nullopt;
  const std::vector<Key> keys =
      KeysOf(std::move(address), is_local, delimiters_);
  for (const Key& key : keys) {
    for (const Entry& entry : entries_) {
      if (entry.is_pattern && !key.is_whole) continue;
      CO_ASSIGN_OR_RETURN(std::optional<std::string> value,
                          co_await entry.table->Find(key.text));
      if (value) co_return Match{*std::move(value), key.extension};
    }
  }
  co_return std::nullopt;
}

}  // namespace postern::mta::rewriting
