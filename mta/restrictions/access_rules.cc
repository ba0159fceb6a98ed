#include "mta/restrictions/access_rules.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "lib/base/log.h"
#include "lib/base/status_macros.h"
#include "lib/table/table.h"
#include "mta/restrictions/access_keys.h"
#include "mta/restrictions/rule_resources.h"

namespace postern::mta::restrictions {
namespace {

// What of the facts a rule looks up.
struct What {
  Subject (*subject)(const Facts& facts);
  // The keys of one kind after the other: a table with patterns is asked for
  // the first of each kind only. None: there is nothing to look up.
  std::vector<std::vector<std::string>> (*keys)(const Facts& facts,
                                                const KeyRules& rules,
                                                const std::string& null_key);
};
using KeyLists = std::vector<std::vector<std::string>>;

KeyLists ClientKeys(const Facts& facts, const KeyRules& rules,
                    const std::string&) {
  return {DomainKeys(facts.question.client_name, rules),
          AddressKeys(facts.question.client_address)};
}

KeyLists ReverseClientKeys(const Facts& facts, const KeyRules& rules,
                           const std::string&) {
  return {DomainKeys(facts.question.reverse_client_name, rules),
          AddressKeys(facts.question.client_address)};
}

KeyLists HeloKeys(const Facts& facts, const KeyRules& rules,
                  const std::string&) {
  return {DomainKeys(facts.question.helo_name, rules)};
}

KeyLists SenderKeys(const Facts& facts, const KeyRules& rules,
                    const std::string& null_key) {
  if (!facts.sender) return {};
  if (facts.sender->is_null()) return {{null_key}};
  return {MailKeys(*facts.sender, rules)};
}

KeyLists RecipientKeys(const Facts& facts, const KeyRules& rules,
                       const std::string&) {
  if (!facts.recipient) return {};
  return {MailKeys(*facts.recipient, rules)};
}

KeyLists CcertKeys(const Facts& facts, const KeyRules&, const std::string&) {
  KeyLists lists;
  for (const absl::string_view print :
       {facts.question.ccert_fingerprint,
        facts.question.ccert_pubkey_fingerprint}) {
    if (!print.empty()) lists.push_back({std::string(print)});
  }
  return lists;
}

constexpr What kClient = {ClientSubject, ClientKeys};
constexpr What kReverseClient = {ReverseClientSubject, ReverseClientKeys};
constexpr What kHelo = {HeloSubject, HeloKeys};
constexpr What kSender = {SenderSubject, SenderKeys};
constexpr What kRecipient = {RecipientSubject, RecipientKeys};
constexpr What kCcert = {ClientSubject, CcertKeys};

class CheckAccess final : public Rule {
 public:
  CheckAccess(const What& what, std::string spec, const table::Table* table,
              const config::v1::Mta& config)
      : what_(what),
        spec_(std::move(spec)),
        has_patterns_(HasPatterns(spec_)),
        table_(table),
        key_rules_(KeyRules::FromConfig(config)),
        null_key_(config.smtpd_null_access_lookup_key()) {}

  net::Task<Outcome> Ask(const Facts& facts, const Subject&) const override {
    for (const std::vector<std::string>& keys :
         what_.keys(facts, key_rules_, null_key_)) {
      for (const std::string& key : keys) {
        const absl::StatusOr<std::optional<std::string>> found =
            co_await table_->Find(key);
        if (!found.ok()) {
          log::Error("table_failed",
                     {{"table", spec_}, {"error", found.status()}});
          co_return Outcome::CannotLookUp(what_.subject(facts));
        }
        if (found->has_value()) co_return Found(facts, **found);
        if (has_patterns_) break;
      }
    }
    co_return Outcome::Dunno();
  }

 private:
  Outcome Found(const Facts& facts, const std::string& value) const {
    absl::StatusOr<policy::Verdict> action = policy::ParseVerdict(value);
    if (!action.ok()) {
      log::Error("access_action_not_understood",
                 {{"table", spec_}, {"action", value}});
      return Outcome::Misconfigured();
    }
    return Outcome::Act(*std::move(action), what_.subject(facts),
                        Reason::kAccess);
  }

  const What& what_;
  const std::string spec_;
  const bool has_patterns_;
  const table::Table* const table_;
  const KeyRules key_rules_;
  const std::string null_key_;
};

template <const What& what>
absl::StatusOr<std::unique_ptr<Rule>> Make(const std::string& spec,
                                           const RuleContext& context) {
  ASSIGN_OR_RETURN(const table::Table* const table,
                   context.resources.OpenTable(spec));
  return std::make_unique<CheckAccess>(what, spec, table, context.config);
}

constexpr RuleName kNames[] = {
    {"check_client_access", Argument::kTable, Make<kClient>},
    {"check_reverse_client_hostname_access", Argument::kTable,
     Make<kReverseClient>},
    {"check_helo_access", Argument::kTable, Make<kHelo>},
    {"check_sender_access", Argument::kTable, Make<kSender>},
    {"check_recipient_access", Argument::kTable, Make<kRecipient>},
    {"check_ccert_access", Argument::kTable, Make<kCcert>},
};

}  // namespace

absl::Span<const RuleName> AccessRules() { return kNames; }

}  // namespace postern::mta::restrictions
