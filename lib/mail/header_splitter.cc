#include "lib/mail/header_splitter.h"

#include <algorithm>
#include <cassert>

#include "lib/mail/header.h"

namespace postern::mail {
namespace {

bool IsBlank(char c) { return c == ' ' || c == '\t'; }

// Returns the size of the line that `text` begins with, its LF included; 0 if
// it does not end there.
size_t LineBytes(absl::string_view text) {
  const size_t end = text.find('\n');
  return end == absl::string_view::npos ? 0 : end + 1;
}

constexpr size_t kKeptBytes = 4 << 10;  // Of the buffer, between fields.

}  // namespace

size_t HeaderSplitter::Consume(absl::string_view content) {
  assert(found_ != Found::kEnd);
  DropText();
  if (HasWholeLine()) OnLine();
  if (found_ != Found::kNothing) return 0;
  if (is_cut_) return ConsumeRest(content);
  size_t taken = 0;
  while (taken < content.size() && found_ == Found::kNothing) {
    absl::string_view rest = content.substr(taken);
    const size_t room = max_field_bytes_ - buffer_.size();
    const size_t line = LineBytes(rest);
    rest = rest.substr(0, std::min(line == 0 ? rest.size() : line, room));
    buffer_.append(rest.data(), rest.size());
    taken += rest.size();
    if (rest.size() == line) {
      OnLine();
    } else if (rest.size() == room) {
      OnFull();
    }
  }
  return taken;
}

// Gives out what still belongs to a field that was cut.
size_t HeaderSplitter::ConsumeRest(absl::string_view content) {
  if (content.empty()) return 0;
  if (is_line_start_ && !IsBlank(content.front())) {
    is_cut_ = false;
    return Consume(content);
  }
  const size_t line = LineBytes(content);
  const size_t taken =
      std::min(line == 0 ? content.size() : line, max_field_bytes_);
  buffer_.assign(content.data(), taken);
  is_line_start_ = taken == line;
  Report(Found::kRest, taken);
  return taken;
}

// A whole line stands at the end of the buffer.
void HeaderSplitter::OnLine() {
  const absl::string_view line = absl::string_view(buffer_).substr(line_start_);
  if (has_field_ && IsBlank(line.front())) {
    line_start_ = buffer_.size();
    if (buffer_.size() >= max_field_bytes_) OnFull();
  } else if (has_field_) {
    Report(Found::kField, line_start_);
  } else if (IsFieldLine(line)) {
    has_field_ = true;
    line_start_ = buffer_.size();
    if (buffer_.size() >= max_field_bytes_) OnFull();
  } else {
    Report(Found::kEnd, buffer_.size());
  }
}

// No more than what is in the buffer may be held.
void HeaderSplitter::OnFull() {
  const absl::string_view line = absl::string_view(buffer_).substr(line_start_);
  if (has_field_ && !line.empty() && !IsBlank(line.front())) {
    Report(Found::kField, line_start_);
  } else if (has_field_ || IsFieldLine(line)) {
    is_cut_ = true;
    is_line_start_ = line.empty();
    Report(Found::kField, buffer_.size());
  } else {
    Report(Found::kEnd, buffer_.size());
  }
}

bool HeaderSplitter::IsFieldLine(absl::string_view line) const {
  if (ends_at_dashes_ && line.substr(0, 2) == "--") return false;
  return !FieldName(line).empty();
}

void HeaderSplitter::Report(Found found, size_t text_bytes) {
  found_ = found;
  text_bytes_ = text_bytes;
  has_field_ = false;
}

// The line that ended the field before has not been looked at.
bool HeaderSplitter::HasWholeLine() const {
  return line_start_ < buffer_.size() && buffer_.back() == '\n';
}

void HeaderSplitter::DropText() {
  if (found_ == Found::kNothing) return;
  buffer_.erase(0, text_bytes_);
  if (buffer_.size() < kKeptBytes && buffer_.capacity() > kKeptBytes) {
    buffer_.shrink_to_fit();
  }
  text_bytes_ = 0;
  line_start_ = 0;
  found_ = Found::kNothing;
}

void HeaderSplitter::EndField() {
  DropText();
  if (HasWholeLine()) OnLine();
  if (found_ == Found::kNothing && has_field_) {
    Report(Found::kField, buffer_.size());
  }
  is_cut_ = false;
}

void HeaderSplitter::Finish() {
  assert(found_ != Found::kEnd);
  DropText();
  is_cut_ = false;
  const absl::string_view line = absl::string_view(buffer_).substr(line_start_);
  if (has_field_) {
    const bool continues = line.empty() || IsBlank(line.front());
    Report(Found::kField, continues ? buffer_.size() : line_start_);
  } else if (!line.empty() && IsFieldLine(line)) {
    Report(Found::kField, buffer_.size());
  } else {
    Report(Found::kEnd, buffer_.size());
  }
}

}  // namespace postern::mail
