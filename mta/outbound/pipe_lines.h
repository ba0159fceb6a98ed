// The lines of a letter as a command wants them: with another end, and with a
// dot more in front of a dot.
//
//   PipeLines lines("\r\n", /*stuffs_dots=*/true);
//   lines.Convert(text);    // any number of times, with what follows
//
// Source:  pipe(8) of Postfix: eol=, and the flag ".".
// Threads: one at a time.

#ifndef POSTERN_MTA_OUTBOUND_PIPE_LINES_H_
#define POSTERN_MTA_OUTBOUND_PIPE_LINES_H_

#include <string>
#include <utility>

namespace postern::mta::outbound {

class PipeLines {
 public:
  // Leaves all as it is.
  PipeLines() = default;
  PipeLines(std::string eol, bool stuffs_dots)
      : eol_(std::move(eol)), stuffs_dots_(stuffs_dots) {}

  // Replaces `text`, whose lines end in LF.
  void Convert(std::string& text);

 private:
  std::string eol_ = "\n";
  bool stuffs_dots_ = false;
  bool begins_line_ = true;
};

}  // namespace postern::mta::outbound

#endif  // POSTERN_MTA_OUTBOUND_PIPE_LINES_H_
