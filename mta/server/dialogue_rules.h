// What of the configuration the dialogue knows.
//
// Threads: a value.

#ifndef POSTERN_MTA_SERVER_DIALOGUE_RULES_H_
#define POSTERN_MTA_SERVER_DIALOGUE_RULES_H_

#include <cstdint>
#include <string>
#include <vector>

#include "mta/server/auth_rules.h"
#include "mta/server/tls_settings.h"

namespace postern::mta::server {

struct DialogueRules {
  std::string myhostname;
  std::string banner;  // What follows 220.
  int64_t message_size_limit_bytes = 50 << 20;
  uint32_t recipient_limit = 1000;
  uint32_t hard_error_limit = 20;
  bool disconnect_on_bare_newline = false;
  bool helo_required = true;
  uint32_t message_limit = 0;  // MAIL commands in a session; 0: any number.
  bool has_smtputf8 = true;
  bool has_vrfy = true;
  // Extensions that are not offered.
  std::vector<std::string> discarded_keywords;
  TlsSettings::Use tls = TlsSettings::Use::kNone;
  AuthRules auth = {};
};

}  // namespace postern::mta::server

#endif  // POSTERN_MTA_SERVER_DIALOGUE_RULES_H_
