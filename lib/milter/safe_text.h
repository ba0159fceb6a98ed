// Header fields that are safe to put into a message, whoever made them up.
//
// Threads: pure.

#ifndef POSTERN_LIB_MILTER_SAFE_TEXT_H_
#define POSTERN_LIB_MILTER_SAFE_TEXT_H_

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"

namespace postern::milter {

// RFC 5322 section 2.1.1: what fits into one line.
inline constexpr size_t kMaxHeaderNameBytes = 998;

// Whether `name` can stand before a colon: printable ASCII without space and
// colon, and not too long.
bool IsHeaderName(absl::string_view name);

// Returns `value` so that it stays one field: a line end (LF or CR LF) that
// space or tab follows becomes `line_end`; any other one, a lone CR and a NUL
// become a space, and those at the end go (INJ-14). All other bytes stay.
std::string SafeHeaderValue(absl::string_view value,
                            absl::string_view line_end);

}  // namespace postern::milter

#endif  // POSTERN_LIB_MILTER_SAFE_TEXT_H_
