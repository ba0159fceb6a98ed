// The Content-Type of a message or a part, as far as its structure goes.
//
//   const ContentType type = ParseContentType("multipart/mixed; boundary=x");
//
// Source:  RFC 2045 section 5, RFC 2046 section 5.1.1. What cannot be read is
//          plain text, as RFC 2045 section 5.2 has it.
// Threads: pure.

#ifndef POSTERN_MTA_CONTENT_CONTENT_TYPE_H_
#define POSTERN_MTA_CONTENT_CONTENT_TYPE_H_

#include <string>

#include "absl/strings/string_view.h"

namespace postern::mta::content {

struct ContentType {
  enum class Kind { kOther, kMultipart, kDigest, kMessage };
  Kind kind = Kind::kOther;  // kMessage: with a header of its own.
  std::string boundary;      // Of a multipart; empty: it has none.
};

// Reads the value of a Content-Type field.
ContentType ParseContentType(absl::string_view value);

}  // namespace postern::mta::content

#endif  // POSTERN_MTA_CONTENT_CONTENT_TYPE_H_
