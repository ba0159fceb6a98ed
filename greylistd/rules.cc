#include "greylistd/rules.h"

#include <unistd.h>

#include <array>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "lib/base/printable.h"
#include "lib/base/status_macros.h"
#include "lib/config/config.h"
#include "lib/daemon/flags.h"

namespace postern::greylistd {
namespace {

using Config = config::v1::Greylistd;

std::string MachineName() {
  std::array<char, 256> name = {};
  if (::gethostname(name.data(), name.size() - 1) != 0) return "localhost";
  return name.data();
}

template <typename Repeated>
std::vector<std::string> ToVector(const Repeated& field) {
  return {field.begin(), field.end()};
}

// The part behind the last '@'.
absl::string_view DomainOf(absl::string_view address) {
  const size_t at = address.rfind('@');
  return at == absl::string_view::npos ? address : address.substr(at + 1);
}

absl::StatusOr<policy::Verdict> ParseAction(absl::string_view text) {
  using Kind = policy::Verdict::Kind;
  // In an access table a code alone means OK; here it is the code.
  int code = 0;
  if (absl::SimpleAtoi(text, &code) && code >= 400 && code <= 599) {
    return policy::Verdict{Kind::kCode, code, ""};
  }
  absl::StatusOr<policy::Verdict> action = policy::ParseVerdict(text);
  if (!action.ok() || !action->text.empty() ||
      (action->kind != Kind::kDeferIfPermit && action->kind != Kind::kDefer &&
       action->kind != Kind::kCode && action->kind != Kind::kReject)) {
    return absl::InvalidArgumentError(
        absl::StrCat("action: \"", text,
                     "\": must be DEFER_IF_PERMIT, DEFER, REJECT or a code "
                     "of 400 to 599"));
  }
  return action;
}

}  // namespace

absl::StatusOr<Rules> Rules::FromConfig(const Config& config) {
  Rules rules;
  rules.networks_ = {.ipv4_prefix = static_cast<int>(config.ipv4_prefix()),
                     .ipv6_prefix = static_cast<int>(config.ipv6_prefix()),
                     .pool_detection = config.pool_detection()};
  rules.terms_ = {.delay = config::FromProto(config.delay()),
                  .retry_window = config::FromProto(config.retry_window()),
                  .max_age = config::FromProto(config.max_age()),
                  .allow_after = config.auto_allow().after(),
                  .max_pending = config.max_pending_per_network()};
  if (rules.terms_.delay > rules.terms_.retry_window) {
    return absl::InvalidArgumentError(
        "delay: is longer than retry_window, so nobody could ever pass");
  }
  rules.allows_by_network_ =
      config.auto_allow().by() == config::v1::AutoAllow::BY_NETWORK;
  rules.skips_authenticated_ = config.skip_authenticated();
  rules.is_monitor_ = config.mode() == Config::MODE_MONITOR;
  ASSIGN_OR_RETURN(rules.action_, ParseAction(config.action()));
  rules.text_ = Text::Parse(config.text());
  rules.text_has_code_ =
      !config.text().empty() && absl::ascii_isdigit(config.text()[0]);
  rules.header_ = Text::Parse(config.header());
  rules.hostname_ =
      config.hostname().empty() ? MachineName() : config.hostname();
  RETURN_IF_ERROR(rules.ReadLists(config));
  RETURN_IF_ERROR(rules.ReadRules(config));
  RETURN_IF_ERROR(rules.ReadDnsLists(config));
  return rules;
}

absl::Status Rules::ReadLists(const Config& config) {
  ASSIGN_OR_RETURN(
      allowed_clients_,
      ClientList::Read({.files = ToVector(config.client_allowlists()),
                        .entries = ToVector(config.allow_clients()),
                        .entries_field = "allow_clients"}));
  ASSIGN_OR_RETURN(
      allowed_recipients_,
      RecipientList::Read({.files = ToVector(config.recipient_allowlists()),
                           .entries = ToVector(config.allow_recipients()),
                           .entries_field = "allow_recipients"}));
  files_ = ToVector(config.client_allowlists());
  files_.insert(files_.end(), config.recipient_allowlists().begin(),
                config.recipient_allowlists().end());
  return absl::OkStatus();
}

absl::Status Rules::ReadRules(const Config& config) {
  for (int i = 0; i < config.rules_size(); ++i) {
    const config::v1::GreylistRule& rule = config.rules(i);
    const std::string field = absl::StrCat("rules[", i, "]");
    RecipientRule read;
    ASSIGN_OR_RETURN(
        read.recipients,
        RecipientList::Read({.files = {},
                             .entries = ToVector(rule.recipients()),
                             .entries_field = field + ".recipients"}));
    read.skip = rule.skip();
    if (rule.has_delay()) read.delay = config::FromProto(rule.delay());
    if (read.delay && *read.delay > terms_.retry_window) {
      return absl::InvalidArgumentError(
          absl::StrCat(field, ".delay: is longer than retry_window"));
    }
    rules_.push_back(std::move(read));
  }
  return absl::OkStatus();
}

absl::Status Rules::ReadDnsLists(const Config& config) {
  for (int i = 0; i < config.dns_allowlists_size(); ++i) {
    const config::v1::DnsAllowlist& list = config.dns_allowlists(i);
    DnsList read = {.zone = list.zone(), .answers = {}};
    for (const std::string& text : list.answers()) {
      absl::StatusOr<net::Network> network = net::Network::Parse(text);
      if (!network.ok()) {
        return absl::InvalidArgumentError(absl::StrCat(
            "dns_allowlists[", i, "].answers: ", network.status().message()));
      }
      read.answers.push_back(*network);
    }
    dns_lists_.push_back(std::move(read));
  }
  return absl::OkStatus();
}

const Rules::RecipientRule* Rules::RuleFor(absl::string_view recipient) const {
  for (const RecipientRule& rule : rules_) {
    if (rule.recipients.Contains(recipient)) return &rule;
  }
  return nullptr;
}

Skip Rules::ReasonToSkip(const Subject& subject) const {
  if (subject.is_authenticated && skips_authenticated_) {
    return Skip::kAuthenticated;
  }
  if (allowed_clients_.Contains(subject.client, subject.client_name)) {
    return Skip::kClientAllowlist;
  }
  if (allowed_recipients_.Contains(subject.recipient)) {
    return Skip::kRecipientAllowlist;
  }
  const RecipientRule* const rule = RuleFor(subject.recipient);
  return rule != nullptr && rule->skip ? Skip::kRule : Skip::kNone;
}

Terms Rules::TermsFor(absl::string_view recipient) const {
  Terms terms = terms_;
  const RecipientRule* const rule = RuleFor(recipient);
  if (rule != nullptr && rule->delay) terms.delay = *rule->delay;
  return terms;
}

Names Rules::NamesOf(const Subject& subject) const {
  Client client = networks_.Of(subject.client, subject.client_name);
  Names names;
  names.triplet = TripletText(client, subject.sender, subject.recipient);
  names.client = allows_by_network_ ? client.network : client.address;
  names.network = std::move(client.network);
  return names;
}

absl::StatusOr<std::string> Rules::CountedClient(
    absl::string_view client) const {
  const absl::StatusOr<net::IpAddress> address = net::IpAddress::Parse(client);
  if (address.ok()) {
    return allows_by_network_ ? networks_.NetworkOf(*address)
                              : address->ToString();
  }
  const absl::StatusOr<net::Network> network = net::Network::Parse(client);
  if (network.ok() && allows_by_network_) {
    return networks_.NetworkOf(network->address());
  }
  return absl::InvalidArgumentError(
      absl::StrCat("\"", Printable(client), "\" is not an address",
                   allows_by_network_ ? " or a network" : ""));
}

policy::Verdict Rules::WaitVerdict(absl::string_view recipient, int64_t seconds,
                                   bool has_enhanced_codes) const {
  policy::Verdict verdict = action_;
  verdict.text = text_.Expand({.seconds = seconds,
                               .recipient_domain = DomainOf(recipient),
                               .version = daemon::kVersion,
                               .hostname = hostname_});
  // Some senders take the 4.7.1 that Postfix would add for a final refusal.
  if (has_enhanced_codes && !text_has_code_) {
    verdict.text.insert(0, "4.2.0 ");
  }
  return verdict;
}

policy::Verdict Rules::HeaderVerdict(int64_t seconds, absl::Time now) const {
  if (header_.empty()) return {};
  return {policy::Verdict::Kind::kPrepend, 0,
          header_.Expand({.seconds = seconds,
                          .recipient_domain = "",
                          .version = daemon::kVersion,
                          .hostname = hostname_,
                          .now = now})};
}

}  // namespace postern::greylistd
