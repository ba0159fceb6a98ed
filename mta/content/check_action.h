// What a table of header_checks or body_checks says shall be done.
//
//   ASSIGN_OR_RETURN(const CheckAction action,
//                    ParseCheckAction("REJECT I fight spam",
//                    Subject::kHeader));
//
// Source:  header_checks(5). DELAY and FILTER are not offered. What Postfix
//          warns about and ignores is an error here.
// Errors:  InvalidArgument; the text says what is wrong with the action.
// Threads: pure.

#ifndef POSTERN_MTA_CONTENT_CHECK_ACTION_H_
#define POSTERN_MTA_CONTENT_CHECK_ACTION_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "mta/smtp/reply.h"

namespace postern::mta::content {

// What an action is applied to.
enum class Subject { kHeader, kBody };

struct CheckAction {
  enum class Verb {
    kDunno,
    kBcc,
    kDiscard,
    kHold,
    kIgnore,
    kInfo,
    kPass,
    kPrepend,
    kRedirect,
    kReject,
    kReplace,
    kStrip,
    kWarn,
  };
  static constexpr int kVerbCount = 13;

  Verb verb = Verb::kDunno;
  // What follows: a text for the log or the reply, the line to put in (without
  // its CR LF, folded with CR LF), or an address.
  std::string text;
};

// Returns the name in header_checks(5), in small letters: "reject".
absl::string_view VerbName(CheckAction::Verb verb);

// Reads the result of a look-up.
absl::StatusOr<CheckAction> ParseCheckAction(absl::string_view result,
                                             Subject subject);

// The same for a result as it stands in a table, where $1 and its like are not
// replaced yet: as much is checked as is known.
absl::Status CheckResult(absl::string_view result, Subject subject);

// Returns the reply that REJECT with this text means: 550 5.7.1 unless the text
// begins with an enhanced status code of its own; 451 with one of class 4.
smtp::Reply RejectReply(absl::string_view text);

}  // namespace postern::mta::content

#endif  // POSTERN_MTA_CONTENT_CHECK_ACTION_H_
