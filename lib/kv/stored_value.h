// What stands on disk for a value: a format byte, the time of expiry, the
// bytes of the value. docs/formats/kv.md describes it.
//
// Threads: pure.

#ifndef POSTERN_LIB_KV_STORED_VALUE_H_
#define POSTERN_LIB_KV_STORED_VALUE_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace postern::kv {

// Milliseconds of Unix time; the largest number stands for "never".
constexpr int64_t kNeverExpires = std::numeric_limits<int64_t>::max();

constexpr size_t kValueHeaderBytes = 9;

struct StoredValue {
  int64_t expires_millis = kNeverExpires;
  absl::string_view value;  // Part of the text that was decoded.

  bool HasExpired(int64_t now_millis) const {
    return now_millis >= expires_millis;
  }
};

int64_t ToMillis(absl::Time time);
absl::Time FromMillis(int64_t millis);

// Returns what is to be written in front of the value's bytes.
std::array<char, kValueHeaderBytes> ValueHeader(absl::Time expires);

// Returns nullopt when the format is not ours.
std::optional<StoredValue> DecodeValue(absl::string_view stored);

}  // namespace postern::kv

#endif  // POSTERN_LIB_KV_STORED_VALUE_H_
