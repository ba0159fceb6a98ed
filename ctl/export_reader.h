// Reads a file of exported messages (docs/formats/queue-export.md), past what
// is damaged in it.
//
//   ExportReader reader(std::cin);
//   RETURN_IF_ERROR(reader.Open());
//   for (ExportReader::Item item = reader.Next();
//        item.kind != ExportReader::Kind::kEndOfFile; item = reader.Next()) …
//
// A message is one kMessage, any number of kContent and then either kComplete
// or kDropped: with the latter whatever came of it must be forgotten. kDropped
// may also stand alone, for damage whose message is not known. After damage the
// reader goes on with the next record that is whole; records are found by a
// marker that is another one in each file, so content cannot pretend to be one.
//
// Errors:  Open(): InvalidArgument: not an export, or its first bytes are
//          damaged; FailedPrecondition: of a later version.
// Threads: one at a time.
// Limits:  one record (4 MiB) in memory.

#ifndef POSTERN_CTL_EXPORT_READER_H_
#define POSTERN_CTL_EXPORT_READER_H_

#include <cstddef>
#include <cstdint>
#include <istream>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "ctl/export_format.h"

namespace postern::ctl {

class ExportReader {
 public:
  enum class Kind {
    kMessage,   // queue_id and data: the envelope.
    kContent,   // data: a piece of content.
    kComplete,  // The message that began is whole.
    kDropped,   // It is not; why says what happened.
    kEndOfFile,
  };
  struct Item {
    Kind kind;
    std::string queue_id = {};  // kDropped: empty if it is not known.
    std::string data = {};
    std::string why = {};
    // kDropped: it had left the queue while it was exported; that is no damage.
    bool is_void = false;
    // kEndOfFile: the file is as it was written, to its end.
    bool is_whole = false;
  };

  // `in` must outlive the reader.
  explicit ExportReader(std::istream& in) : in_(in) {}

  // Once, and first.
  absl::Status Open();
  Item Next();

 private:
  struct Record {
    RecordType type;
    std::string payload;
  };

  // Has at least `bytes` in the buffer; false: there are not so many.
  bool Fill(size_t bytes);
  void Skip(size_t bytes);
  // Returns the record at the current place; nullopt: there is none.
  std::optional<Record> ReadRecord();
  // Goes to the next marker; false: there is none.
  bool FindMarker();
  Item Damage(const std::string& what);
  Item EndOfFile();
  // Returns what the record tells; nullopt: nothing.
  std::optional<Item> Understand(Record record);
  std::optional<Item> UnderstandEnd(absl::string_view payload);
  std::optional<Item> UnderstandTrailer(absl::string_view payload);
  Item Drop(std::string why, bool is_void);

  std::istream& in_;
  std::string marker_;
  std::string buffer_;
  size_t place_ = 0;     // In the buffer.
  uint64_t offset_ = 0;  // Of that place in the file.
  // The message that is being read.
  std::optional<std::string> current_;
  std::optional<Record> next_;  // Read, but not told of.
  int64_t content_bytes_ = 0;
  uint32_t content_crc_ = 0;
  uint64_t messages_ = 0;
  bool is_damaged_ = false;
  bool has_trailer_ = false;
  bool counts_ = false;  // The trailer says as many as there were.
};

}  // namespace postern::ctl

#endif  // POSTERN_CTL_EXPORT_READER_H_
