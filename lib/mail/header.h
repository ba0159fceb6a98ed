// A header field with its exact bytes, as signatures want it.
//
//   for (const HeaderField& field : ...) {
//     if (field.Is("Subject")) Show(Unfolded(field.value));
//   }
//
// Nothing here decodes or decides: a field is a name and what follows its
// colon. Folds are CR LF. A milter gets them as LF alone; whoever takes a field
// from one makes them CR LF first.
//
// Source:  RFC 5322 sections 2.2, 2.2.3 and 4.5 (white space before the colon
// is
//          an old form, and accepted).
// Threads: values.

#ifndef POSTERN_LIB_MAIL_HEADER_H_
#define POSTERN_LIB_MAIL_HEADER_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace postern::mail {

// Returns the name in "Name: value", without white space around it; empty if
// `line` is not the beginning of a header field.
absl::string_view FieldName(absl::string_view line);

// Returns what follows the colon of a header field, as it is.
absl::string_view FieldValue(absl::string_view field);

// A view: the bytes are somebody else's, and must outlive it.
struct HeaderField {
  absl::string_view name;   // Without white space around it.
  absl::string_view value;  // What follows the colon, without the last CR LF.
  absl::string_view gap = {};  // White space before the colon.

  // Takes a whole field apart; nullopt if `field` is none. The CR LF at its end
  // may be missing.
  static std::optional<HeaderField> Parse(absl::string_view field);

  // Tells whether this is the name of the field, whatever the letters' case.
  bool Is(absl::string_view other) const;

  // Appends the field as it is, with its CR LF.
  void AppendTo(std::string& text) const;
  std::string ToString() const;

  friend bool operator==(const HeaderField&, const HeaderField&) = default;
};

// Returns `value` as one line: without CR and LF, and without white space at
// its ends.
std::string Unfolded(absl::string_view value);

}  // namespace postern::mail

#endif  // POSTERN_LIB_MAIL_HEADER_H_
