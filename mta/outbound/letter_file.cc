#include "mta/outbound/letter_file.h"

#include <unistd.h>

#include <cerrno>
#include <utility>

#include "absl/strings/str_cat.h"
#include "lib/base/status_macros.h"
#include "mta/outbound/folder.h"
#include "mta/outbound/outcome.h"

namespace postern::mta::outbound {
namespace {

constexpr size_t kWriteBytes = 256 << 10;

}  // namespace

absl::Status LetterFile::Write(const Letter& letter, LetterText::Form form,
                               absl::string_view in_front) {
  return WriteText(*letter.content, form,
                   absl::StrCat(in_front, Prologue(letter)),
                   form == LetterText::Form::kMbox);
}

absl::Status LetterFile::WriteContent(const queue::Content& content,
                                      LetterText::Form form,
                                      absl::string_view in_front,
                                      bool ends_empty, PipeLines lines) {
  lines_ = std::move(lines);
  return WriteText(content, form, std::string(in_front), ends_empty);
}

absl::Status LetterFile::WriteText(const queue::Content& content,
                                   LetterText::Form form, std::string in_front,
                                   bool ends_empty) {
  LetterText text(form);
  buffer_ = std::move(in_front);
  for (int i = 0; i < content.pieces(); ++i) {
    ASSIGN_OR_RETURN(const std::string piece, content.Piece(i));
    text.Append(piece, buffer_);
    if (buffer_.size() >= kWriteBytes) RETURN_IF_ERROR(Flush());
  }
  text.Finish(buffer_);
  if (ends_empty) {
    const char last = buffer_.empty() ? last_ : buffer_.back();
    buffer_ += last == '\n' ? "\n" : "\n\n";
  }
  return Flush();
}

absl::Status LetterFile::Flush() {
  if (buffer_.empty()) return absl::OkStatus();
  last_ = buffer_.back();
  lines_.Convert(buffer_);
  written_bytes_ += static_cast<int64_t>(buffer_.size());
  if (limit_bytes_ >= 0 && written_bytes_ > limit_bytes_) {
    return absl::OutOfRangeError("the mailbox would be too large");
  }
  absl::string_view rest = buffer_;
  while (!rest.empty()) {
    const ssize_t n = ::write(fd_, rest.data(), rest.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return FileError(path_);
    rest.remove_prefix(n);
  }
  buffer_.clear();
  return absl::OkStatus();
}

queue::Outcome LoopTo(absl::string_view recipient) {
  return Failed("5.4.6", absl::StrCat("mail forwarding loop for ", recipient));
}

queue::Outcome OutcomeOfWriting(const absl::Status& status) {
  if (absl::IsOutOfRange(status)) {
    return Failed("5.2.2", "mailbox is full: message too large for it");
  }
  return OutcomeOfError(status);
}

}  // namespace postern::mta::outbound
