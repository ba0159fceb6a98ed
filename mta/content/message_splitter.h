// Cuts a message, as it streams in, into what header_checks(5) looks at:
// logical header fields, of the message, its parts and the messages in it, and
// the lines of its bodies.
//
//   MessageSplitter splitter(options);
//   while (!content.empty()) {
//     content.remove_prefix(splitter.Consume(content));
//     ... splitter.piece() ...
//   }
//   do splitter.Finish(); while (... splitter.piece() ...);
//
// The pieces put together are the message, byte for byte. What nobody asked to
// see comes as kOther, in pieces as large as they came in and without a copy.
//
// Source:  header_checks(5), mime_structure.h, lib/mail/header_splitter.h.
// Threads: one at a time. One object a message.
// Limits:  a field, or the beginning of a line, is held and nothing else. Long
//          lines of a body come in pieces of kMaxLineBytes (the first may be as
//          long as a delimiter), as in Postfix.

#ifndef POSTERN_MTA_CONTENT_MESSAGE_SPLITTER_H_
#define POSTERN_MTA_CONTENT_MESSAGE_SPLITTER_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "lib/mail/header_splitter.h"
#include "mta/content/mime_structure.h"

namespace postern::mta::content {

// Whose header a field stands in.
enum class HeaderKind { kMessage, kPart, kNested };

class MessageSplitter {
 public:
  static constexpr size_t kMaxLineBytes = 2048;

  struct Options {
    size_t max_field_bytes = 100 << 10;
    bool has_parts = false;  // Look for parts and their headers.
    MimeLimits mime;
    // Of each body, what comes in lines.
    int64_t line_bytes = 0;
  };

  struct Piece {
    enum class Kind {
      kNothing,
      kField,      // A header field, of header_kind.
      kFieldRest,  // More of that field, which was too long.
      kHeaderEnd,  // The empty line; nothing if there is none.
      kLine,       // Of a body, with its CR LF; or a piece of a long one.
      kOther,      // Of a body.
    };
    Kind kind = Kind::kNothing;
    HeaderKind header_kind = HeaderKind::kMessage;
    absl::string_view text;
  };

  explicit MessageSplitter(const Options& options);

  // Takes bytes from the front of `content` up to the end of the next piece,
  // or all of them, and returns how many. That may be none, with a piece.
  size_t Consume(absl::string_view content);

  // Says that nothing continues the field that was given so far. Call it until
  // there is no piece.
  void EndField();

  // Says that the message is over. Call it until there is no piece.
  void Finish();

  // What the last call found. Its text is good until the next call, and as
  // long as the content that it may stand in.
  const Piece& piece() const { return piece_; }

  // The header of the message is over.
  bool is_in_body() const { return is_in_body_; }
  // Whatever follows comes as kOther.
  bool is_plain() const;
  // There are parts beyond the limits; they come as bodies.
  bool is_too_deep() const { return structure_.is_too_deep(); }

 private:
  enum class At { kLineStart, kLine, kOther };

  size_t ConsumeHeader(absl::string_view content);
  void OnHeader();
  void OnHeaderEnd();
  void BeginHeader(HeaderKind kind);
  size_t ConsumeBody(absl::string_view content);
  size_t ConsumeLine(absl::string_view content);
  void OnLine();
  size_t ConsumeOther(absl::string_view content);
  bool WantsLines() const;
  void Report(Piece::Kind kind, absl::string_view text);

  const Options options_;
  MimeStructure structure_;
  std::optional<mail::HeaderSplitter>
      header_;  // Of the header that is being read.
  HeaderKind header_kind_ = HeaderKind::kMessage;
  bool is_in_body_ = false;
  bool header_is_over_ = false;  // `header_` is, and its end was reported.
  Piece piece_;

  // Of the body that is being read:
  int64_t body_bytes_ = 0;
  At at_ = At::kLineStart;
  std::string line_;           // What is there of a line, or was given out.
  bool line_is_out_ = false;   // It was.
  bool part_follows_ = false;  // The line that is being read is a delimiter.
  std::string stray_;          // The line that ended a header as if empty,
  size_t stray_used_ = 0;      // and how much of it was read.
};

}  // namespace postern::mta::content

#endif  // POSTERN_MTA_CONTENT_MESSAGE_SPLITTER_H_
