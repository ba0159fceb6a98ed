// Cuts a stream of bytes into lines that end in CR LF, and in nothing else.
//
// The reader owns one buffer; Fill it from a socket, then take lines until
// there is none. A view stays valid until the next Space() or Fill().
//
//   while (!(line = reader.Next())) {
//     CO_ASSIGN_OR_RETURN(size_t n, co_await stream.Read(reader.Space(), d));
//     if (n == 0) co_return …;   // the peer closed
//     reader.Fill(n);
//   }
//
// Source:  RFC 5321 section 2.3.8 and 4.5.3.1: a line ends in CR LF; a bare CR
//          or LF never ends one (MTA-06).
// Threads: one at a time.
// Limits:  a line of `max_line_bytes` with its CR LF. A longer one is reported
//          once, at its end, as kTooLong with no text; after `max_skip_bytes`
//          of it the reader gives up with kEndless: close (MTA-23).

#ifndef POSTERN_LIB_NET_LINE_READER_H_
#define POSTERN_LIB_NET_LINE_READER_H_

#include <cstddef>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace postern::net {

struct Line {
  enum class Kind {
    kText,     // `text` is the line without its CR LF.
    kBareLf,   // As kText, but it has an LF with no CR before it, or a CR
               // with no LF behind it, somewhere inside.
    kTooLong,  // Longer than the limit; its text is gone.
    kEndless,  // Longer than the limit and the skip limit: give up.
  };
  Kind kind;
  absl::string_view text;
};

class LineReader {
 public:
  static constexpr size_t kBusyBytes = 16384;

  LineReader(size_t max_line_bytes, size_t max_skip_bytes);

  // Changes the limit for the lines to come.
  void set_max_line_bytes(size_t bytes) { max_line_bytes_ = bytes; }

  // Where the next bytes may be written: never empty. Reads that fill it make
  // it grow to the larger of a line and `busy_bytes`; what it had beyond that
  // from earlier calls is given back.
  absl::Span<char> Space(size_t busy_bytes = kBusyBytes);
  // Says that `bytes` bytes were written there.
  void Fill(size_t bytes);

  // Returns the next whole line, or nullopt when more bytes are needed.
  std::optional<Line> Next();

  // The bytes that are here and not taken yet.
  absl::string_view Buffered() const;
  // Takes `bytes` of Buffered(), for parts that are not lines.
  void Consume(size_t bytes);

 private:
  // Takes the line that ends `bytes` from here.
  std::optional<Line> Take(size_t bytes);
  // There is no line's end yet: drops what is too long to be kept.
  std::optional<Line> Wait();

  size_t max_line_bytes_;
  size_t max_skip_bytes_;
  std::string buffer_;
  size_t begin_ = 0;    // First byte not taken.
  size_t end_ = 0;      // One past the last byte filled.
  size_t scanned_ = 0;  // Bytes from begin_ known to hold no CR LF.
  size_t skipped_ = 0;  // Bytes dropped of a line that is too long.
};

}  // namespace postern::net

#endif  // POSTERN_LIB_NET_LINE_READER_H_
