// What an error that Redis sent means for us.
//
// Source:  the error words of Redis 7 and the Redis Cluster specification,
//          "MOVED Redirection" and "ASK redirection".
// Threads: pure.
// Limits:  a redirection that cannot be read is an error like any other.

#ifndef POSTERN_LIB_REDIS_ERROR_REPLY_H_
#define POSTERN_LIB_REDIS_ERROR_REPLY_H_

#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "lib/net/endpoint.h"

namespace postern::redis {

struct ErrorReply {
  enum class Kind {
    kMoved,         // The slot lives at `node` now.
    kAsk,           // This key is at `node` already, after ASKING.
    kTryAgain,      // Some keys of the command have moved and some have not.
    kClusterDown,   // The cluster, or this slot of it, does not serve.
    kReadOnly,      // This is a replica.
    kNoScript,      // EVALSHA of a script that is not loaded.
    kNotReady,      // Loading, busy, a replica without its master …
    kNoPermission,  // Wrong password, or the user may not do that.
    kOutOfMemory,
    kOther,
  };
  Kind kind = Kind::kOther;
  uint16_t slot = 0;   // kMoved, kAsk.
  net::Endpoint node;  // kMoved, kAsk; no host: that of the server that spoke.
};

// Reads the text of an error, without the '-' before it.
ErrorReply ReadError(absl::string_view text);

// Returns the status for our caller, see client.h; never OK. The text of the
// error, made printable, is in it.
absl::Status StatusOfError(absl::string_view text);

}  // namespace postern::redis

#endif  // POSTERN_LIB_REDIS_ERROR_REPLY_H_
