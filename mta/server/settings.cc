#include "mta/server/settings.h"

#include <unistd.h>

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "lib/base/printable.h"
#include "lib/base/status_macros.h"
#include "lib/config/config.h"
#include "lib/config/reference.h"
#include "lib/mail/address.h"
#include "mta/smtp/extension.h"

namespace postern::mta::server {
namespace {

// With 220 and CR LF a line of RFC 5321 section 4.5.3.1.5.
constexpr size_t kMaxBannerBytes = 506;

// Reads the networks of the field `name`.
absl::StatusOr<std::vector<net::Network>> NetworksOf(
    absl::string_view name,
    const google::protobuf::RepeatedPtrField<std::string>& texts) {
  std::vector<net::Network> networks;
  for (const std::string& text : texts) {
    absl::StatusOr<net::Network> network = net::Network::Parse(text);
    if (!network.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat(name, ": ", network.status().message()));
    }
    networks.push_back(*std::move(network));
  }
  return networks;
}

absl::StatusOr<std::vector<std::string>> DiscardedKeywordsOf(
    const config::v1::Mta& config) {
  std::vector<std::string> keywords;
  for (const std::string& keyword : config.smtpd_discard_ehlo_keywords()) {
    smtp::Extensions none;
    if (!smtp::Withdraw(keyword, none)) {
      return absl::InvalidArgumentError(
          absl::StrCat("smtpd_discard_ehlo_keywords: no extension \"",
                       Printable(keyword), "\""));
    }
    keywords.push_back(keyword);
  }
  return keywords;
}

absl::StatusOr<std::string> BannerOf(const config::v1::Mta& config) {
  const std::string& banner = config.smtpd_banner();
  const bool is_printable =
      std::all_of(banner.begin(), banner.end(),
                  [](char c) { return c >= ' ' && c <= '~'; });
  if (banner.empty() || banner.size() > kMaxBannerBytes || !is_printable) {
    return absl::InvalidArgumentError(
        absl::StrCat("smtpd_banner: \"", Printable(banner),
                     "\" is no line of printable ASCII"));
  }
  return banner;
}

absl::StatusOr<DialogueRules> DialogueRulesOf(const config::v1::Mta& config) {
  DialogueRules rules;
  ASSIGN_OR_RETURN(rules.myhostname, HostnameOf(config));
  ASSIGN_OR_RETURN(rules.banner, BannerOf(config));
  rules.message_size_limit_bytes = config.message_size_limit();
  rules.recipient_limit = config.smtpd_recipient_limit();
  rules.hard_error_limit = config.smtpd_hard_error_limit();
  rules.helo_required = config.smtpd_helo_required();
  rules.message_limit = config.smtpd_session_message_limit();
  rules.has_smtputf8 = config.smtputf8_enable();
  rules.has_vrfy = !config.disable_vrfy_command();
  ASSIGN_OR_RETURN(rules.discarded_keywords, DiscardedKeywordsOf(config));
  rules.disconnect_on_bare_newline = config.smtpd_forbid_bare_newline() ==
                                     config::v1::Mta::BARE_NEWLINE_DISCONNECT;
  return rules;
}

smtp::DataLimits DataLimitsOf(const config::v1::Mta& config) {
  smtp::DataLimits limits;
  limits.max_message_bytes = config.message_size_limit();
  limits.max_line_bytes = config.line_length_limit();
  limits.max_header_bytes = config.header_size_limit();
  limits.max_hops = static_cast<int>(config.hopcount_limit());
  return limits;
}

absl::StatusOr<config::v1::Mta> ExpandedTop(const config::v1::Mta& config) {
  config::v1::Mta expanded = config;
  // Not through HostnameOf(): the name may have a reference in it.
  if (config.myhostname().empty()) {
    ASSIGN_OR_RETURN(*expanded.mutable_myhostname(), HostnameOf(config));
  }
  const std::string& host = expanded.myhostname();
  if (config.mydomain().empty()) {
    const size_t dot = host.find('.');
    expanded.set_mydomain(dot == host.npos ? "localdomain"
                                           : host.substr(dot + 1));
  }
  RETURN_IF_ERROR(
      config::ExpandReferences({{"mail_name", "Postern"}}, expanded));
  ASSIGN_OR_RETURN(*expanded.mutable_myhostname(), HostnameOf(expanded));
  return expanded;
}

// How long a session waits for its client, and what it bears.
void SetPatience(const config::v1::Mta& config, Settings& settings) {
  settings.timeout = config::FromProto(config.smtpd_timeout());
  settings.session_time_limit =
      config::FromProto(config.smtpd_session_time_limit());
  settings.min_data_rate = config.smtpd_min_data_rate();
  settings.soft_error_limit = config.smtpd_soft_error_limit();
  settings.error_sleep_time =
      config::FromProto(config.smtpd_error_sleep_time());
  settings.greet_wait = config::FromProto(config.postscreen_greet_wait());
}

absl::StatusOr<std::shared_ptr<const filters::Milters>> OpenMilters(
    const config::v1::Mta& config, const restrictions::Services& services) {
  return filters::Milters::FromConfig(
      config.filters(), services.make_milter_client, services.tables);
}

MailWays WaysOf(const config::v1::Mta& config,
                std::shared_ptr<const rewriting::AddressBook> addresses,
                std::shared_ptr<const routing::TransportMap> transports) {
  return MailWays({std::move(addresses), std::move(transports),
                   config.relayhost(), config.myhostname()});
}

}  // namespace

