#include "mta/server/auth_settings.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "lib/base/status_macros.h"
#include "lib/config/config.h"
#include "mta/sasl/mechanisms.h"

namespace postern::mta::server {
namespace {

absl::Status Named(absl::string_view field, const absl::Status& status) {
  if (status.ok()) return status;
  return absl::InvalidArgumentError(
      absl::StrCat(field, ": ", status.message()));
}

template <typename Texts>
std::vector<std::string> ListOf(const Texts& texts) {
  return {texts.begin(), texts.end()};
}

absl::Status ReadSecurity(const config::v1::Mta& config,
                          CyrusOptions& options) {
  const auto names = ListOf(config.smtpd_sasl_security_options());
  const absl::StatusOr<sasl::SecurityOptions> clear =
      sasl::SecurityOptions::Parse(names);
  RETURN_IF_ERROR(Named("smtpd_sasl_security_options", clear.status()));
  options.clear = options.encrypted = *clear;
  const auto tls_names = ListOf(config.smtpd_sasl_tls_security_options());
  if (tls_names.empty()) return absl::OkStatus();
  const absl::StatusOr<sasl::SecurityOptions> encrypted =
      sasl::SecurityOptions::Parse(tls_names);
  RETURN_IF_ERROR(Named("smtpd_sasl_tls_security_options", encrypted.status()));
  options.encrypted = *encrypted;
  return absl::OkStatus();
}

// What Cyrus SASL would read from its own file; only what is configured, so
// the file counts for the rest.
void ReadPasswords(const config::v1::Mta& config, CyrusOptions& options) {
  const auto set = [&options](const char* name, const std::string& value) {
    if (!value.empty()) options.settings.emplace_back(name, value);
  };
  set("pwcheck_method", config.smtpd_sasl_pwcheck_method());
  set("saslauthd_path", config.smtpd_sasl_saslauthd_path());
  set("sasldb_path", config.smtpd_sasl_sasldb_path());
  set("mech_list", config.smtpd_sasl_mech_list());
  // saslauthd compares passwords and does not know them.
  if (config.smtpd_sasl_mech_list().empty() &&
      config.smtpd_sasl_pwcheck_method() == "saslauthd") {
    set("mech_list", "PLAIN LOGIN");
  }
}

absl::StatusOr<CyrusOptions> OptionsOf(const config::v1::Mta& config,
                                       const std::string& myhostname) {
  CyrusOptions options;
  options.application = config.smtpd_sasl_path();
  options.config_path = config.cyrus_sasl_config_path();
  options.hostname = myhostname;
  options.realm = config.smtpd_sasl_local_domain();
  RETURN_IF_ERROR(ReadSecurity(config, options));
  absl::StatusOr<sasl::MechanismFilter> filter = sasl::MechanismFilter::Create(
      ListOf(config.smtpd_sasl_mechanism_filter()));
  RETURN_IF_ERROR(Named("smtpd_sasl_mechanism_filter", filter.status()));
  options.filter = *std::move(filter);
  ReadPasswords(config, options);
  return options;
}

}  // namespace

absl::StatusOr<AuthSettings> AuthSettings::FromConfig(
    const config::v1::Mta& config, const std::string& myhostname) {
  AuthSettings settings;
  ASSIGN_OR_RETURN(CyrusOptions options, OptionsOf(config, myhostname));
  for (const std::string& text : config.smtpd_sasl_exceptions_networks()) {
    absl::StatusOr<net::Network> network = net::Network::Parse(text);
    RETURN_IF_ERROR(Named("smtpd_sasl_exceptions_networks", network.status()));
    settings.exceptions.push_back(*std::move(network));
  }
  settings.authenticated_header = config.smtpd_sasl_authenticated_header();
  settings.timeout = config::FromProto(config.smtpd_sasl_timeout());
  settings.failure_delay = config::FromProto(config.smtpd_sasl_failure_delay());
  settings.rules.only_encrypted = config.smtpd_tls_auth_only();
  settings.rules.has_broken_clients = config.broken_sasl_auth_clients();
  settings.rules.failure_limit = config.smtpd_sasl_failure_limit();
  if (!config.smtpd_sasl_auth_enable()) return settings;
  ASSIGN_OR_RETURN(settings.cyrus, CyrusServer::Create(std::move(options)));
  settings.rules.is_enabled = true;
  settings.rules.clear_mechanisms = settings.cyrus->Mechanisms(false);
  settings.rules.encrypted_mechanisms = settings.cyrus->Mechanisms(true);
  return settings;
}

bool AuthSettings::IsFor(const net::IpAddress& client) const {
  return rules.is_enabled &&
         std::none_of(exceptions.begin(), exceptions.end(),
                      [&client](const net::Network& network) {
                        return network.Contains(client);
                      });
}

absl::Duration AuthSettings::DelayAfter(uint32_t failures) const {
  int factor = 1;
  for (uint32_t i = 1; i < failures && factor < kMaxDelays; ++i) factor *= 2;
  return factor * failure_delay;
}

}  // namespace postern::mta::server
