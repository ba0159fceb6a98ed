// What the configuration says about AUTH, checked and computed.
//
// Source:  Postfix, SASL_README: names and meanings, but for
// smtpd_tls_auth_only
//          being on, the mechanism filter without NTLM, and what Postfix leaves
//          to Cyrus SASL's own file (smtpd_sasl_pwcheck_method and the like).
// Errors:  FromConfig() returns InvalidArgument; the text starts with the
//          config field at fault.
// Threads: immutable.

#ifndef POSTERN_MTA_SERVER_AUTH_SETTINGS_H_
#define POSTERN_MTA_SERVER_AUTH_SETTINGS_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "lib/net/ip.h"
#include "mta/server/auth_cyrus.h"
#include "mta/server/auth_rules.h"
#include "proto/config/v1/mta.pb.h"

namespace postern::mta::server {

struct AuthSettings {
  AuthRules rules;
  // Who checks passwords; nullptr: smtpd_sasl_auth_enable is off.
  std::shared_ptr<const CyrusServer> cyrus;
  // Clients that are not offered AUTH.
  std::vector<net::Network> exceptions;
  bool authenticated_header = false;
  absl::Duration timeout = absl::Seconds(10);
  absl::Duration failure_delay = absl::Seconds(1);

  static absl::StatusOr<AuthSettings> FromConfig(const config::v1::Mta& config,
                                                 const std::string& myhostname);

  // Tells whether a client may authenticate at all.
  bool IsFor(const net::IpAddress& client) const;

  // Returns how long the answer to the failure number `failures`, from 1, is
  // held back: it doubles, up to kMaxDelays times the first.
  absl::Duration DelayAfter(uint32_t failures) const;
  static constexpr int kMaxDelays = 8;
};

}  // namespace postern::mta::server

#endif  // POSTERN_MTA_SERVER_AUTH_SETTINGS_H_
