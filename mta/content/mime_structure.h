// The tree of a message's parts, as far as finding their headers needs it:
// which multiparts are open, and what a line that begins with "--" means.
//
//   MimeStructure structure(limits);
//   for each field of a header: structure.OnField(field);
//   if (structure.OnHeaderEnd()) ... the header of a message follows ...
//   for each line of a body: structure.OnLine(line);
//
// A part that says it is a message has a header of its own. Beginnings of lines
// decide: "--boundary" with anything after it is a delimiter, so that nobody
// hides a part behind it.
//
// Source:  RFC 2046 sections 5.1.1, 5.1.5 and 5.2.1; what is a delimiter, as in
//          Postfix.
// Threads: one at a time. One object a message.
// Limits:  those of MimeLimits; all boundaries together kMaxBoundariesBytes.
//          What goes beyond is_too_deep(), and is not looked into.

#ifndef POSTERN_MTA_CONTENT_MIME_STRUCTURE_H_
#define POSTERN_MTA_CONTENT_MIME_STRUCTURE_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "mta/content/content_type.h"

namespace postern::mta::content {

struct MimeLimits {
  size_t max_nesting = 100;  // Multiparts within multiparts.
  // Boundaries that are the same so far are the same.
  size_t max_boundary_bytes = 2048;
};

class MimeStructure {
 public:
  enum class Delimiter { kNone, kPart, kLast };
  // Of all open multiparts together.
  static constexpr size_t kMaxBoundariesBytes = 16 << 10;

  explicit MimeStructure(const MimeLimits& limits) : limits_(limits) {}

  // Takes a field of the header that is being read.
  void OnField(absl::string_view field);

  // Says that this header is over. Tells whether another follows, of a message
  // that is a part.
  bool OnHeaderEnd();

  // Takes the beginning of a line of a body, MaxDelimiterBytes() of it or all.
  // After kPart the header of a part follows.
  Delimiter OnLine(absl::string_view line);

  bool is_in_multipart() const { return !open_.empty(); }
  bool is_too_deep() const { return is_too_deep_; }

  // As much of a line as OnLine() ever looks at.
  size_t MaxDelimiterBytes() const { return limits_.max_boundary_bytes + 4; }

 private:
  struct Multipart {
    std::string boundary;
    bool is_digest = false;
  };

  void Open(ContentType type);
  void CloseFrom(size_t index);

  const MimeLimits limits_;
  std::vector<Multipart> open_;  // The innermost last.
  size_t boundaries_bytes_ = 0;
  bool is_too_deep_ = false;
  ContentType type_;  // Of the header that is being read.
};

}  // namespace postern::mta::content

#endif  // POSTERN_MTA_CONTENT_MIME_STRUCTURE_H_
