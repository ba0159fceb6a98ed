// UTF-8 from outside, as mail addresses and reports may have it.
//
// Text here is well-formed UTF-8 (no overlong forms, no surrogates, nothing
// past U+10FFFF) without anything that moves a cursor or turns text round: no
// C0 or C1 control, no line or paragraph separator, no bidirectional control.
//
// Source:  RFC 3629 section 4 (well-formed sequences); security catalogue
//          MTA-43.
// Threads: pure.

#ifndef POSTERN_LIB_MAIL_UTF8_H_
#define POSTERN_LIB_MAIL_UTF8_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

namespace postern::mail {

struct CodePoint {
  uint32_t value = 0;
  size_t bytes = 0;  // 0: the text does not begin with a character.
};

// Returns the character at the beginning of `text`.
CodePoint FirstCodePoint(absl::string_view text);

// Tells whether `text` is such text.
bool IsUtf8Text(absl::string_view text);

// Tells whether all of `text` is ASCII.
bool IsAscii(absl::string_view text);

// Returns `text` as one line of such text of at most `max_bytes`: whatever else
// is in it becomes '?'; what is too long is cut between two characters.
std::string PrintableUtf8(absl::string_view text, size_t max_bytes = 256);

}  // namespace postern::mail

#endif  // POSTERN_LIB_MAIL_UTF8_H_
