// Writes a letter into a file that is open, in large pieces.
//
//   LetterFile file(fd.get(), path, limit);
//   absl::Status written = file.Write(letter, LetterText::Form::kMaildir, "");
//
// Errors:  those of the disk (folder.h) and of the message; OutOfRange: the
//          letter would be larger than the limit.
// Threads: one at a time. Blocking.
// Limits:  256 KiB in memory, besides a piece of the message.

#ifndef POSTERN_MTA_OUTBOUND_LETTER_FILE_H_
#define POSTERN_MTA_OUTBOUND_LETTER_FILE_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "mta/outbound/letter.h"
#include "mta/outbound/pipe_lines.h"
#include "mta/queue/outcome.h"

namespace postern::mta::outbound {

class LetterFile {
 public:
  // At most `limit_bytes` are written; less than 0: any number.
  LetterFile(int fd, const std::string& path, int64_t limit_bytes)
      : fd_(fd), path_(path), limit_bytes_(limit_bytes) {}

  // Writes what stands in front, the letter and, in an mbox, the empty line
  // behind it.
  absl::Status Write(const Letter& letter, LetterText::Form form,
                     absl::string_view in_front);

  // Writes the content without fields of ours, and an empty line behind it if
  // that is wanted. Lines end in `lines`' way.
  absl::Status WriteContent(const queue::Content& content,
                            LetterText::Form form, absl::string_view in_front,
                            bool ends_empty, PipeLines lines);

 private:
  absl::Status WriteText(const queue::Content& content, LetterText::Form form,
                         std::string in_front, bool ends_empty);
  absl::Status Flush();

  const int fd_;
  const std::string& path_;
  const int64_t limit_bytes_;
  int64_t written_bytes_ = 0;
  std::string buffer_;
  PipeLines lines_;
  char last_ = '\n';  // Of what was written.
};

// The outcome for a letter that has been here before.
queue::Outcome LoopTo(absl::string_view recipient);

// Returns what a failure to write a letter means for the message.
queue::Outcome OutcomeOfWriting(const absl::Status& status);

}  // namespace postern::mta::outbound

#endif  // POSTERN_MTA_OUTBOUND_LETTER_FILE_H_
