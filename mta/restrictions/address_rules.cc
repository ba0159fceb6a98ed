#include "mta/restrictions/address_rules.h"

#include <memory>
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "lib/base/status_macros.h"
#include "mta/restrictions/domain_look_up.h"
#include "mta/restrictions/host_name.h"
#include "mta/restrictions/listing.h"
#include "mta/restrictions/tempfail.h"

namespace postern::mta::restrictions {
namespace {

// Which of the two addresses a rule judges, and its words.
struct Side {
  std::optional<mail::Address> Facts::*address;
  AddressClass Facts::*address_class;
  Subject (*subject)(const Facts& facts);
  absl::string_view unknown_status;
  int null_mx_code;
  absl::string_view null_mx_status;
  Reason reason;
};
constexpr Side kSender = {
    &Facts::sender, &Facts::sender_class, SenderSubject, "4.1.8", 550,
    "5.7.27",       Reason::kSender};
constexpr Side kRecipient = {
    &Facts::recipient, &Facts::recipient_class, RecipientSubject, "4.1.2", 556,
    "5.1.10",          Reason::kRecipient};

// Returns the domain to judge; "": there is none.
absl::string_view DomainOf(const Facts& facts, const Side& side) {
  const std::optional<mail::Address>& address = facts.*(side.address);
  if (!address || address->is_null() || IsBracketed(address->domain)) return "";
  return address->domain;
}

class RejectNonFqdn final : public Rule {
 public:
  RejectNonFqdn(const Side& side, int code) : side_(side), code_(code) {}

  net::Task<Outcome> Ask(const Facts& facts, const Subject&) const override {
    const absl::string_view domain = DomainOf(facts, side_);
    if (domain.empty() || IsFullHostName(domain)) co_return Outcome::Dunno();
    co_return Outcome::Refuse(Rejected(code_, "4.5.2", side_.subject(facts),
                                       "need fully-qualified address"),
                              side_.reason);
  }
  bool needs_client_name() const override { return false; }

 private:
  const Side& side_;
  const int code_;
};

class RejectUnknownDomain final : public Rule {
 public:
  RejectUnknownDomain(const Side& side, int code, TempfailAction tempfail,
                      dns::Resolver* resolver)
      : side_(side), code_(code), tempfail_(tempfail), resolver_(resolver) {}

  net::Task<Outcome> Ask(const Facts& facts, const Subject&) const override {
    const std::string domain(DomainOf(facts, side_));
    const AddressClass address_class = facts.*(side_.address_class);
    // Ours to deliver: no DNS is needed for that.
    if (domain.empty() || (address_class != AddressClass::kRelay &&
                           address_class != AddressClass::kElsewhere)) {
      co_return Outcome::Dunno();
    }
    if (resolver_ == nullptr) co_return Outcome::Misconfigured();
    const DomainStatus status = co_await LookUpDomain(*resolver_, domain);
    co_return Judge(facts, domain, status);
  }
  bool needs_client_name() const override { return false; }

 private:
  Outcome Judge(const Facts& facts, const std::string& domain,
                DomainStatus status) const {
    const Subject subject = side_.subject(facts);
    constexpr absl::string_view kNotFound = "Domain not found";
    switch (status) {
      case DomainStatus::kOk:
        break;
      case DomainStatus::kNone:
        return Outcome::Refuse(
            Rejected(code_, side_.unknown_status, subject, kNotFound),
            side_.reason);
      case DomainStatus::kNullMx:
        return Outcome::Refuse(
            Rejected(side_.null_mx_code, side_.null_mx_status, subject,
                     absl::StrCat("Domain ", domain,
                                  " does not accept mail (nullMX)")),
            side_.reason);
      case DomainStatus::kTemporaryFailure:
        return Tempfail(tempfail_,
                        Rejected(450, side_.unknown_status, subject, kNotFound),
                        side_.reason);
    }
    return Outcome::Dunno();
  }

  const Side& side_;
  const int code_;
  const TempfailAction tempfail_;
  dns::Resolver* const resolver_;
};

template <Outcome (*Listing)(const Facts&)>
class RejectUnlisted final : public Rule {
 public:
  net::Task<Outcome> Ask(const Facts& facts, const Subject&) const override {
    co_return Listing(facts);
  }
  bool needs_client_name() const override { return false; }
};

template <const Side& side>
absl::StatusOr<std::unique_ptr<Rule>> MakeNonFqdn(const std::string&,
                                                  const RuleContext& context) {
  return std::make_unique<RejectNonFqdn>(side,
                                         context.config.non_fqdn_reject_code());
}

template <const Side& side>
absl::StatusOr<std::unique_ptr<Rule>> MakeUnknown(const std::string&,
                                                  const RuleContext& context) {
  const config::v1::Mta& config = context.config;
  ASSIGN_OR_RETURN(const TempfailAction tempfail,
                   TempfailActionOf(config, "unknown_address_tempfail_action",
                                    config.unknown_address_tempfail_action()));
  return std::make_unique<RejectUnknownDomain>(
      side, config.unknown_address_reject_code(), tempfail,
      context.services.resolver);
}

constexpr RuleName kNames[] = {
    {"reject_non_fqdn_sender", Argument::kNone, MakeNonFqdn<kSender>},
    {"reject_non_fqdn_recipient", Argument::kNone, MakeNonFqdn<kRecipient>},
    {"reject_unknown_sender_domain", Argument::kNone, MakeUnknown<kSender>},
    {"reject_unknown_address", Argument::kNone, MakeUnknown<kSender>},
    {"reject_unknown_recipient_domain", Argument::kNone,
     MakeUnknown<kRecipient>},
    {"reject_unlisted_sender", Argument::kNone,
     MakePlain<RejectUnlisted<SenderListing>>},
    {"reject_unlisted_recipient", Argument::kNone,
     MakePlain<RejectUnlisted<RecipientListing>>},
    {"check_recipient_maps", Argument::kNone,
     MakePlain<RejectUnlisted<RecipientListing>>},
};

}  // namespace

absl::Span<const RuleName> AddressRules() { return kNames; }

}  // namespace postern::mta::restrictions
