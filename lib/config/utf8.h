// Tells UTF-8 from other bytes.
//
// Source:  RFC 3629: shortest forms only, no surrogates, up to U+10FFFF.
// Threads: pure.

#ifndef POSTERN_LIB_CONFIG_UTF8_H_
#define POSTERN_LIB_CONFIG_UTF8_H_

#include <cstddef>

#include "absl/strings/string_view.h"

namespace postern::config {

// Returns the number of bytes of the character at the beginning of `text`, or
// 0 if there is none.
size_t Utf8Bytes(absl::string_view text);

}  // namespace postern::config

#endif  // POSTERN_LIB_CONFIG_UTF8_H_
