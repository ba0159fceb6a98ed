// Numbers of bytes as people write them: "512", "64KiB", "25MiB", "1GiB".
//
// Units are powers of 1024: KiB, MiB, GiB, TiB. "25MB" and "25M" are refused,
// because people disagree about their meaning.
//
// Errors:  InvalidArgument; the text says what is wanted.
// Threads: pure.

#ifndef POSTERN_LIB_CONFIG_SIZE_H_
#define POSTERN_LIB_CONFIG_SIZE_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace postern::config {

// Returns the number of bytes: from 0 to 2^63 - 1.
absl::StatusOr<int64_t> ParseSize(absl::string_view text);

// Returns the text with the largest unit that is exact. `bytes` is not
// negative.
std::string SizeText(int64_t bytes);

}  // namespace postern::config

#endif  // POSTERN_LIB_CONFIG_SIZE_H_
