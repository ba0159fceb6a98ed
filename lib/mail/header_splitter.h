// Cuts the header section of a message into its fields, as it arrives.
//
// A field is a logical line: "Name: value" with all its folded lines. Content
// comes in pieces of any size and goes out in fields, byte for byte; only the
// field that is being read is held.
//
//   HeaderSplitter splitter(100 << 10);
//   while (!content.empty() && splitter.found() != Found::kEnd) {
//     content.remove_prefix(splitter.Consume(content));
//     if (splitter.found() == Found::kField) ... splitter.text() ...
//   }
//
// The header ends at its empty line; at a line that is neither a field nor a
// continuation, which then belongs to the body; or with the message.
//
// Source:  RFC 5322 sections 2.2, 2.2.3 and 4.5 (white space before the colon
//          is an old form, and accepted). Lines end with CR LF: what DataReader
//          lets through has no other CR or LF.
// Threads: one at a time. One object a header section.
// Limits:  of a field, `max_field_bytes` come as kField and what follows as
//          kRest, in pieces; so no more is ever held.

#ifndef POSTERN_LIB_MAIL_HEADER_SPLITTER_H_
#define POSTERN_LIB_MAIL_HEADER_SPLITTER_H_

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"

namespace postern::mail {

class HeaderSplitter {
 public:
  enum class Found {
    kNothing,  // More content is needed.
    kField,    // text() is a field; with the last CR LF, unless it was cut.
    kRest,     // text() belongs to the field before.
    kEnd,      // The header is over; text() is the line that says so.
  };

  // With `ends_at_dashes` a line that begins with "--" is no field: in a part
  // of a multipart it is a delimiter, whatever its letters.
  explicit HeaderSplitter(size_t max_field_bytes, bool ends_at_dashes = false)
      : max_field_bytes_(max_field_bytes), ends_at_dashes_(ends_at_dashes) {}

  // Takes bytes from the front of `content` up to the next thing found, and
  // returns how many. Not to be called after kEnd.
  size_t Consume(absl::string_view content);

  // Says that nothing continues what was given so far, which ended with a whole
  // line. Call it until it finds nothing: there may be a field that was waiting
  // for its next line.
  void EndField();

  // Says that the message is over. Call it until it finds kEnd: there may be a
  // field first.
  void Finish();

  Found found() const { return found_; }

  // What was found, until the next call of Consume(), EndField() or Finish().
  // At kEnd it is the empty line, or the line that is no field (or its
  // beginning, if the line is longer than a field may be), or nothing.
  absl::string_view text() const {
    return absl::string_view(buffer_).substr(0, text_bytes_);
  }

 private:
  bool HasWholeLine() const;
  void DropText();
  size_t ConsumeRest(absl::string_view content);
  void OnLine();
  void OnFull();
  bool IsFieldLine(absl::string_view line) const;
  void Report(Found found, size_t text_bytes);

  const size_t max_field_bytes_;
  const bool ends_at_dashes_;
  Found found_ = Found::kNothing;
  // The field so far, then the line that is being read.
  std::string buffer_;
  size_t text_bytes_ = 0;      // Of them, what was found.
  size_t line_start_ = 0;      // Where that line begins in `buffer_`.
  bool has_field_ = false;     // `buffer_` begins with a field.
  bool is_cut_ = false;        // In a field of which a part was given out.
  bool is_line_start_ = true;  // There: nothing of the line was seen.
};

}  // namespace postern::mail

#endif  // POSTERN_LIB_MAIL_HEADER_SPLITTER_H_
