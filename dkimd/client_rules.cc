#include "dkimd/client_rules.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "lib/base/printable.h"
#include "lib/base/status_macros.h"
#include "lib/dkim/data_set.h"

namespace postern::dkimd {
namespace {

template <typename List, typename Field>
absl::StatusOr<List> ReadList(const Field& field, absl::string_view name,
                              std::vector<std::string>& files) {
  absl::StatusOr<std::vector<std::string>> keys =
      dkim::ReadKeys({field.begin(), field.end()}, files);
  absl::Status failed = keys.status();
  if (keys.ok()) {
    absl::StatusOr<List> list = List::Create(*keys);
    if (list.ok()) return list;
    failed = list.status();
  }
  return absl::Status(failed.code(),
                      absl::StrCat("clients.", name, ": ", failed.message()));
}

}  // namespace

absl::StatusOr<MacroRule> MacroRule::Parse(absl::string_view text) {
  MacroRule rule;
  const size_t end = text.find_first_of("=|");
  rule.name = std::string(milter::Macros::WithoutBraces(
      absl::StripAsciiWhitespace(text.substr(0, end))));
  if (rule.name.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat("\"", Printable(text), "\" names no macro"));
  }
  if (end == absl::string_view::npos) return rule;
  for (const absl::string_view value :
       absl::StrSplit(text.substr(end + 1), '|')) {
    rule.values.emplace_back(absl::StripAsciiWhitespace(value));
  }
  return rule;
}

bool MacroRule::Matches(const milter::Macros& macros) const {
  const absl::string_view value = macros.Get(name);
  if (values.empty()) return !value.empty();
  return std::find(values.begin(), values.end(), value) != values.end();
}

absl::StatusOr<ClientRules> ClientRules::FromConfig(
    const config::v1::DkimClients& config, std::vector<std::string>& files) {
  ClientRules rules;
  ASSIGN_OR_RETURN(
      rules.internal_,
      ReadList<HostList>(config.internal_hosts(), "internal_hosts", files));
  ASSIGN_OR_RETURN(rules.peers_,
                   ReadList<HostList>(config.peer_list(), "peer_list", files));
  ASSIGN_OR_RETURN(
      rules.external_ignore_,
      ReadList<HostList>(config.external_ignore(), "external_ignore", files));
  ASSIGN_OR_RETURN(
      rules.exempt_domains_,
      ReadList<AddressList>(config.exempt_domains(), "exempt_domains", files));
  for (const std::string& text : config.macros()) {
    absl::StatusOr<MacroRule> rule = MacroRule::Parse(text);
    if (!rule.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat("clients.macros: ", rule.status().message()));
    }
    rules.macros_.push_back(*std::move(rule));
  }
  rules.signs_authenticated_ = config.sign_authenticated();
  return rules;
}

absl::string_view LoginOf(const milter::Envelope& envelope) {
  return envelope.macros.Get("auth_authen");
}

Origin ClientRules::OriginOf(const milter::Envelope& envelope) const {
  if (peers_.Contains(envelope.client_address, envelope.client_name)) {
    return Origin::kPeer;
  }
  const bool has_login =
      !LoginOf(envelope).empty() || !envelope.macros.Get("auth_type").empty();
  if (signs_authenticated_ && has_login) return Origin::kAuthenticated;
  for (const MacroRule& rule : macros_) {
    if (rule.Matches(envelope.macros)) return Origin::kMacro;
  }
  return internal_.Contains(envelope.client_address, envelope.client_name)
             ? Origin::kInternal
             : Origin::kExternal;
}

bool ClientRules::IsExpectedOutside(const milter::Envelope& envelope) const {
  return external_ignore_.Contains(envelope.client_address,
                                   envelope.client_name);
}

}  // namespace postern::dkimd
