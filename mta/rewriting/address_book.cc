#include "mta/rewriting/address_book.h"

#include <utility>

#include "absl/algorithm/container.h"
#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "lib/base/file.h"
#include "lib/base/printable.h"
#include "lib/base/status_macros.h"

namespace postern::mta::rewriting {
namespace {

constexpr size_t kMaxMovedBytes = 200;
constexpr size_t kMaxOriginBytes = 4096;

int CodeOf(uint32_t configured) {
  return configured == 0 ? 550 : static_cast<int>(configured);
}

// Nobody but the operator decides what a code is: a 4xx code has a 4.x.x
// status.
Unlisted Unknown(int code, absl::string_view table) {
  return {code, code < 500 ? "4.1.1" : "5.1.1",
          absl::StrCat("User unknown in ", table, " table")};
}

Unlisted Moved(absl::string_view to) {
  return {550, "5.1.6",
          absl::StrCat("User has moved to ", Printable(to, kMaxMovedBytes))};
}

}  // namespace

std::string AliasSpec(absl::string_view spec) {
  const size_t colon = spec.find(':');
  const absl::string_view kind = spec.substr(0, colon);
  return kind == "hash" || kind == "texthash"
             ? absl::StrCat("aliases", spec.substr(colon))
             : std::string(spec);
}

absl::StatusOr<std::string> OriginOf(const config::v1::Mta& config) {
  std::string origin = config.myorigin();
  if (origin.empty()) origin = config.myhostname();
  if (absl::StartsWith(origin, "/")) {
    const absl::StatusOr<std::string> content =
        ReadFile(origin, kMaxOriginBytes);
    if (!content.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat("myorigin: ", content.status().message()));
    }
    origin = std::string(absl::StripAsciiWhitespace(*content));
  }
  if (!origin.empty() && !mail::IsDomain(origin)) {
    return absl::InvalidArgumentError(
        absl::StrCat("myorigin: \"", Printable(origin), "\" is not a domain"));
  }
  return origin;
}

absl::StatusOr<std::shared_ptr<const AddressBook>> AddressBook::Open(
    const config::v1::Mta& config, const table::Environment& tables) {
  std::shared_ptr<AddressBook> book(new AddressBook());
  ASSIGN_OR_RETURN(book->myorigin_, OriginOf(config));
  book->delimiters_ = config.recipient_delimiter();
  RETURN_IF_ERROR(book->OpenDomains(config, tables));
  RETURN_IF_ERROR(book->OpenMaps(config, tables));
  book->codes_ = {CodeOf(config.unknown_local_recipient_reject_code()),
                  CodeOf(config.unknown_virtual_alias_reject_code()),
                  CodeOf(config.unknown_virtual_mailbox_reject_code()),
                  CodeOf(config.unknown_relay_recipient_reject_code())};
  return book;
}

absl::Status AddressBook::OpenDomains(const config::v1::Mta& config,
                                      const table::Environment& tables) {
  ASSIGN_OR_RETURN(
      domains_.local,
      DomainList::Open("mydestination", config.mydestination(), tables));
  ASSIGN_OR_RETURN(domains_.virtual_alias,
                   DomainList::Open("virtual_alias_domains",
                                    config.virtual_alias_domains(), tables));
  ASSIGN_OR_RETURN(domains_.mailbox,
                   DomainList::Open("virtual_mailbox_domains",
                                    config.virtual_mailbox_domains(), tables));
  ASSIGN_OR_RETURN(
      domains_.relay,
      DomainList::Open("relay_domains", config.relay_domains(), tables));
  for (const std::string& domain : domains_.relay.names()) {
    if (domains_.mailbox.names().contains(domain)) {
      return absl::InvalidArgumentError(
          absl::StrCat("relay_domains: \"", domain,
                       "\" is in virtual_mailbox_domains as well"));
    }
  }
  return absl::OkStatus();
}

absl::Status AddressBook::OpenMaps(const config::v1::Mta& config,
                                   const table::Environment& tables) {
  const auto open = [this, &tables](absl::string_view field,
                                    const auto& specs) {
    return AddressMap::Open(field, specs, delimiters_, tables);
  };
  auto canonical = config.canonical_maps();
  canonical.MergeFrom(config.recipient_canonical_maps());
  ASSIGN_OR_RETURN(maps_.canonical, open("canonical_maps", canonical));
  ASSIGN_OR_RETURN(maps_.virtual_aliases,
                   open("virtual_alias_maps", config.virtual_alias_maps()));
  ASSIGN_OR_RETURN(maps_.relocated,
                   open("relocated_maps", config.relocated_maps()));
  ASSIGN_OR_RETURN(maps_.mailboxes,
                   open("virtual_mailbox_maps", config.virtual_mailbox_maps()));
  ASSIGN_OR_RETURN(maps_.relay,
                   open("relay_recipient_maps", config.relay_recipient_maps()));
  auto local = config.local_recipient_maps();
  for (std::string& spec : local) {
    if (absl::c_linear_search(config.alias_maps(), spec)) {
      spec = AliasSpec(spec);
    }
  }
  ASSIGN_OR_RETURN(maps_.local, open("local_recipient_maps", local));
  return absl::OkStatus();
}

