// Which of a cluster's 16384 slots a key belongs to.
//
// Source:  Redis Cluster specification, "Key distribution model" and "Hash
//          tags": CRC-16 (XMODEM) of the part between the first '{' and the
//          next '}', if there is something between them, else of all.
// Threads: pure.

#ifndef POSTERN_LIB_REDIS_SLOT_H_
#define POSTERN_LIB_REDIS_SLOT_H_

#include <cstdint>

#include "absl/strings/string_view.h"

namespace postern::redis {

inline constexpr int kSlots = 16384;

// Returns the part of `key` that decides; a view into it.
absl::string_view HashTag(absl::string_view key);

// Returns a number below kSlots.
uint16_t SlotOf(absl::string_view key);

}  // namespace postern::redis

#endif  // POSTERN_LIB_REDIS_SLOT_H_
