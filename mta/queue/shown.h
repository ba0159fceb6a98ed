// Text from outside as a report shows it.
//
// The report on a message with SMTPUTF8 is in UTF-8, as RFC 6533 has it; any
// other one is plain ASCII, whatever the outside has put into it (MTA-33).
//
// Threads: pure.

#ifndef POSTERN_MTA_QUEUE_SHOWN_H_
#define POSTERN_MTA_QUEUE_SHOWN_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace postern::mta::queue {

inline constexpr size_t kLongestShownReply = 500;
inline constexpr size_t kLongestShownAddress = 320;

enum class ShownCharset { kAscii, kUtf8 };

// Returns `text` as one line of at most `max_bytes`.
std::string Shown(absl::string_view text, ShownCharset charset,
                  size_t max_bytes = 256);

// Returns the header in `content` made fit for a text part: whole lines of at
// most 998 bytes, at most `limit_bytes` in all.
std::string ShownHeader(absl::string_view content, int64_t limit_bytes,
                        ShownCharset charset = ShownCharset::kAscii);

// Returns `time` as header fields have it (RFC 5322 section 3.3).
std::string MailDate(absl::Time time);

}  // namespace postern::mta::queue

#endif  // POSTERN_MTA_QUEUE_SHOWN_H_
