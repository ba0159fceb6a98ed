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

std::vector<Key> KeysOf(mail::Address address, bool is_local,
                        absl::string_view delimiters) {
  address.domain = DomainKey(address.domain);
  const SplitLocalPart split = SplitExtension(address.local_part, delimiters);
  const mail::Address bare = {std::string(split.base), address.domain};
  const bool is_extended = !split.extension.empty();
  const std::string extension(split.extension);
  std::vector<Key> keys = {{address.ToString(), true, ""}};
  if (is_extended) keys.push_back({bare.ToString(), false, extension});
  if (is_local) {
    const mail::Address user = {address.local_part, ""};
    keys.push_back({user.ToString(), false, ""});
    const mail::Address bare_user = {bare.local_part, ""};
    if (is_extended) keys.push_back({bare_user.ToString(), false, extension});
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
