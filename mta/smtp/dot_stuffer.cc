#include "mta/smtp/dot_stuffer.h"

#include <cstring>

namespace postern::mta::smtp {
namespace {

size_t Find(absl::string_view text, char c) {
  const void* found = std::memchr(text.data(), c, text.size());
  return found == nullptr ? text.size()
                          : static_cast<const char*>(found) - text.data();
}

void Put(absl::string_view text, std::string& wire) {
  wire.append(text.data(), text.size());
}

// Returns the bytes of whole lines, from a line start on, that go out as they
// are.
size_t PlainBytes(absl::string_view text) {
  size_t plain = 0;
  while (plain < text.size() && text[plain] != '.') {
    const absl::string_view rest = text.substr(plain);
    const size_t cr = Find(rest, '\r');
    if (cr + 1 >= rest.size() || rest[cr + 1] != '\n') break;
    if (Find(rest.substr(0, cr), '\n') != cr) break;
    plain += cr + 2;
  }
  return plain;
}

}  // namespace

void DotStuffer::AppendInLine(absl::string_view text, std::string& wire) {
  if (text.empty()) return;
  if (after_cr_) wire += ' ';
  after_cr_ = false;
  if (at_line_start_ && text[0] == '.') wire += '.';
  at_line_start_ = false;
  for (size_t cr = Find(text, '\r'); cr < text.size(); cr = Find(text, '\r')) {
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
      const size_t plain = PlainBytes(content);
      Put(content.substr(0, plain), wire);
      content.remove_prefix(plain);
    }
    const size_t end = Find(content, '\n');
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
