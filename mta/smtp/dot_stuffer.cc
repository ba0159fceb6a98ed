#include "mta/smtp/dot_stuffer.h"

#include "mta/smtp/plain_lines.h"

namespace postern::mta::smtp {
namespace {

void Put(absl::string_view text, std::string& wire) {
  wire.append(text.data(), text.size());
}

}  // namespace

void DotStuffer::AppendInLine(absl::string_view text, std::string& wire) {
  if (text.empty()) return;
  if (after_cr_) wire += ' ';
  after_cr_ = false;
  if (at_line_start_ && text[0] == '.') wire += '.';
  at_line_start_ = false;
  for (size_t cr = FindOrEnd(text, '\r'); cr < text.size();
       cr = FindOrEnd(text, '\r')) {
    Put(text.substr(0, cr), wire);
    text.remove_prefix(cr + 1);
    after_cr_ = text.empty();
    if (!after_cr_) wire += ' ';
  }
  Put(text, wire);
}

void DotStuffer::Append(absl::string_view content, std::string& wire) {
  while (!content.empty()) {
    if (at_line_start_ && !after_cr_) {
      const size_t plain = PlainLineBytes(content, content.size());
      Put(content.substr(0, plain), wire);
      content.remove_prefix(plain);
    }
    const size_t end = FindOrEnd(content, '\n');
    AppendInLine(content.substr(0, end), wire);
    if (end == content.size()) return;
    wire += "\r\n";
    at_line_start_ = true;
    after_cr_ = false;
    content.remove_prefix(end + 1);
  }
}

void DotStuffer::Finish(std::string& wire) {
  if (!at_line_start_) wire += "\r\n";
  wire += ".\r\n";
}

}  // namespace postern::mta::smtp
