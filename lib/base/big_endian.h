// Numbers as stored formats have them: the highest byte first.
//
//   AppendBigEndian(id.number, &key);
//   const uint64_t number = ReadBigEndian<uint64_t>(key);
//
// Threads: pure.

#ifndef POSTERN_LIB_BASE_BIG_ENDIAN_H_
#define POSTERN_LIB_BASE_BIG_ENDIAN_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

namespace postern {

template <typename Number>
void AppendBigEndian(Number number, std::string* out) {
  for (int shift = 8 * sizeof(Number) - 8; shift >= 0; shift -= 8) {
    out->push_back(static_cast<char>(number >> shift));
  }
}

// `bytes` has at least as many as the number.
template <typename Number>
Number ReadBigEndian(absl::string_view bytes) {
  Number number = 0;
  for (size_t i = 0; i < sizeof(Number); ++i) {
    number = static_cast<Number>(number << 8) | static_cast<uint8_t>(bytes[i]);
  }
  return number;
}

}  // namespace postern

#endif  // POSTERN_LIB_BASE_BIG_ENDIAN_H_
