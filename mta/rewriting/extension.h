// Address extensions: what stands behind recipient_delimiter in a local part,
// as in user+lists@example.org.
//
// Source:  Postfix: postconf(5) recipient_delimiter, owner_request_special.
//          Whatever the delimiters, postmaster, mailer-daemon and double-bounce
//          are whole, and with "-" among them owner-name and name-request too.
// Threads: pure.

#ifndef POSTERN_MTA_REWRITING_EXTENSION_H_
#define POSTERN_MTA_REWRITING_EXTENSION_H_

#include "absl/strings/string_view.h"

namespace postern::mta::rewriting {

struct SplitLocalPart {
  absl::string_view base;       // "user"
  absl::string_view extension;  // "+lists", or empty.
};

// Splits at the first of the `delimiters`; both views are into `local_part`.
SplitLocalPart SplitExtension(absl::string_view local_part,
                              absl::string_view delimiters);

}  // namespace postern::mta::rewriting

#endif  // POSTERN_MTA_REWRITING_EXTENSION_H_
