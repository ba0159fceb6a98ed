// The sender as greylisting knows it: without what changes from mail to mail.
//
// Mailing lists and bounce protection put a number or a tag into every sender
// address; a sender who gets a new name each time would always be new.
//
//   "prvs=0123456789=a@example.org"        -> "a@example.org"
//   "list-return-17-b=c.example@lists.net"  -> "list-return-#-b=c.example@..."
//
// Source:  postgrey 1.37: the tag of BATV goes (draft-levine-smtp-batv, and the
//          order that some programs swap), then all from the first '+' of the
//          local part, then every number that stands by itself becomes '#'.
// Threads: pure.

#ifndef POSTERN_GREYLISTD_SENDER_H_
#define POSTERN_GREYLISTD_SENDER_H_

#include <string>

#include "absl/strings/string_view.h"

namespace postern::greylistd {

// Appends `sender` as described. An address without '@' stays as it is.
void AppendNormalizedSender(absl::string_view sender, std::string& out);

}  // namespace postern::greylistd

#endif  // POSTERN_GREYLISTD_SENDER_H_
