#include "mta/outbound/pipe_lines.h"

namespace postern::mta::outbound {

void PipeLines::Convert(std::string& text) {
  if (!stuffs_dots_ && eol_ == "\n") return;
  std::string out;
  out.reserve(text.size() + text.size() / 16);
  for (const char c : text) {
    if (begins_line_ && stuffs_dots_ && c == '.') out += '.';
    begins_line_ = c == '\n';
    if (begins_line_) {
      out += eol_;
    } else {
      out += c;
    }
  }
  text = std::move(out);
}

}  // namespace postern::mta::outbound
