// How a listener speaks TLS, as the configuration has it: checked, computed.
//
//   ASSIGN_OR_RETURN(TlsSettings tls, TlsSettings::FromConfig(config));
//   if (tls.is_on()) context = net::TlsContext::CreateServer(tls.options);
//
// Errors:  FromConfig() returns InvalidArgument; the text starts with the
//          config field at fault. Certificates are not read here.
// Threads: a value. FromConfig() blocks: it reads tls_server_sni_maps.

#ifndef POSTERN_MTA_SERVER_TLS_SETTINGS_H_
#define POSTERN_MTA_SERVER_TLS_SETTINGS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "lib/net/tls_server_options.h"
#include "proto/config/v1/mta.pb.h"

namespace postern::mta::server {

struct TlsSettings {
  enum class Use {
    kNone,
    kOffered,   // By STARTTLS.
    kRequired,  // By STARTTLS, before any mail.
    kImplicit,  // From the first byte on.
  };
  Use use = Use::kNone;
  net::TlsServerOptions options;  // session_scope is the listener's to set.
  absl::Duration handshake_timeout = absl::Seconds(60);
  std::string fingerprint_digest = "sha256";
  bool is_in_received = false;

  static absl::StatusOr<TlsSettings> FromConfig(const config::v1::Mta& config);

  bool is_on() const { return use != Use::kNone; }
  // The files that certificates come from: a change means that they are new.
  std::vector<std::string> Files() const;
};

}  // namespace postern::mta::server

#endif  // POSTERN_MTA_SERVER_TLS_SETTINGS_H_
