// Finds results of authentication that claim to be ours in mail from others.
//
// What we or our filters find out about a message goes into its header under
// our name. So on the way in no such field may be there yet, however it is
// written: readers of the field are of every kind, and some are lenient.
//
//   if (ClaimsToBeOurs(field, "mx.example.org")) ... leave it out ...
//
// A field that names another host stays: that host may be trusted by someone.
// A field that cannot be read is ours if our name, or an encoded word, stands
// anywhere in it. ARC-Authentication-Results are signed and never touched.
//
// Source:  RFC 8601 sections 2.2 and 5; security catalogue INJ-06 to INJ-09.
// Threads: pure.
// Limits:  linear in the field.

#ifndef POSTERN_LIB_MAIL_CLAIMED_RESULTS_H_
#define POSTERN_LIB_MAIL_CLAIMED_RESULTS_H_

#include "absl/strings/string_view.h"
#include "lib/mail/header.h"

namespace postern::mail {

// Tells whether `field`, a whole header field, is an Authentication-Results
// of `authserv_id`. Names of hosts are the same whatever their letters' case,
// with a dot at the end, and with the number of a job behind a slash.
bool ClaimsToBeOurs(absl::string_view field, absl::string_view authserv_id);
bool ClaimsToBeOurs(const HeaderField& field, absl::string_view authserv_id);

}  // namespace postern::mail

#endif  // POSTERN_LIB_MAIL_CLAIMED_RESULTS_H_
