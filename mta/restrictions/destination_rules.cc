#include "mta/restrictions/destination_rules.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "lib/table/table.h"
#include "mta/restrictions/rule_resources.h"

namespace postern::mta::restrictions {
namespace {

bool IsAuthorized(const Facts& facts) {
  return facts.recipient_class != AddressClass::kElsewhere;
}

// A permission that depends on a fact about the client.
template <bool (*Holds)(const Facts&)>
class PermitIf final : public Rule {
 public:
  net::Task<Outcome> Ask(const Facts& facts, const Subject&) const override {
    co_return Holds(facts) ? Outcome::Permit() : Outcome::Dunno();
  }
  bool needs_client_name() const override { return false; }
};

bool IsInMynetworks(const Facts& facts) { return facts.is_in_mynetworks; }
bool IsThisHost(const Facts& facts) { return facts.is_this_host; }
bool IsAuthenticated(const Facts& facts) {
  return !facts.question.sasl_username.empty();
}
bool HasAuthDestination(const Facts& facts) {
  return facts.recipient.has_value() && IsAuthorized(facts);
}
bool HasTrustedCcert(const Facts& facts) { return facts.has_trusted_ccert; }

// reject_unauth_destination, defer_unauth_destination.
class RefuseUnauthDestination final : public Rule {
 public:
  RefuseUnauthDestination(int code, absl::string_view status)
      : code_(code), status_(status) {}

  net::Task<Outcome> Ask(const Facts& facts, const Subject&) const override {
    if (!facts.recipient || IsAuthorized(facts)) co_return Outcome::Dunno();
    smtp::Reply reply{
        code_, status_,
        absl::StrCat("<", facts.question.recipient, ">: Relay access denied")};
    co_return Outcome::Refuse(std::move(reply), Reason::kRelay);
  }
  Effect effect() const override { return Effect::kRefusesStrangers; }
  bool needs_client_name() const override { return false; }

 private:
  const int code_;
  const std::string status_;
};

absl::StatusOr<std::unique_ptr<Rule>> MakeReject(const std::string&,
                                                 const RuleContext& context) {
  return std::make_unique<RefuseUnauthDestination>(
      context.config.relay_domains_reject_code(), "5.7.1");
}

absl::StatusOr<std::unique_ptr<Rule>> MakeDefer(const std::string&,
                                                const RuleContext& context) {
  return std::make_unique<RefuseUnauthDestination>(
      context.config.relay_domains_reject_code() - 100, "4.7.1");
}

// permit_tls_clientcerts: fingerprints in relay_clientcerts.
class PermitTlsClientcerts final : public Rule {
 public:
  explicit PermitTlsClientcerts(std::vector<const table::Table*> tables)
      : tables_(std::move(tables)) {}

  net::Task<Outcome> Ask(const Facts& facts,
                         const Subject& subject) const override {
    const absl::string_view prints[] = {
        facts.question.ccert_fingerprint,
        facts.question.ccert_pubkey_fingerprint};
    for (const absl::string_view print : prints) {
      if (print.empty()) continue;
      for (const table::Table* table : tables_) {
        const absl::StatusOr<std::optional<std::string>> found =
            co_await table->Find(print);
        if (!found.ok()) co_return Outcome::CannotLookUp(subject);
        if (found->has_value()) co_return Outcome::Permit();
      }
    }
    co_return Outcome::Dunno();
  }

 private:
  const std::vector<const table::Table*> tables_;
};

absl::StatusOr<std::unique_ptr<Rule>> MakePermitTlsClientcerts(
    const std::string&, const RuleContext& context) {
  std::vector<const table::Table*> tables;
  for (const std::string& spec : context.config.relay_clientcerts()) {
    absl::StatusOr<const table::Table*> table =
        context.resources.OpenTable(spec);
    if (!table.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat("relay_clientcerts: ", table.status().message()));
    }
    tables.push_back(*table);
  }
  return std::make_unique<PermitTlsClientcerts>(std::move(tables));
}

constexpr RuleName kNames[] = {
    {"permit_mynetworks", Argument::kNone, MakePlain<PermitIf<IsInMynetworks>>},
    {"permit_inet_interfaces", Argument::kNone,
     MakePlain<PermitIf<IsThisHost>>},
    {"permit_sasl_authenticated", Argument::kNone,
     MakePlain<PermitIf<IsAuthenticated>>},
    {"permit_auth_destination", Argument::kNone,
     MakePlain<PermitIf<HasAuthDestination>>},
    {"permit_tls_all_clientcerts", Argument::kNone,
     MakePlain<PermitIf<HasTrustedCcert>>},
    {"permit_tls_clientcerts", Argument::kNone, MakePermitTlsClientcerts},
    {"reject_unauth_destination", Argument::kNone, MakeReject},
    {"defer_unauth_destination", Argument::kNone, MakeDefer},
};

}  // namespace

absl::Span<const RuleName> DestinationRules() { return kNames; }

}  // namespace postern::mta::restrictions
