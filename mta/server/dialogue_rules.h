// What of the configuration the dialogue knows.
//
// Threads: a value.

#ifndef POSTERN_MTA_SERVER_DIALOGUE_RULES_H_
#define POSTERN_MTA_SERVER_DIALOGUE_RULES_H_

#include <cstdint>
#include <string>

namespace postern::mta::server {

struct DialogueRules {
  std::string myhostname;
  int64_t message_size_limit_bytes = 50 << 20;
  uint32_t recipient_limit = 1000;
  uint32_t hard_error_limit = 20;
  bool disconnect_on_bare_newline = false;
  bool helo_required = true;
};

}  // namespace postern::mta::server

#endif  // POSTERN_MTA_SERVER_DIALOGUE_RULES_H_
