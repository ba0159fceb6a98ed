#include "mta/restrictions/address_class.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "lib/base/printable.h"
#include "lib/base/status_macros.h"

namespace postern::mta::restrictions {
namespace {

// RFC 1034 section 3.1: a name may be written with its last dot.
std::string DomainKey(absl::string_view domain) {
  std::string key = mail::LowerDomain(domain);
  if (absl::EndsWith(key, ".")) key.pop_back();
  return key;
}

template <typename Domains>
absl::StatusOr<absl::flat_hash_set<std::string>> ReadDomains(
    absl::string_view field, const Domains& domains) {
  absl::flat_hash_set<std::string> keys;
  for (const std::string& domain : domains) {
    if (!mail::IsDomain(domain)) {
      return absl::InvalidArgumentError(
          absl::StrCat(field, ": \"", Printable(domain), "\" is not a domain"));
    }
    keys.insert(DomainKey(domain));
  }
  return keys;
}

}  // namespace

absl::StatusOr<AddressClasses> AddressClasses::FromConfig(
    const config::v1::Mta& config) {
  AddressClasses classes;
  ASSIGN_OR_RETURN(
      classes.mailbox_domains_,
      ReadDomains("virtual_mailbox_domains", config.virtual_mailbox_domains()));
  ASSIGN_OR_RETURN(classes.relay_domains_,
                   ReadDomains("relay_domains", config.relay_domains()));
  for (const std::string& domain : classes.relay_domains_) {
    if (classes.mailbox_domains_.contains(domain)) {
      return absl::InvalidArgumentError(
          absl::StrCat("relay_domains: \"", domain,
                       "\" is in virtual_mailbox_domains as well"));
    }
  }
  for (const std::string& spec : config.virtual_mailbox_maps()) {
    absl::StatusOr<std::unique_ptr<table::Table>> map = table::Open(spec);
    if (!map.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat("virtual_mailbox_maps: ", map.status().message()));
    }
    classes.mailbox_maps_.push_back(*std::move(map));
  }
  return classes;
}

AddressClass AddressClasses::ClassOf(const mail::Address& address) const {
  if (mail::HasRouting(address.local_part)) return AddressClass::kElsewhere;
  const std::string domain = DomainKey(address.domain);
  if (mailbox_domains_.contains(domain)) {
    return MailboxOf(address).has_value() ? AddressClass::kMailbox
                                          : AddressClass::kUnknownMailbox;
  }
  return relay_domains_.contains(domain) ? AddressClass::kRelay
                                         : AddressClass::kElsewhere;
}

std::optional<std::string> AddressClasses::MailboxOf(
    const mail::Address& address) const {
  mail::Address key = address;
  key.domain = DomainKey(address.domain);
  const std::string whole = absl::AsciiStrToLower(key.ToString());
  const std::string any = absl::StrCat("@", key.domain);
  for (const std::string& text : {whole, any}) {
    for (const auto& map : mailbox_maps_) {
      if (std::optional<std::string> mailbox = map->Lookup(text)) {
        return mailbox;
      }
    }
  }
  return std::nullopt;
}

}  // namespace postern::mta::restrictions
