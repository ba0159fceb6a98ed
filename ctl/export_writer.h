// Writes a file of exported messages (docs/formats/queue-export.md).
//
//   ExportWriter writer(write);
//   RETURN_IF_ERROR(writer.Begin("0dk3v9zq1h7xw", envelope));
//   RETURN_IF_ERROR(writer.Add(piece));          // as often as there are
//   pieces RETURN_IF_ERROR(writer.End()); RETURN_IF_ERROR(writer.Finish());
//
// The file says nothing about itself that whoever wrote the mail could know, so
// that no content looks like a record.
//
// Errors:  InvalidArgument: an envelope or a piece that is too long, or a queue
//          id that is none; what `write` returns.
// Threads: one at a time.
// Limits:  a piece and an envelope have kLongestPayload at most; nothing is
//          kept of them.

#ifndef POSTERN_CTL_EXPORT_WRITER_H_
#define POSTERN_CTL_EXPORT_WRITER_H_

#include <cstdint>
#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "ctl/export_format.h"

namespace postern::ctl {

class ExportWriter {
 public:
  // Puts bytes where the file goes to.
  using Write = std::function<absl::Status(absl::string_view bytes)>;

  explicit ExportWriter(Write write);

  // Begins a message.
  absl::Status Begin(absl::string_view queue_id, absl::string_view envelope);
  absl::Status Add(absl::string_view piece);
  // It is complete.
  absl::Status End();
  // It is not, and what was written of it does not count.
  absl::Status Void();
  // Ends the file. A file without a message has a header, too.
  absl::Status Finish();

  // The complete messages so far.
  uint64_t messages() const { return messages_; }

 private:
  absl::Status Put(RecordType type, absl::string_view payload);

  const Write write_;
  const std::string marker_;
  bool has_header_ = false;
  uint64_t messages_ = 0;
  int64_t content_bytes_ = 0;
  uint32_t content_crc_ = 0;
};

}  // namespace postern::ctl

#endif  // POSTERN_CTL_EXPORT_WRITER_H_