mail::Address AddressBook::Complete(mail::Address address) const {
  if (address.domain.empty() && !address.is_null()) address.domain = myorigin_;
  return address;
}

net::Task<absl::StatusOr<bool>> AddressBook::IsLocal(std::string domain) const {
  const std::string key = DomainKey(domain);
  if (key == DomainKey(myorigin_)) co_return true;
  const absl::StatusOr<bool> is_local = co_await domains_.local.Contains(key);
  co_return is_local;
}

net::Task<absl::StatusOr<AddressClass>> AddressBook::ClassOf(
    mail::Address address) const {
  if (mail::HasRouting(address.local_part)) {
    co_return AddressClass::kElsewhere;
  }
  address = Complete(std::move(address));
  struct Step {
    const DomainList& domains;
    AddressClass address_class;
  };
  const Step steps[] = {
      {domains_.local, AddressClass::kLocal},
      {domains_.virtual_alias, AddressClass::kVirtualAlias},
      {domains_.mailbox, AddressClass::kMailbox},
      {domains_.relay, AddressClass::kRelay},
  };
  for (const Step& step : steps) {
    CO_ASSIGN_OR_RETURN(const bool is_there,
                        co_await step.domains.Contains(address.domain));
    if (is_there) co_return step.address_class;
  }
  co_return AddressClass::kElsewhere;
}

net::Task<absl::StatusOr<Listing>> AddressBook::ListingOf(mail::Address address,
                                                          Role role) const {
  address = Complete(std::move(address));
  Listing listing;
  CO_ASSIGN_OR_RETURN(listing.address_class, co_await ClassOf(address));
  CO_ASSIGN_OR_RETURN(const bool is_local, co_await IsLocal(address.domain));
  for (const AddressMap* map : {&maps_.canonical, &maps_.virtual_aliases}) {
    CO_ASSIGN_OR_RETURN(const std::optional<AddressMap::Match> match,
                        co_await map->Find(address, is_local));
    if (match) co_return listing;
  }
  CO_ASSIGN_OR_RETURN(const std::optional<AddressMap::Match> moved,
                      co_await maps_.relocated.Find(address, is_local));
  if (moved) {
    listing.unlisted = Moved(moved->value);
    co_return listing;
  }
  CO_ASSIGN_OR_RETURN(listing.unlisted,
                      co_await UnlistedIn(listing.address_class, address));
  if (listing.unlisted && role == Role::kSender) {
    listing.unlisted->status.back() = '0';
  }
  co_return listing;
}

net::Task<absl::StatusOr<std::optional<Unlisted>>> AddressBook::UnlistedIn(
    AddressClass address_class, mail::Address address) const {
  const AddressMap* map = nullptr;
  Unlisted unknown;
  switch (address_class) {
    case AddressClass::kLocal:
      map = &maps_.local;
      unknown = Unknown(codes_.local, "local recipient");
      break;
    case AddressClass::kVirtualAlias:
      co_return Unknown(codes_.virtual_alias, "virtual alias");
    case AddressClass::kMailbox:
      map = &maps_.mailboxes;
      unknown = Unknown(codes_.mailbox, "virtual mailbox");
      break;
    case AddressClass::kRelay:
      map = &maps_.relay;
      unknown = Unknown(codes_.relay, "relay recipient");
      break;
    case AddressClass::kElsewhere:
      co_return std::nullopt;
  }
  // Without a table everybody is taken, but for mailboxes that must be named.
  if (map->empty() && address_class != AddressClass::kMailbox) {
    co_return std::nullopt;
  }
  CO_ASSIGN_OR_RETURN(
      const std::optional<AddressMap::Match> match,
      co_await map->Find(address, address_class == AddressClass::kLocal));
  if (match) co_return std::nullopt;
  co_return unknown;
}

net::Task<absl::StatusOr<std::optional<std::string>>> AddressBook::MailboxOf(
    mail::Address address) const {
  address = Complete(std::move(address));
  CO_ASSIGN_OR_RETURN(std::optional<AddressMap::Match> match,
                      co_await maps_.mailboxes.Find(address, false));
  if (!match) co_return std::nullopt;
  co_return std::move(match->value);
}

}  // namespace postern::mta::rewriting
