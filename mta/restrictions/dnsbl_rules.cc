#include "mta/restrictions/dnsbl_rules.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "lib/base/log.h"
#include "lib/base/status_macros.h"
#include "lib/config/config.h"
#include "lib/mail/idna.h"
#include "mta/restrictions/dnsbl.h"
#include "mta/restrictions/dnsbl_reply.h"
#include "mta/restrictions/rule_resources.h"

namespace postern::mta::restrictions {
namespace {

// What a rule asks about.
struct Target {
  absl::string_view rbl_class;
  // Returns it in words; empty: it is not known, and nothing is asked.
  absl::string_view (*what)(const Facts& facts);
  bool is_address = false;
};

absl::string_view KnownName(NameStatus status, absl::string_view name) {
  return status == NameStatus::kOk ? name : "";
}

constexpr Target kClientAddress = {
    .rbl_class = "Client host",
    .what = [](const Facts& f) { return f.question.client_address; },
    .is_address = true};
constexpr Target kClientName = {
    .rbl_class = "Client host", .what = [](const Facts& f) {
      return KnownName(f.client_name_status, f.question.client_name);
    }};
constexpr Target kReverseName = {
    .rbl_class = "Unverified Client host", .what = [](const Facts& f) {
      return KnownName(f.reverse_client_name_status,
                       f.question.reverse_client_name);
    }};
constexpr Target kHelo = {
    .rbl_class = "Helo command",
    .what = [](const Facts& f) { return f.question.helo_name; }};
constexpr Target kSender = {
    .rbl_class = "Sender address",
    .what = [](const Facts& f) { return f.question.sender; }};
constexpr Target kRecipient = {
    .rbl_class = "Recipient address",
    .what = [](const Facts& f) { return f.question.recipient; }};

// Returns the domain to ask about, empty if `what` has none that lists know.
std::string DomainToAsk(absl::string_view what) {
  const absl::string_view domain = what.substr(what.rfind('@') + 1);
  const absl::string_view last = domain.substr(domain.rfind('.') + 1);
  const bool ends_in_number =
      std::all_of(last.begin(), last.end(), absl::ascii_isdigit);
  if (domain.empty() || domain.front() == '[' || ends_in_number) return "";
  absl::StatusOr<std::string> ascii = mail::ToALabels(domain);
  return ascii.ok() ? *std::move(ascii) : "";
}

class DnsblRule : public Rule {
 public:
  // `lists` must outlive it; null: it is only good for checking.
  DnsblRule(const Target& target, DnsList list, DnsLists* lists,
            absl::Duration timeout)
      : target_(target),
        list_(std::move(list)),
        lists_(lists),
        timeout_(timeout) {
    if (lists_ != nullptr) lists_->Announce(list_);
  }

  bool wants_prefetch() const override { return true; }

  void Prefetch(const Facts& facts) const override {
    const std::string key = KeyOf(facts);
    if (!key.empty() && lists_ != nullptr) {
      lists_->Prefetch(key, list_, timeout_);
    }
  }

 protected:
  // Returns what the list is asked about; empty: nothing.
  std::string KeyOf(const Facts& facts) const {
    return target_.is_address ? facts.client.ReversedLabels()
                              : DomainToAsk(target_.what(facts));
  }

  net::Task<DnsblAnswer> AskList(const Facts& facts) const {
    const std::string key = KeyOf(facts);
    if (key.empty()) {
      co_return DnsblAnswer{.kind = DnsblAnswer::Kind::kNotListed};
    }
    DnsblAnswer answer = co_await lists_->Ask(key, list_, timeout_);
    co_return answer;
  }

  const Target& target_;
  const DnsList list_;
  DnsLists* const lists_;
  const absl::Duration timeout_;
};

// How a listing becomes a reply.
struct Replies {
  int code = 554;
  std::string usual;  // default_rbl_reply.
  std::vector<const table::Table*> maps;

  static absl::StatusOr<Replies> FromConfig(const RuleContext& context);

  net::Task<std::string> TemplateOf(std::string zone) const;
};

absl::StatusOr<Replies> Replies::FromConfig(const RuleContext& context) {
  Replies replies;
  replies.code = static_cast<int>(context.config.maps_rbl_reject_code());
  replies.usual = context.config.default_rbl_reply();
  const absl::Status usual = CheckDnsblTemplate(replies.usual);
  if (!usual.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat("default_rbl_reply: ", usual.message()));
  }
  for (const std::string& spec : context.config.rbl_reply_maps()) {
    absl::StatusOr<const table::Table*> map = context.resources.OpenTable(spec);
    if (!map.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat("rbl_reply_maps: ", map.status().message()));
    }
    replies.maps.push_back(*map);
  }
  return replies;
}

