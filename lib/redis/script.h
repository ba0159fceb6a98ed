// A Lua script for Redis: a constant text and its digest.
//
// Only a literal can become a script (RD-08): what varies goes into KEYS and
// ARGV. Take the time from TIME inside the script, not from us (RD-07), and
// give every key a TTL (RD-06).
//
//   const redis::Script& CountScript() {
//     static const redis::Script script(R"lua(
//       local n = redis.call('INCR', KEYS[1])
//       redis.call('PEXPIRE', KEYS[1], ARGV[1])
//       return n)lua");
//     return script;
//   }
//
// Threads: immutable; safe to share.

#ifndef POSTERN_LIB_REDIS_SCRIPT_H_
#define POSTERN_LIB_REDIS_SCRIPT_H_

#include <string>

#include "absl/strings/string_view.h"

namespace postern::redis {

class Script {
 public:
  // A text that is known when the program is compiled.
  class Literal {
   public:
    // NOLINTNEXTLINE(google-explicit-constructor): so that a literal fits.
    consteval Literal(const char* text) : text_(text) {}
    constexpr const char* text() const { return text_; }

   private:
    const char* text_;
  };

  explicit Script(Literal text);

  absl::string_view text() const { return text_; }
  // The SHA-1 of the text in lower-case hexadecimal, as EVALSHA wants it.
  const std::string& digest() const { return digest_; }

 private:
  absl::string_view text_;
  std::string digest_;
};

}  // namespace postern::redis

#endif  // POSTERN_LIB_REDIS_SCRIPT_H_
