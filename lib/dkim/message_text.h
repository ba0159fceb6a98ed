// A message that is there as one text.
//
//   Message message;
//   const absl::string_view body = AddHeader(text, message);
//   Verifier verifier(message, …);
//   message.AddBody(body);
//
// Threads: pure.
// Limits:  a field of 1 MiB; a longer one is cut.

#ifndef POSTERN_LIB_DKIM_MESSAGE_TEXT_H_
#define POSTERN_LIB_DKIM_MESSAGE_TEXT_H_

#include <string>

#include "absl/strings/string_view.h"
#include "lib/dkim/message.h"

namespace postern::dkim {

// Gives the header of `text`, whose lines end with CR LF, to `message`. Returns
// the body.
absl::string_view AddHeader(absl::string_view text, Message& message);

// Returns `text` with CR LF at the ends of its lines if it has LF there; a text
// that has both stays as it is.
std::string WithCrlf(absl::string_view text);

}  // namespace postern::dkim

#endif  // POSTERN_LIB_DKIM_MESSAGE_TEXT_H_
