// The reply that an action of an access table or a policy service asks for.
//
//   ActionReply(554, subject, "5.7.9 Go away", kAccessDenied)
//   -> "554 5.7.9 <a@b>: Sender address rejected: Go away"
//
// Source:  access(5), "ENHANCED STATUS CODES". As in smtpd(8), a code about an
//          address (x.1.y) becomes one about the subject at hand: x.1.1 of a
//          sender is x.1.7, of a client x.0.0.
// Threads: pure.

#ifndef POSTERN_MTA_RESTRICTIONS_ACTION_REPLY_H_
#define POSTERN_MTA_RESTRICTIONS_ACTION_REPLY_H_

#include "absl/strings/string_view.h"
#include "mta/restrictions/outcome.h"
#include "mta/smtp/reply.h"

namespace postern::mta::restrictions {

inline constexpr absl::string_view kAccessDenied = "Access denied";
inline constexpr absl::string_view kServiceUnavailable = "Service unavailable";

// `text` may begin with an enhanced status code; without one it is x.7.1. An
// empty text is `usual`.
smtp::Reply ActionReply(int code, const Subject& subject,
                        absl::string_view text, absl::string_view usual);

// Tells whether `text` is "user@domain": what REDIRECT and BCC need.
bool IsWholeAddress(absl::string_view text);

}  // namespace postern::mta::restrictions

#endif  // POSTERN_MTA_RESTRICTIONS_ACTION_REPLY_H_
