// What of the configuration of AUTH the dialogue knows.
//
// Threads: a value.

#ifndef POSTERN_MTA_SERVER_AUTH_RULES_H_
#define POSTERN_MTA_SERVER_AUTH_RULES_H_

#include <cstdint>
#include <string>
#include <vector>

namespace postern::mta::server {

struct AuthRules {
  bool is_enabled = false;
  bool only_encrypted = true;  // smtpd_tls_auth_only (MTA-20).
  // Offered in the clear and under TLS, in upper case.
  std::vector<std::string> clear_mechanisms;
  std::vector<std::string> encrypted_mechanisms;
  bool has_broken_clients = false;  // broken_sasl_auth_clients.
  // Failed attempts after which a session is closed.
  uint32_t failure_limit = 5;

  const std::vector<std::string>& Mechanisms(bool is_encrypted) const {
    return is_encrypted ? encrypted_mechanisms : clear_mechanisms;
  }
};

}  // namespace postern::mta::server

#endif  // POSTERN_MTA_SERVER_AUTH_RULES_H_
