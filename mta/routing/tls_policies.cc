#include "mta/routing/tls_policies.h"

#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "lib/base/printable.h"
#include "lib/base/status_macros.h"
#include "lib/net/tls_facts.h"

namespace postern::mta::routing {
namespace {

using config::v1::Mta;

absl::Status Wrong(absl::string_view field, const absl::Status& status) {
  return absl::InvalidArgumentError(
      absl::StrCat(field, ": ", status.message()));
}

TlsLevel LevelOf(const Mta& config) {
  switch (config.smtp_tls_security_level()) {
    case config::v1::SMTP_TLS_SECURITY_LEVEL_NONE:
      return TlsLevel::kNone;
    case config::v1::SMTP_TLS_SECURITY_LEVEL_ENCRYPT:
      return TlsLevel::kEncrypt;
    case config::v1::SMTP_TLS_SECURITY_LEVEL_DANE:
      return TlsLevel::kDane;
    case config::v1::SMTP_TLS_SECURITY_LEVEL_DANE_ONLY:
      return TlsLevel::kDaneOnly;
    case config::v1::SMTP_TLS_SECURITY_LEVEL_VERIFY:
      return TlsLevel::kVerify;
    case config::v1::SMTP_TLS_SECURITY_LEVEL_SECURE:
      return TlsLevel::kSecure;
    default:
      return TlsLevel::kMay;
  }
}

TlsLevel InsecureMxOf(const Mta& config) {
  switch (config.smtp_tls_dane_insecure_mx_policy()) {
    case config::v1::SMTP_TLS_DANE_INSECURE_MX_POLICY_MAY:
      return TlsLevel::kMay;
    case config::v1::SMTP_TLS_DANE_INSECURE_MX_POLICY_ENCRYPT:
      return TlsLevel::kEncrypt;
    default:
      return TlsLevel::kDane;
  }
}

net::TlsCiphers CiphersOf(Mta::TlsCipherGrade grade) {
  return grade == Mta::TLS_CIPHER_GRADE_HIGH ? net::TlsCiphers::kHigh
                                             : net::TlsCiphers::kMedium;
}

template <typename Names>
std::vector<std::string> LowerCase(const Names& names) {
  std::vector<std::string> lower;
  for (const std::string& name : names) {
    lower.push_back(absl::AsciiStrToLower(name));
  }
  return lower;
}

absl::StatusOr<TlsDefaults> DefaultsFrom(const Mta& config) {
  TlsDefaults defaults;
  auto versions = net::TlsVersions::Parse(config.smtp_tls_protocols());
  if (!versions.ok()) return Wrong("smtp_tls_protocols", versions.status());
  defaults.strength.may = {*versions, CiphersOf(config.smtp_tls_ciphers())};
  versions = net::TlsVersions::Parse(config.smtp_tls_mandatory_protocols());
  if (!versions.ok()) {
    return Wrong("smtp_tls_mandatory_protocols", versions.status());
  }
  defaults.strength.must = {*versions,
                            CiphersOf(config.smtp_tls_mandatory_ciphers())};
  defaults.insecure_mx = InsecureMxOf(config);
  defaults.has_dnssec = config.dns().dnssec();
  defaults.verify_match = LowerCase(config.smtp_tls_verify_cert_match());
  defaults.secure_match = LowerCase(config.smtp_tls_secure_cert_match());
  return defaults;
}

}  // namespace

absl::StatusOr<std::unique_ptr<TlsPolicies>> TlsPolicies::FromConfig(
    const Mta& config, const table::Environment& environment) {
  std::unique_ptr<TlsPolicies> policies(new TlsPolicies());
  ASSIGN_OR_RETURN(policies->defaults_, DefaultsFrom(config));
  policies->otherwise_ = policies->defaults_.Of(LevelOf(config));
  policies->uses_sts_ = config.mta_sts().enabled();
  if (policies->otherwise_.level == TlsLevel::kDane ||
      policies->otherwise_.level == TlsLevel::kDaneOnly) {
    const auto usable =
        ParseTlsPolicy(NameOf(policies->otherwise_.level), policies->defaults_);
    if (!usable.ok()) return Wrong("smtp_tls_security_level", usable.status());
  }
  policies->default_port_ = static_cast<uint16_t>(config.smtp().port());
  policies->digest_ = config.smtp_tls_fingerprint_digest();
  if (!net::IsFingerprintDigest(policies->digest_)) {
    return absl::InvalidArgumentError(
        absl::StrCat("smtp_tls_fingerprint_digest: no such digest: ",
                     Printable(policies->digest_)));
  }
  RETURN_IF_ERROR(policies->OpenTables(config, environment));
  return policies;
}

absl::Status TlsPolicies::OpenTables(const Mta& config,
                                     const table::Environment& environment) {
  for (const std::string& spec : config.smtp_tls_policy_maps()) {
    auto table = table::Open(spec, environment);
    if (!table.ok()) return Wrong("smtp_tls_policy_maps", table.status());
    for (const table::Result& result : (*table)->Results()) {
      // What a pattern fills in is not known before a look-up.
      if (result.text.find('$') != result.text.npos) continue;
      const auto policy = ParseTlsPolicy(result.text, defaults_);
      if (policy.ok()) continue;
      return absl::InvalidArgumentError(
          absl::StrCat("smtp_tls_policy_maps: ", spec, ":", result.line, ": ",
                       policy.status().message()));
    }
    tables_.push_back(*std::move(table));
  }
  return absl::OkStatus();
}

net::Task<absl::StatusOr<TlsPolicy>> TlsPolicies::For(NextHop next_hop) const {
  if (tables_.empty()) co_return otherwise_;
  for (const std::string& key : TlsPolicyKeys(next_hop, default_port_)) {
    for (const std::unique_ptr<table::Table>& table : tables_) {
      CO_ASSIGN_OR_RETURN(const std::optional<std::string> entry,
                          co_await table->Find(key));
      if (!entry) continue;
      absl::StatusOr<TlsPolicy> policy = ParseTlsPolicy(*entry, defaults_);
      if (policy.ok()) {
        policy->is_entry = true;
        co_return policy;
      }
      co_return absl::InvalidArgumentError(
          absl::StrCat("the entry of ", Printable(key),
                       " is wrong: ", policy.status().message()));
    }
  }
  co_return otherwise_;
}

absl::Status TlsPolicies::Refresh() {
  absl::Status first;
  for (const std::unique_ptr<table::Table>& table : tables_) {
    first.Update(table->Refresh().status());
  }
  return first;
}

bool TlsPolicies::uses_tls() const {
  return otherwise_.level != TlsLevel::kNone || !tables_.empty();
}

bool TlsPolicies::uses_sts() const {
  return uses_sts_ && MayHaveSts(otherwise_.level);
}

bool TlsPolicies::differ_by_next_hop() const {
  return otherwise_.level >= TlsLevel::kDane || !tables_.empty();
}

bool TlsPolicies::uses_authorities() const {
  return otherwise_.level >= TlsLevel::kVerify || !tables_.empty() ||
         uses_sts();
}

}  // namespace postern::mta::routing
