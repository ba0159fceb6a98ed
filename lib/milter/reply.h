// What a filter says to a mail server: written by a daemon, read by the relay.
//
// Writing makes any text safe; what no text can make safe is found by
// CheckChanges() before. Reading takes no filter's word for anything: a reply
// that is accepted holds nothing but what may go into a message or to a client.
//
//   RETURN_IF_ERROR(CheckChanges(changes, agreed));
//   for (const Change& change : changes.list()) AppendChange(change, …);
//   AppendVerdict(changes.verdict, output);
//
// Source:  sendmail's libmilter (smfi.c, engine.c) for what is in a packet.
// Errors:  ParseReply() returns InvalidArgument: the packet is not what its
//          letter promises, or the letter is none (MTA-28).
// Threads: pure.
// Limits:  an address 512 bytes; reply_code.h for the words to a client.

#ifndef POSTERN_LIB_MILTER_REPLY_H_
#define POSTERN_LIB_MILTER_REPLY_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "lib/milter/changes.h"
#include "lib/milter/options.h"
#include "lib/milter/packet.h"

namespace postern::milter {

struct Reply {
  enum class Kind {
    kVerdict,
    kChange,             // Of a body: one piece of the new one.
    kProgress,           // The filter is at work: wait on.
    kSkip,               // No more of the body is wanted.
    kShutdown,           // 421: the connection with the client is to be closed.
    kConnectionFailure,  // The same without a word.
  };

  Kind kind = Kind::kVerdict;
  Verdict verdict = {};  // With kVerdict.
  Change change = {};    // With kChange.

  friend bool operator==(const Reply&, const Reply&) = default;
};

// Reads one packet from a filter. Header values come out with CR LF between
// their lines, as they are in a message, and with a space in front unless the
// `agreed` options have the filter send that itself.
absl::StatusOr<Reply> ParseReply(const Packet& packet, const Options& agreed);

// Writes a verdict that CheckChanges() has let pass.
void AppendVerdict(const Verdict& verdict, std::string& output);
// Writes a change, a body in several packets.
void AppendChange(const Change& change, const Options& agreed,
                  std::string& output);
// Writes one of the replies without more to them: kProgress, kSkip, kShutdown,
// kConnectionFailure.
void AppendReply(Reply::Kind kind, std::string& output);

// The value of a header field as it goes to the server: safe, with LF between
// its lines and the leading space as agreed.
std::string HeaderValueFor(const Change& change, const Options& agreed);

// Finds what cannot be sent: an action that was not agreed upon, a code that is
// none or that has an enhanced code of another class, a name that is no header
// field's, an address with control characters. InvalidArgument: a mistake of
// the filter; FailedPrecondition: the server does not do such changes.
absl::Status CheckChanges(const Changes& changes, const Options& agreed);

}  // namespace postern::milter

#endif  // POSTERN_LIB_MILTER_REPLY_H_