absl::StatusOr<std::string> HostnameOf(const config::v1::Mta& config) {
  std::string name = config.myhostname();
  char machine[256] = "";
  if (name.empty() && ::gethostname(machine, sizeof(machine) - 1) == 0) {
    name = machine;
  }
  if (!mail::IsDomain(name)) {
    return absl::InvalidArgumentError(absl::StrCat(
        "myhostname: \"", Printable(name), "\" is not a host name"));
  }
  return name;
}

absl::StatusOr<config::v1::Mta> Expanded(const config::v1::Mta& config) {
  ASSIGN_OR_RETURN(config::v1::Mta expanded, ExpandedTop(config));
  for (config::v1::Listener& listener : *expanded.mutable_listeners()) {
    if (!listener.has_override()) continue;
    ASSIGN_OR_RETURN(*listener.mutable_override(),
                     ExpandedTop(listener.override()));
  }
  return expanded;
}

absl::StatusOr<Settings> Settings::FromConfig(const config::v1::Mta& written,
                                              restrictions::Services services) {
  ASSIGN_OR_RETURN(const config::v1::Mta config, ExpandedTop(written));
  services.tables.only_checks = config.has_redis();
  ASSIGN_OR_RETURN(DialogueRules dialogue, DialogueRulesOf(config));
  ASSIGN_OR_RETURN(AuthSettings auth,
                   AuthSettings::FromConfig(config, dialogue.myhostname));
  dialogue.auth = auth.rules;
  ASSIGN_OR_RETURN(std::vector<net::Network> mynetworks,
                   NetworksOf("mynetworks", config.mynetworks()));
  ASSIGN_OR_RETURN(std::vector<net::Network> xclient_hosts,
                   NetworksOf("smtpd_authorized_xclient_hosts",
                              config.smtpd_authorized_xclient_hosts()));
  ASSIGN_OR_RETURN(std::vector<net::Network> xforward_hosts,
                   NetworksOf("smtpd_authorized_xforward_hosts",
                              config.smtpd_authorized_xforward_hosts()));
  ASSIGN_OR_RETURN(TlsSettings tls, TlsSettings::FromConfig(config));
  ASSIGN_OR_RETURN(ProxySettings proxy, ProxySettings::FromConfig(config));
  ASSIGN_OR_RETURN(HandoffSettings handoff,
                   HandoffSettings::FromConfig(config));
  dialogue.tls = tls.use;
  ASSIGN_OR_RETURN(std::shared_ptr<const rewriting::AddressBook> addresses,
                   rewriting::AddressBook::Open(config, services.tables));
  ASSIGN_OR_RETURN(std::shared_ptr<const routing::TransportMap> transports,
                   routing::TransportMap::Open(config, services.tables));
  ASSIGN_OR_RETURN(
      std::shared_ptr<const rewriting::Rewriter> rewriter,
      rewriting::Rewriter::Open(config, addresses, services.tables));
  ASSIGN_OR_RETURN(auto milters, OpenMilters(config, services));
  ASSIGN_OR_RETURN(HeaderRules header, HeaderRules::FromConfig(config));
  ASSIGN_OR_RETURN(restrictions::Lists lists,
                   restrictions::Lists::FromConfig(config, services));
  ASSIGN_OR_RETURN(content::Checks content_checks,
                   content::Checks::FromConfig(config, dialogue.myhostname,
                                               services.tables));
  ASSIGN_OR_RETURN(limits::Rules limits, limits::RulesFrom(config));
  MailWays ways = WaysOf(config, addresses, transports);
  Settings settings{
      .dialogue = std::move(dialogue),
      .auth = std::move(auth),
      .mynetworks = std::move(mynetworks),
      .xclient_hosts = std::move(xclient_hosts),
      .xforward_hosts = std::move(xforward_hosts),
      .addresses = std::move(addresses),
      .transports = std::move(transports),
      .rewriter = std::move(rewriter),
      .milters = std::move(milters),
      .ways = std::move(ways),
      .header = std::move(header),
      .lists = std::move(lists),
      .content_checks = std::move(content_checks),
      .limits = std::move(limits),
      .tls = std::move(tls),
      .proxy = std::move(proxy),
      .handoff = std::move(handoff),
      .data = DataLimitsOf(config),
  };
  SetPatience(config, settings);
  return settings;
}

bool Settings::IsInMynetworks(const net::IpAddress& client) const {
  return std::any_of(mynetworks.begin(), mynetworks.end(),
                     [&client](const net::Network& network) {
                       return network.Contains(client);
                     });
}

}  // namespace postern::mta::server
