#include "mta/rewriting/canonical.h"

#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "lib/base/log.h"
#include "lib/base/printable.h"
#include "lib/base/status_macros.h"
#include "mta/rewriting/address_text.h"
#include "mta/smtp/reply.h"

namespace postern::mta::rewriting {
namespace {

constexpr int kMaxRounds = 10;

struct PlaceName {
  const char* word;
  Place place;
};
constexpr PlaceName kPlaces[] = {
    {"envelope_sender", Place::kEnvelopeSender},
    {"envelope_recipient", Place::kEnvelopeRecipient},
    {"header_sender", Place::kHeaderSender},
    {"header_recipient", Place::kHeaderRecipient},
};

uint32_t BitOf(Place place) { return 1u << static_cast<int>(place); }

using Words = google::protobuf::RepeatedPtrField<std::string>;

absl::StatusOr<uint32_t> PlacesOf(absl::string_view field, const Words& words) {
  uint32_t places = 0;
  for (const std::string& word : words) {
    const auto* it = absl::c_find_if(
        kPlaces, [&word](const PlaceName& name) { return word == name.word; });
    if (it == std::end(kPlaces)) {
      return absl::InvalidArgumentError(absl::StrCat(
          field, ": \"", Printable(word),
          "\": envelope_sender, envelope_recipient, header_sender or "
          "header_recipient is wanted"));
    }
    places |= BitOf(it->place);
  }
  return places;
}

absl::Status Report(const char* event, absl::string_view table,
                    const mail::Address& address, absl::string_view why,
                    const smtp::Reply& reply) {
  log::Error(event,
             {{"table", table}, {"address", address.ToString()}, {"why", why}});
  return smtp::ReplyError(reply);
}

}  // namespace

absl::Status LookupError(absl::string_view table, const mail::Address& address,
                         absl::string_view why) {
  return Report("lookup_failed", table, address, why,
                {451, "4.3.0", "Temporary lookup failure"});
}

absl::Status ExpansionError(absl::string_view table,
                            const mail::Address& address,
                            absl::string_view why) {
  return Report("expansion_failed", table, address, why,
                {451, "4.6.0", "Alias expansion error"});
}

bool Propagates(const config::v1::Mta& config, absl::string_view word) {
  return absl::c_linear_search(config.propagate_unmatched_extensions(), word);
}

std::vector<mail::Address> AddressesIn(const AddressMap::Match& match,
                                       const mail::Address& asked,
                                       bool propagates) {
  std::vector<mail::Address> addresses;
  if (absl::StartsWith(match.value, "@")) {
    mail::Address moved = asked;
    moved.local_part =
        std::string(absl::StripSuffix(asked.local_part, match.extension));
    moved.domain = match.value.substr(1);
    // Nobody may be sent what is not an address.
    if (mail::IsDomain(moved.domain, mail::Charset::kUtf8)) {
      addresses.push_back(std::move(moved));
    }
  } else {
    for (FoundAddress& found :
         FindAddresses(match.value, Between::kCommaOrBlank)) {
      addresses.push_back(std::move(found.address));
    }
  }
  if (propagates) {
    for (mail::Address& address : addresses) {
      address.local_part += match.extension;
    }
  }
  return addresses;
}

absl::StatusOr<std::unique_ptr<Canonical>> Canonical::Open(
    const config::v1::Mta& config, std::shared_ptr<const AddressBook> book,
    const table::Environment& tables) {
  std::unique_ptr<Canonical> canonical(new Canonical());
  canonical->book_ = std::move(book);
  canonical->mydomain_ = config.mydomain();
  canonical->appends_origin_ = config.append_at_myorigin();
  canonical->appends_domain_ = config.append_dot_mydomain();
  canonical->propagates_ = Propagates(config, "canonical");
  struct Table {
    const char* field;
    const Words& specs;
    const Words& classes;
  };
  const Table all[] = {
      {"sender_canonical_maps", config.sender_canonical_maps(),
       config.sender_canonical_classes()},
      {"recipient_canonical_maps", config.recipient_canonical_maps(),
       config.recipient_canonical_classes()},
      {"canonical_maps", config.canonical_maps(), config.canonical_classes()},
  };
  for (const Table& table : all) {
    Step step;
    step.field = table.field;
    ASSIGN_OR_RETURN(step.places, PlacesOf(table.field, table.classes));
    ASSIGN_OR_RETURN(step.map,
                     AddressMap::Open(table.field, table.specs,
                                      config.recipient_delimiter(), tables));
    if (!step.map.empty()) canonical->steps_.push_back(std::move(step));
  }
  ASSIGN_OR_RETURN(canonical->masquerade_places_,
                   PlacesOf("masquerade_classes", config.masquerade_classes()));
  for (const std::string& domain : config.masquerade_domains()) {
    canonical->masquerade_domains_.push_back(absl::AsciiStrToLower(domain));
  }
  for (const std::string& name : config.masquerade_exceptions()) {
    canonical->masquerade_exceptions_.insert(absl::AsciiStrToLower(name));
  }
  return canonical;
}

mail::Address Canonical::Complete(mail::Address address) const {
  if (address.is_null()) return address;
  if (address.domain.empty()) {
    if (appends_origin_) address.domain = book_->myorigin();
  } else if (appends_domain_ && address.domain[0] != '[' &&
             !absl::StrContains(address.domain, ".")) {
    absl::StrAppend(&address.domain, ".", mydomain_);
  }
  return address;
}

net::Task<absl::StatusOr<mail::Address>> Canonical::Rewrite(
    Place place, mail::Address address) const {
  if (address.is_null()) co_return address;
  address = Complete(std::move(address));
  for (const Step& step : steps_) {
    if ((step.places & BitOf(place)) == 0) continue;
    CO_ASSIGN_OR_RETURN(address, co_await Map(step, address));
  }
  if ((masquerade_places_ & BitOf(place)) != 0) {
    address = Masqueraded(std::move(address));
  }
  co_return address;
}

net::Task<absl::StatusOr<mail::Address>> Canonical::Map(
    const Step& step, mail::Address address) const {
  for (int round = 0; round < kMaxRounds; ++round) {
    const absl::StatusOr<bool> is_local =
        co_await book_->IsLocal(address.domain);
    if (!is_local.ok()) {
      co_return LookupError("mydestination", address,
                            is_local.status().message());
    }
    const absl::StatusOr<std::optional<AddressMap::Match>> match =
        co_await step.map.Find(address, *is_local);
    if (!match.ok()) {
      co_return LookupError(step.field, address, match.status().message());
    }
    if (!match->has_value()) co_return address;
    const std::vector<mail::Address> found =
        AddressesIn(**match, address, propagates_);
    if (found.empty()) {
      co_return ExpansionError(step.field, address, "the value is no address");
    }
    const mail::Address next = Complete(found.front());
    const bool is_same =
        absl::EqualsIgnoreCase(next.ToString(), address.ToString());
    address = next;
    if (is_same) co_return address;
  }
  co_return ExpansionError(step.field, address, "there is no end");
}

mail::Address Canonical::Masqueraded(mail::Address address) const {
  if (masquerade_exceptions_.contains(
          absl::AsciiStrToLower(address.local_part))) {
    return address;
  }
  const std::string domain = DomainKey(address.domain);
  for (absl::string_view parent : masquerade_domains_) {
    const bool stays = absl::ConsumePrefix(&parent, "!");
    if (domain != parent &&
        !absl::EndsWith(domain, absl::StrCat(".", parent))) {
      continue;
    }
    if (!stays) address.domain = std::string(parent);
    break;
  }
  return address;
}

}  // namespace postern::mta::rewriting
