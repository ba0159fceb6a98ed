// What a policy service answers: "action=DEFER_IF_PERMIT come back later".
//
// Both directions are here. Formatting makes any text safe, so a handler may
// put a peer's words into a verdict. Parsing is for the relay, which must take
// no server's word for the safety of its reply.
//
//   Verdict{Verdict::Kind::kReject, 0, "no"}  ->  "action=REJECT no\n\n"
//
// Source:  Postfix, SMTPD_POLICY_README and access(5): the actions.
// Errors:  ParseReply() and ParseVerdict() return InvalidArgument.
// Threads: values.
// Limits:  a text 512 bytes (INJ-15), a header to PREPEND 998 (RFC 5322); a
//          longer one is cut. A reply to be parsed 8 KiB.

#ifndef POSTERN_LIB_POLICY_REPLY_H_
#define POSTERN_LIB_POLICY_REPLY_H_

#include <cstddef>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace postern::policy {

inline constexpr size_t kMaxReplyBytes = 8192;
inline constexpr size_t kMaxTextBytes = 512;
inline constexpr size_t kMaxHeaderBytes = 998;

struct Verdict {
  enum class Kind {
    kDunno,          // No opinion: go on with the next restriction.
    kOk,             // Permit.
    kReject,         // Refuse, 5xx; the text is optional.
    kDefer,          // Refuse, 4xx.
    kDeferIfPermit,  // Refuse, 4xx, if nothing else refuses.
    kDeferIfReject,  // Refuse with 4xx what would be refused with 5xx.
    kCode,           // "450 4.7.1 text": `code` is 400 to 599.
    kPrepend,        // Add the header in `text` to the message.
    kDiscard,        // Accept and drop.
    kHold,           // Put on hold; `text` goes to the log.
    kWarn,           // Log `text` and go on.
    kInfo,           // The same, less loudly.
    kBcc,            // Add the recipient in `text`.
    kRedirect,       // Deliver to `text` instead.
    kFilter,         // Send through the content filter in `text`.
    kRestrictions,   // `text` is a list of restrictions to evaluate instead.
  };

  Kind kind = Kind::kDunno;
  int code = 0;      // With kCode only.
  std::string text;  // What follows the word, empty if nothing does.

  friend bool operator==(const Verdict&, const Verdict&) = default;
};

// Returns the word of an action: "DEFER_IF_PERMIT", or the code's digits are
// not here: empty for kCode and kRestrictions.
absl::string_view VerdictWord(Verdict::Kind kind);

// Reads what stands behind "action=" or in an access table: a word or a code
// of 400 to 599 in any case, then the text. Digits alone, a code or not, are
// OK. Anything else is taken for a list of restrictions if its characters allow
// that.
absl::StatusOr<Verdict> ParseVerdict(absl::string_view text);

// Appends "action=...\n\n". Whatever the text holds, the result is one line of
// printable ASCII (INJ-13, INJ-15).
void AppendReply(const Verdict& verdict, std::string& replies);

// Returns the size of the whole reply at the start of `buffer`, with its empty
// line, or 0 when there is none yet.
size_t ReplySize(absl::string_view buffer);

// Reads one whole reply. It must have exactly one "action" attribute, no
// control characters and not exceed kMaxReplyBytes; other attributes are
// skipped (MTA-29). The text comes out printable and bounded.
absl::StatusOr<Verdict> ParseReply(absl::string_view reply);

}  // namespace postern::policy

#endif  // POSTERN_LIB_POLICY_REPLY_H_
