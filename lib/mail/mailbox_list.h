// Reads the mailboxes of From, Sender and their like.
//
// Whoever signs for an author, or judges one, has to know who that is, beyond
// doubt: mail programs differ in what they make of a broken field, and that is
// how authors are forged. So any doubt is an error here, and nothing is skipped
// in the hope of finding an address further on.
//
//   ASSIGN_OR_RETURN(const std::vector<Address> authors,
//                    ParseMailboxList(field.value));
//
// Source:  RFC 5322 section 3.4 (mailbox, group), 4.4 (routes, dots and
//          comments in old places, empty members), RFC 6532 (UTF-8), RFC 6854
//          (groups in From: their members count). Encoded words are text of a
//          name and never an address. Security catalogue FROM-05 to FROM-16.
// Errors:  InvalidArgument.
// Threads: pure.
// Limits:  linear in the text; 1000 mailboxes.

#ifndef POSTERN_LIB_MAIL_MAILBOX_LIST_H_
#define POSTERN_LIB_MAIL_MAILBOX_LIST_H_

#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "lib/mail/address.h"

namespace postern::mail {

// Returns the addresses in the value of a field, in their order: local parts
// without quotes, domains in lower-case A-labels. None: an empty group, or an
// empty field.
absl::StatusOr<std::vector<Address>> ParseMailboxList(absl::string_view value);

}  // namespace postern::mail

#endif  // POSTERN_LIB_MAIL_MAILBOX_LIST_H_
