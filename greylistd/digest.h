// A short hash of a text: for keys that must be short, or must not show what
// they stand for.
//
// Source:  the first half of SHA-256.
// Threads: pure.

#ifndef POSTERN_GREYLISTD_DIGEST_H_
#define POSTERN_GREYLISTD_DIGEST_H_

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"

namespace postern::greylistd {

// Returns 32 lower-case hexadecimal digits.
std::string ShortDigest(absl::string_view text);

}  // namespace postern::greylistd

#endif  // POSTERN_GREYLISTD_DIGEST_H_