// A table that is away or wrong does not let a listed client in.
net::Task<std::string> Replies::TemplateOf(std::string zone) const {
  for (const table::Table* const map : maps) {
    absl::StatusOr<std::optional<std::string>> found = co_await map->Find(zone);
    if (!found.ok()) {
      log::Warning("rbl_reply_maps_failed", {{"error", found.status()}});
      break;
    }
    if (!found->has_value()) continue;
    if (CheckDnsblTemplate(**found).ok()) co_return **std::move(found);
    log::Warning("rbl_reply_maps_wrong",
                 {{"zone", zone}, {"template", **found}});
    break;
  }
  co_return usual;
}

class RejectListed final : public DnsblRule {
 public:
  RejectListed(const Target& target, DnsList list, DnsLists* lists,
               absl::Duration timeout, Replies replies)
      : DnsblRule(target, std::move(list), lists, timeout),
        replies_(std::move(replies)) {}

  net::Task<Outcome> Ask(const Facts& facts, const Subject&) const override {
    if (lists_ == nullptr) co_return Outcome::Misconfigured();
    DnsblAnswer answer = co_await AskList(facts);
    if (answer.kind != DnsblAnswer::Kind::kListed) co_return Outcome::Dunno();
    const std::string text = co_await replies_.TemplateOf(list_.zone);
    DnsblListing listing;
    listing.code = replies_.code;
    listing.rbl_class = target_.rbl_class;
    listing.zone = list_.zone;
    listing.what = target_.what(facts);
    listing.reason = std::move(answer.reason);
    listing.question = &facts.question;
    co_return Outcome::Refuse(FormatDnsblReply(text, listing),
                              Reason::kDnsList);
  }

 private:
  const Replies replies_;
};

class PermitListed final : public DnsblRule {
 public:
  using DnsblRule::DnsblRule;

  net::Task<Outcome> Ask(const Facts& facts,
                         const Subject& subject) const override {
    if (lists_ == nullptr) co_return Outcome::Misconfigured();
    const bool would_relay = facts.recipient.has_value() &&
                             facts.recipient_class == AddressClass::kElsewhere;
    if (would_relay) co_return Outcome::Dunno();
    const DnsblAnswer answer = co_await AskList(facts);
    if (answer.kind == DnsblAnswer::Kind::kListed) co_return Outcome::Permit();
    if (answer.kind == DnsblAnswer::Kind::kNotListed) {
      co_return Outcome::Dunno();
    }
    policy::Verdict defer;
    defer.kind = policy::Verdict::Kind::kDeferIfReject;
    co_return Outcome::Act(std::move(defer), subject, Reason::kDnsList);
  }
};

template <const Target& kTarget>
absl::StatusOr<std::unique_ptr<Rule>> MakeReject(const std::string& argument,
                                                 const RuleContext& context) {
  ASSIGN_OR_RETURN(DnsList list, DnsList::Parse(argument));
  ASSIGN_OR_RETURN(Replies replies, Replies::FromConfig(context));
  return std::make_unique<RejectListed>(
      kTarget, std::move(list), context.services.dns_lists,
      config::FromProto(context.config.smtpd_dnsbl_timeout()),
      std::move(replies));
}

template <const Target& kTarget>
absl::StatusOr<std::unique_ptr<Rule>> MakePermit(const std::string& argument,
                                                 const RuleContext& context) {
  ASSIGN_OR_RETURN(DnsList list, DnsList::Parse(argument));
  return std::make_unique<PermitListed>(
      kTarget, std::move(list), context.services.dns_lists,
      config::FromProto(context.config.smtpd_dnsbl_timeout()));
}

constexpr RuleName kNames[] = {
    {"reject_rbl_client", Argument::kWord, MakeReject<kClientAddress>},
    {"reject_rhsbl_client", Argument::kWord, MakeReject<kClientName>},
    {"reject_rhsbl_reverse_client", Argument::kWord, MakeReject<kReverseName>},
    {"reject_rhsbl_helo", Argument::kWord, MakeReject<kHelo>},
    {"reject_rhsbl_sender", Argument::kWord, MakeReject<kSender>},
    {"reject_rhsbl_recipient", Argument::kWord, MakeReject<kRecipient>},
    {"permit_dnswl_client", Argument::kWord, MakePermit<kClientAddress>},
    {"permit_rhswl_client", Argument::kWord, MakePermit<kClientName>},
};

}  // namespace

absl::Span<const RuleName> DnsblRules() { return kNames; }

}  // namespace postern::mta::restrictions
