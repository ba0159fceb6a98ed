// Reads the value of a structured header field: tokens and quoted strings with
// comments, white space and folds between them.
//
//   FieldScanner scanner(FieldValue(field));
//   if (!scanner.SkipSpace()) ... a comment has no end ...
//   std::optional<std::string> word = scanner.Value();
//
// Source:  RFC 5322 section 3.2.2 (CFWS), RFC 2045 section 5.1 (token, value);
//          bytes above 127 may stand in a token (RFC 6532).
// Threads: pure.
// Limits:  linear in the text, however comments are nested.

#ifndef POSTERN_LIB_MAIL_FIELD_SCANNER_H_
#define POSTERN_LIB_MAIL_FIELD_SCANNER_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace postern::mail {

class FieldScanner {
 public:
  // `text` must outlive it.
  explicit FieldScanner(absl::string_view text) : rest_(text) {}

  // Skips white space, line ends and comments. Returns false if a comment is
  // not closed; nothing is left then.
  bool SkipSpace();

  // Takes a token, or a quoted string without its quotes; nullopt, and nothing
  // is taken, if there is neither or the string is not closed.
  std::optional<std::string> Value();

  // Takes `c` if it is next.
  bool Take(char c);

  absl::string_view rest() const { return rest_; }

 private:
  bool SkipComment();
  std::optional<std::string> QuotedString();

  absl::string_view rest_;
};

}  // namespace postern::mail

#endif  // POSTERN_LIB_MAIL_FIELD_SCANNER_H_
