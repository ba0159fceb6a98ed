#include "mta/outbound/logins.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "lib/base/status_macros.h"
#include "lib/config/config.h"
#include "lib/table/spec.h"
#include "mta/outbound/secret_file.h"

namespace postern::mta::outbound {
namespace {

using HopKind = routing::NextHop::Kind;
using Login = std::optional<sasl::Login>;

constexpr absl::string_view kField = "smtp.smtp_sasl_password_maps";

absl::Status Wrong(absl::string_view field, const absl::Status& status) {
  return absl::InvalidArgumentError(
      absl::StrCat(field, ": ", status.message()));
}

// Whether only those who may know them can read the passwords of a table.
absl::Status CheckPrivate(absl::string_view text) {
  ASSIGN_OR_RETURN(const table::Spec spec, table::ParseSpec(text));
  if (spec.kind == "inline" || spec.kind == "static") {
    return absl::InvalidArgumentError(absl::StrCat(
        kField, ": passwords belong into a file of their own, not into ",
        spec.kind, ":"));
  }
  if (spec.kind == "unionmap" || spec.kind == "pipemap") {
    ASSIGN_OR_RETURN(const std::vector<std::string> nested,
                     table::NestedSpecs(spec));
    for (const std::string& one : nested) RETURN_IF_ERROR(CheckPrivate(one));
    return absl::OkStatus();
  }
  if (!absl::StartsWith(spec.rest, "/")) return absl::OkStatus();
  const absl::Status status = CheckSecretFile(std::string(spec.rest));
  return status.ok() ? status : Wrong(kField, status);
}

template <typename Names>
absl::Status ReadOptions(absl::string_view field, const Names& names,
                         sasl::SecurityOptions& options) {
  const std::vector<std::string> list(names.begin(), names.end());
  const auto parsed = sasl::SecurityOptions::Parse(list);
  if (!parsed.ok()) return Wrong(field, parsed.status());
  options = *parsed;
  return absl::OkStatus();
}

absl::StatusOr<SaslRules> RulesFrom(const config::v1::Smtp& config) {
  SaslRules rules;
  RETURN_IF_ERROR(ReadOptions("smtp.smtp_sasl_security_options",
                              config.smtp_sasl_security_options(),
                              rules.clear));
  RETURN_IF_ERROR(ReadOptions("smtp.smtp_sasl_tls_security_options",
                              config.smtp_sasl_tls_security_options(),
                              rules.encrypted));
  const auto& elements = config.smtp_sasl_mechanism_filter();
  const std::vector<std::string> list(elements.begin(), elements.end());
  auto filter = sasl::MechanismFilter::Create(list);
  if (!filter.ok()) {
    return Wrong("smtp.smtp_sasl_mechanism_filter", filter.status());
  }
  rules.filter = *std::move(filter);
  rules.only_encrypted = config.smtp_tls_auth_only();
  rules.soft_bounce = config.smtp_sasl_auth_soft_bounce();
  return rules;
}

// How a place of a next hop may be written in the tables.
std::vector<std::string> PlaceKeys(const routing::NextHop::Place& place,
                                   uint16_t default_port) {
  const std::string bare = place.kind == HopKind::kHost
                               ? absl::StrCat("[", place.host, "]")
                               : place.host;
  std::vector<std::string> keys = {absl::StrCat(bare, ":", place.port)};
  if (place.port == default_port) keys.push_back(bare);
  return keys;
}

}  // namespace

absl::StatusOr<std::shared_ptr<Logins>> Logins::FromConfig(
    const config::v1::Mta& config, const table::Environment& environment) {
  const config::v1::Smtp& smtp = config.smtp();
  ASSIGN_OR_RETURN(SaslRules rules, RulesFrom(smtp));
  if (!smtp.smtp_sasl_auth_enable()) return nullptr;
  std::shared_ptr<Logins> logins(
      new Logins(config::FromProto(smtp.smtp_sasl_auth_cache_time())));
  logins->rules_ = std::move(rules);
  logins->by_sender_ = smtp.smtp_sender_dependent_authentication();
  logins->default_port_ = static_cast<uint16_t>(smtp.port());
  for (const std::string& spec : smtp.smtp_sasl_password_maps()) {
    RETURN_IF_ERROR(CheckPrivate(spec));
    logins->specs_.push_back(spec);
  }
  RETURN_IF_ERROR(
      logins->tables_.Open(kField, smtp.smtp_sasl_password_maps(), environment,
                           [](absl::string_view value) {
                             return sasl::ParseLogin(value).status();
                           }));
  return logins;
}

net::Task<absl::StatusOr<Login>> Logins::Find(
    std::vector<std::string> keys) const {
  CO_ASSIGN_OR_RETURN(const std::optional<std::string> value,
                      co_await tables_.Find(std::move(keys)));
  if (!value) co_return std::nullopt;
  CO_ASSIGN_OR_RETURN(Login login, sasl::ParseLogin(*value));
  co_return login;
}

net::Task<absl::StatusOr<LoginChoice>> Logins::Choose(routing::NextHop next_hop,
                                                      std::string sender) {
  LoginChoice choice;
  if (next_hop.is_lmtp || tables_.empty()) co_return choice;
  if (by_sender_ && next_hop.is_relayhost && !sender.empty()) {
    std::vector<std::string> keys = routing::SenderKeys(sender, "");
    CO_ASSIGN_OR_RETURN(choice.of_sender, co_await Find(std::move(keys)));
    if (choice.of_sender) {
      choice.name =
          absl::StrCat("sender ", memory_.NumberOf(*choice.of_sender));
      co_return choice;
    }
  }
  std::vector<routing::NextHop::Place> places = std::move(next_hop.others);
  places.insert(places.begin(), {next_hop.kind, next_hop.host, next_hop.port});
  for (const routing::NextHop::Place& place : places) {
    std::vector<std::string> keys = PlaceKeys(place, default_port_);
    CO_ASSIGN_OR_RETURN(Login login, co_await Find(std::move(keys)));
    absl::StrAppend(&choice.name, ",", login ? memory_.NumberOf(*login) : 0);
    choice.of_places.push_back(std::move(login));
  }
  for (const Login& login : choice.of_places) {
    if (login) co_return choice;
  }
  choice.name.clear();
  co_return choice;
}

net::Task<absl::StatusOr<Login>> Logins::ForHost(LoginChoice choice,
                                                 routing::Host host) const {
  if (choice.of_sender) co_return choice.of_sender;
  if (host.place < choice.of_places.size() && choice.of_places[host.place]) {
    co_return choice.of_places[host.place];
  }
  if (tables_.empty()) co_return std::nullopt;
  std::vector<std::string> keys(1, host.name);
  absl::StatusOr<Login> login = co_await Find(std::move(keys));
  co_return login;
}

absl::Status Logins::Refresh() {
  for (const std::string& spec : specs_) RETURN_IF_ERROR(CheckPrivate(spec));
  return tables_.Refresh();
}

}  // namespace postern::mta::outbound
