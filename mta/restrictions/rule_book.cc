#include "mta/restrictions/rule_book.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "lib/base/printable.h"
#include "lib/base/status_macros.h"
#include "mta/restrictions/access_rules.h"
#include "mta/restrictions/address_rules.h"
#include "mta/restrictions/client_rules.h"
#include "mta/restrictions/destination_rules.h"
#include "mta/restrictions/dnsbl_rules.h"
#include "mta/restrictions/generic_rules.h"
#include "mta/restrictions/helo_rules.h"
#include "mta/restrictions/login_rules.h"
#include "mta/restrictions/policy_rule.h"
#include "mta/restrictions/protocol_rules.h"
#include "mta/restrictions/restriction_words.h"
#include "mta/restrictions/verify_rules.h"

namespace postern::mta::restrictions {
namespace {

using Effect = Rule::Effect;

// All families. A name is in one of them.
constexpr absl::Span<const RuleName> (*kFamilies[])() = {
    GenericRules, DestinationRules, ClientRules, HeloRules,
    AddressRules, ProtocolRules,    LoginRules,  AccessRules,
    PolicyRules,  DnsblRules,       VerifyRules,
};

constexpr absl::string_view kWarnIfReject = "warn_if_reject";
constexpr int kMaxClassDepth = 100;

const RuleName* FindName(absl::string_view name) {
  for (const auto family : kFamilies) {
    for (const RuleName& known : family()) {
      if (absl::EqualsIgnoreCase(known.name, name)) return &known;
    }
  }
  return nullptr;
}

// "hash:/etc/postern/access", and not "{ inet:… }".
bool IsTable(absl::string_view word) {
  const size_t colon = word.find(':');
  return colon != absl::string_view::npos && colon > 0 &&
         absl::ascii_isalpha(word[0]);
}

template <typename... Parts>
absl::Status Wrong(const Parts&... parts) {
  return absl::InvalidArgumentError(absl::StrCat(parts...));
}

absl::StatusOr<std::unique_ptr<Rule>> Make(const RuleName& known,
                                           const std::string& argument,
                                           const RuleContext& context) {
  if (known.argument != Argument::kNone && argument.empty()) {
    return Wrong(known.name, " needs an argument");
  }
  if (known.argument == Argument::kTable && !IsTable(argument)) {
    return Wrong(known.name, ": \"", Printable(argument),
                 "\" is not a table: type:name");
  }
  absl::StatusOr<std::unique_ptr<Rule>> rule = known.make(argument, context);
  if (!rule.ok() && known.argument != Argument::kNone) {
    return Wrong(known.name, ": ", rule.status().message());
  }
  return rule;
}

Effect EffectWithin(const RuleList& list, int depth) {
  if (depth > kMaxClassDepth) return Effect::kDepends;
  for (const RuleList::Entry& entry : list.entries) {
    const Effect effect = entry.rule != nullptr
                              ? entry.rule->effect()
                              : EffectWithin(*entry.nested, depth + 1);
    if (effect == Effect::kPermitsEverybody) return effect;
    if (effect == Effect::kRefusesStrangers && !entry.warn_if_reject) {
      return effect;
    }
  }
  return Effect::kDepends;
}

}  // namespace

Rule::Effect RuleBook::EffectOf(const RuleList& list) {
  return EffectWithin(list, 0);
}

absl::StatusOr<std::unique_ptr<RuleBook>> RuleBook::Create(
    const config::v1::Mta& config, Services services) {
  std::unique_ptr<RuleBook> book(new RuleBook(config, std::move(services)));
  RETURN_IF_ERROR(book->ReadClasses());
  return book;
}

absl::Status RuleBook::ReadClasses() {
  const auto& texts = config_.smtpd_restriction_classes();
  for (const auto& [name, text] : texts) {
    if (name.empty() || IsTable(name) || FindName(name) != nullptr ||
        absl::EqualsIgnoreCase(name, kWarnIfReject)) {
      return Wrong("smtpd_restriction_classes: \"", Printable(name),
                   "\" cannot be the name of a class");
    }
    classes_[name];  // So that they can name each other.
  }
  for (const auto& [name, text] : texts) {
    absl::StatusOr<RuleList> list = Read(text, "");
    if (!list.ok()) {
      return Wrong("smtpd_restriction_classes[", name,
                   "]: ", list.status().message());
    }
    classes_[name] = *std::move(list);
  }
  return absl::OkStatus();
}

absl::Status RuleBook::Unknown(absl::string_view name) const {
  std::vector<absl::string_view> names = {kWarnIfReject};
  for (const auto family : kFamilies) {
    for (const RuleName& known : family()) names.push_back(known.name);
  }
  for (const auto& [known, list] : classes_) names.push_back(known);
  const std::string best = MostLike(name, names);
  return Wrong(
      "unknown restriction \"", Printable(name), "\"",
      best.empty() ? "" : absl::StrCat("; did you mean \"", best, "\"?"));
}

absl::StatusOr<RuleList::Entry> RuleBook::ReadEntry(
    const std::vector<std::string>& words, absl::string_view table_rule,
    size_t& next) const {
  RuleList::Entry entry;
  if (absl::EqualsIgnoreCase(words[next], kWarnIfReject)) {
    entry.warn_if_reject = true;
    if (++next == words.size()) {
      return Wrong("warn_if_reject needs a restriction");
    }
  }
  entry.name = words[next++];
  const auto found = classes_.find(entry.name);
  if (found != classes_.end()) {
    entry.nested = &found->second;
    return entry;
  }
  std::string argument;
  if (!table_rule.empty() && IsTable(entry.name)) {
    argument = entry.name;
    entry.name = std::string(table_rule);
  }
  const RuleName* const known = FindName(entry.name);
  if (known == nullptr) return Unknown(entry.name);
  if (argument.empty() && known->argument != Argument::kNone &&
      next < words.size()) {
    argument = words[next++];
  }
  const RuleContext context = {config_, services_, resources_};
  ASSIGN_OR_RETURN(entry.rule, Make(*known, argument, context));
  if (!resources_.is_sealed() && entry.rule->needs_client_name()) {
    needs_client_name_ = true;
  }
  return entry;
}

absl::StatusOr<RuleList> RuleBook::Read(absl::string_view text,
                                        absl::string_view table_rule) const {
  ASSIGN_OR_RETURN(const std::vector<std::string> words,
                   RestrictionWords(text));
  if (words.empty()) return Wrong("empty restriction");
  RuleList list;
  for (size_t next = 0; next < words.size();) {
    ASSIGN_OR_RETURN(RuleList::Entry entry, ReadEntry(words, table_rule, next));
    list.entries.push_back(std::move(entry));
  }
  return list;
}

}  // namespace postern::mta::restrictions
