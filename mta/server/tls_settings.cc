#include "mta/server/tls_settings.h"

#include <map>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "lib/base/printable.h"
#include "lib/base/status_macros.h"
#include "lib/config/config.h"
#include "lib/net/tls_facts.h"
#include "lib/net/tls_versions.h"
#include "lib/table/entries.h"

namespace postern::mta::server {
namespace {

using config::v1::Mta;

absl::Status Wrong(absl::string_view field, absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat(field, ": ", what));
}

TlsSettings::Use UseOf(const Mta& config) {
  if (config.smtpd_tls_wrappermode()) return TlsSettings::Use::kImplicit;
  switch (config.smtpd_tls_security_level()) {
    case Mta::TLS_SECURITY_LEVEL_MAY:
      return TlsSettings::Use::kOffered;
    case Mta::TLS_SECURITY_LEVEL_ENCRYPT:
      return TlsSettings::Use::kRequired;
    default:
      return TlsSettings::Use::kNone;
  }
}

absl::StatusOr<std::vector<std::string>> ChainFilesOf(const Mta& config) {
  const auto& chains = config.smtpd_tls_chain_files();
  if (!chains.empty()) {
    if (!config.smtpd_tls_cert_file().empty() ||
        !config.smtpd_tls_key_file().empty()) {
      return Wrong("smtpd_tls_cert_file",
                   "does not go together with smtpd_tls_chain_files");
    }
    return std::vector<std::string>(chains.begin(), chains.end());
  }
  if (config.smtpd_tls_cert_file().empty()) {
    return Wrong("smtpd_tls_chain_files",
                 "must name a certificate and its key for TLS");
  }
  std::vector<std::string> files;
  if (!config.smtpd_tls_key_file().empty()) {
    files.push_back(config.smtpd_tls_key_file());
  }
  if (config.smtpd_tls_cert_file() != config.smtpd_tls_key_file()) {
    files.push_back(config.smtpd_tls_cert_file());
  }
  return files;
}

absl::Status ReadSniMaps(const Mta& config, net::TlsServerOptions& options) {
  for (const std::string& spec : config.tls_server_sni_maps()) {
    const auto entries = table::ReadEntries(spec);
    if (!entries.ok()) {
      return Wrong("tls_server_sni_maps", entries.status().message());
    }
    for (const auto& [name, value] : *entries) {
      const std::vector<std::string> files =
          absl::StrSplit(value, absl::ByAnyChar(", \t"), absl::SkipEmpty());
      if (files.empty()) {
        return Wrong("tls_server_sni_maps",
                     absl::StrCat(Printable(name), " has no file"));
      }
      // The first table that has a name decides.
      options.chain_files_by_name.emplace(name, files);
    }
  }
  return absl::OkStatus();
}

absl::Status ReadClientCertificates(const Mta& config, bool is_must,
                                    net::TlsServerOptions& options) {
  options.ca_file = config.smtpd_tls_cafile();
  options.ca_path = config.smtpd_tls_capath();
  if (config.smtpd_tls_ask_ccert()) {
    options.client_certificate = net::ClientCertificate::kAsked;
  }
  if (!config.smtpd_tls_req_ccert()) return absl::OkStatus();
  if (!is_must) {
    return Wrong("smtpd_tls_req_ccert",
                 "needs smtpd_tls_security_level encrypt or "
                 "smtpd_tls_wrappermode");
  }
  if (options.ca_file.empty() && options.ca_path.empty()) {
    return Wrong("smtpd_tls_req_ccert",
                 "needs smtpd_tls_CAfile or smtpd_tls_CApath");
  }
  options.client_certificate = net::ClientCertificate::kRequired;
  return absl::OkStatus();
}

absl::Status ReadProtocol(const Mta& config, bool is_must,
                          net::TlsServerOptions& options) {
  const auto optional = net::TlsVersions::Parse(config.smtpd_tls_protocols());
  if (!optional.ok()) {
    return Wrong("smtpd_tls_protocols", optional.status().message());
  }
  const auto mandatory =
      net::TlsVersions::Parse(config.smtpd_tls_mandatory_protocols());
  if (!mandatory.ok()) {
    return Wrong("smtpd_tls_mandatory_protocols", mandatory.status().message());
  }
  options.versions = is_must ? *mandatory : *optional;
  const Mta::TlsCipherGrade grade = is_must
                                        ? config.smtpd_tls_mandatory_ciphers()
                                        : config.smtpd_tls_ciphers();
  options.ciphers = grade == Mta::TLS_CIPHER_GRADE_HIGH
                        ? net::TlsCiphers::kHigh
                        : net::TlsCiphers::kMedium;
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<TlsSettings> TlsSettings::FromConfig(const Mta& config) {
  TlsSettings settings;
  settings.use = UseOf(config);
  settings.handshake_timeout =
      config::FromProto(config.smtpd_starttls_timeout());
  settings.fingerprint_digest = config.smtpd_tls_fingerprint_digest();
  settings.is_in_received = config.smtpd_tls_received_header();
  if (!net::IsFingerprintDigest(settings.fingerprint_digest)) {
    return Wrong("smtpd_tls_fingerprint_digest",
                 absl::StrCat("\"", Printable(settings.fingerprint_digest),
                              "\" is not a digest, as sha256 is"));
  }
  const bool is_must =
      settings.use == Use::kRequired || settings.use == Use::kImplicit;
  RETURN_IF_ERROR(ReadProtocol(config, is_must, settings.options));
  if (!settings.is_on()) return settings;
  ASSIGN_OR_RETURN(settings.options.chain_files, ChainFilesOf(config));
  RETURN_IF_ERROR(ReadSniMaps(config, settings.options));
  RETURN_IF_ERROR(ReadClientCertificates(config, is_must, settings.options));
  settings.options.session_lifetime =
      config::FromProto(config.smtpd_tls_session_cache_timeout());
  return settings;
}

std::vector<std::string> TlsSettings::Files() const {
  std::vector<std::string> files = options.chain_files;
  for (const auto& [name, chain] : options.chain_files_by_name) {
    files.insert(files.end(), chain.begin(), chain.end());
  }
  if (!options.ca_file.empty()) files.push_back(options.ca_file);
  return files;
}

}  // namespace postern::mta::server
