// Finds the lines that go through as they are: neither dot-stuffing nor the
// rules about line ends concern them. Nearly all of a usual message.
//
// Source:  RFC 5321 sections 2.3.8 and 4.5.2.
// Threads: pure.

#ifndef POSTERN_MTA_SMTP_PLAIN_LINES_H_
#define POSTERN_MTA_SMTP_PLAIN_LINES_H_

#include <cstddef>

#include "absl/strings/string_view.h"

namespace postern::mta::smtp {

// Returns how many bytes at the front of `text`, which begins with a line, are
// whole lines that end with CR LF, have no other CR or LF, do not begin with a
// dot and are no longer than `max_line_bytes` without the CR LF.
size_t PlainLineBytes(absl::string_view text, size_t max_line_bytes);

// The place of `c` in `text`, or the size of `text`.
size_t FindOrEnd(absl::string_view text, char c);

}  // namespace postern::mta::smtp

#endif  // POSTERN_MTA_SMTP_PLAIN_LINES_H_
