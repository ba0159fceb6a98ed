// Makes text from the outside fit to be shown: in a log, a reply, a header.
//
// Threads: pure.

#ifndef POSTERN_LIB_BASE_PRINTABLE_H_
#define POSTERN_LIB_BASE_PRINTABLE_H_

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"

namespace postern {

// Returns `text` as one line of printable ASCII of at most `max_bytes`: every
// control character and every byte above 126 becomes '?'; what is too long is
// cut. Security catalogue MTA-33, MTA-34, INJ-15.
std::string Printable(absl::string_view text, size_t max_bytes = 256);

}  // namespace postern

#endif  // POSTERN_LIB_BASE_PRINTABLE_H_
