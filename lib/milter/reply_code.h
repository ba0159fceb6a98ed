// A filter's own words to the client: "550-5.7.1 one\r\n550 5.7.1 two".
//
// Source:  sendmail's smfi_setreply() and smfi_setmlreply(): the form, and "%%"
//          for a "%". RFC 5321 section 4.2.1, RFC 2034 section 4.
// Errors:  InvalidArgument.
// Threads: pure.
// Limits:  a line 512 bytes (INJ-15), 32 lines.

#ifndef POSTERN_LIB_MILTER_REPLY_CODE_H_
#define POSTERN_LIB_MILTER_REPLY_CODE_H_

#include <cstddef>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "lib/milter/changes.h"

namespace postern::milter {

inline constexpr size_t kMaxReplyLineBytes = 512;
inline constexpr size_t kMaxReplyLines = 32;

// Reads the body of a REPLYCODE packet, with its NUL. All lines must have one
// code of 400 to 599 and all but the last a "-" behind it; enhanced codes must
// be of its class; a lone CR or LF is none (MTA-28). The lines come out
// printable.
absl::StatusOr<Verdict> ParseReplyCode(absl::string_view body);

// Finds what makes a kReply verdict none: its code, an enhanced code of another
// class, no line or too many.
absl::Status CheckReplyCode(const Verdict& verdict);

// Appends the text of such a verdict, without the NUL.
void AppendReplyCode(const Verdict& verdict, std::string& output);

// One line as it is put on the wire: printable, with "%" doubled (INJ-15).
std::string SafeReplyLine(absl::string_view line);

}  // namespace postern::milter

#endif  // POSTERN_LIB_MILTER_REPLY_CODE_H_
