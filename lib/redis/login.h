// What is said first on a new connection: who we are, which database we want,
// what we are called, and where it matters "are you the master?".
//
// All of it goes out in one write. Nothing else is sent until it was answered
// well, so that no command ever runs as another user, in another database or
// on a replica that was the master before.
//
// Errors:  CheckLogin(): Unavailable with what Redis said; never the password.
// Threads: pure.

#ifndef POSTERN_LIB_REDIS_LOGIN_H_
#define POSTERN_LIB_REDIS_LOGIN_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "lib/redis/reply.h"

namespace postern::redis {

struct Login {
  std::string username;       // Empty: Redis's user "default".
  std::string password_file;  // Empty: none is needed.
  uint32_t database = 0;
  std::string client_name;      // Shown by CLIENT LIST; without spaces.
  bool require_master = false;  // A replica will not do.
};

// Returns the commands, and in `replies` how many replies there will be: at
// least one.
std::string LoginRequest(const Login& login, absl::string_view password,
                         size_t& replies);

// Returns OK if the replies let us begin.
absl::Status CheckLogin(const Login& login, absl::Span<const Reply> replies);

}  // namespace postern::redis

#endif  // POSTERN_LIB_REDIS_LOGIN_H_
