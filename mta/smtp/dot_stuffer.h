// Turns stored content into what follows DATA on the wire.
//
// Lines that begin with a dot get a second one, every LF goes out as CR LF,
// and a CR that is not part of a line end goes out as a space, so that nobody
// downstream sees an end of data that is none (security catalogue MTA-08).
// Content that data_reader.h accepted comes back from it byte for byte.
//
//   DotStuffer stuffer;
//   for (...) stuffer.Append(piece, wire);   // wire: a std::string to send
//   stuffer.Finish(wire);                    // CR LF if missing, then the dot
//
// Source:  RFC 5321 section 4.5.2.
// Threads: one at a time. One object a message; pieces may be cut anywhere.

#ifndef POSTERN_MTA_SMTP_DOT_STUFFER_H_
#define POSTERN_MTA_SMTP_DOT_STUFFER_H_

#include <string>

#include "absl/strings/string_view.h"

namespace postern::mta::smtp {

class DotStuffer {
 public:
  // Appends the wire form of `content` to `wire`.
  void Append(absl::string_view content, std::string& wire);

  // Appends the end of data. Nothing may follow.
  void Finish(std::string& wire);

 private:
  void AppendInLine(absl::string_view text, std::string& wire);

  bool at_line_start_ = true;
  bool after_cr_ = false;  // A CR is held back until the next byte is known.
};

}  // namespace postern::mta::smtp

#endif  // POSTERN_MTA_SMTP_DOT_STUFFER_H_
