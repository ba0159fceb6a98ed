// Names for what we keep in Redis, such that no peer can choose them, make them
// long or make two of them meet (RD-06, MTA-32).
//
// A key is "<prefix>{<tag>}:<parts>". The tag alone decides the slot in a
// cluster, so what one script touches must share it (RD-05).
//
//   HashedKey("postern:", "192.0.2.0/24", {sender, recipient})
//     -> "postern:{192.0.2.0/24}:5c8e…" (32 hexadecimal digits)
//   Key("postern:", "reports", {"example.org", "2026-11-24"})
//     -> "postern:{reports}:11:example.org10:2026-11-24"
//
// Threads: pure.
// Limits:  a tag of up to 64 letters, digits and "._:/-" is taken as it is; any
//          other becomes '#' and 32 hexadecimal digits of its hash.

#ifndef POSTERN_LIB_REDIS_KEY_H_
#define POSTERN_LIB_REDIS_KEY_H_

#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace postern::redis {

// Returns a key of fixed length, given the tag: the parts are hashed (the first
// half of SHA-256). For parts that come from a peer.
std::string HashedKey(absl::string_view prefix, absl::string_view tag,
                      absl::Span<const absl::string_view> parts);

// Returns a key that shows its parts, each after its length. For parts of our
// own that are short.
std::string Key(absl::string_view prefix, absl::string_view tag,
                absl::Span<const absl::string_view> parts);

}  // namespace postern::redis

#endif  // POSTERN_LIB_REDIS_KEY_H_
