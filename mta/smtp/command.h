// What an SMTP client says: one command line, taken apart.
//
//   absl::StatusOr<Command> command = ParseCommand("MAIL FROM:<> SIZE=100");
//   if (!command.ok()) return ReplyFor(command.status());
//
// Verbs and keywords are read in any case; as other servers do, we bear an
// address without angle brackets and a space before one. Only what our server
// offers is understood: a parameter of an extension that it does not is
// refused.
//
// Source:  RFC 5321 section 4.1.1, RFC 1870 (SIZE), RFC 6152 (BODY).
// Errors:  InvalidArgument with the reply attached (reply.h): 501 for a wrong
//          syntax, 555 5.5.4 for a parameter that we do not know. An unknown
//          verb is no error here: the answer depends on the session.
// Threads: pure.
// Limits:  the line reader's (lib/net/line_reader.h).

#ifndef POSTERN_MTA_SMTP_COMMAND_H_
#define POSTERN_MTA_SMTP_COMMAND_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "lib/mail/address.h"

namespace postern::mta::smtp {

enum class Verb {
  kUnknown,
  kHelo,
  kEhlo,
  kMail,
  kRcpt,
  kData,
  kRset,
  kNoop,
  kVrfy,
  kHelp,
  kQuit,
};
inline constexpr int kVerbCount = 11;

// Returns "EHLO"; "unknown" for kUnknown.
absl::string_view VerbName(Verb verb);

struct Command {
  Verb verb = Verb::kUnknown;
  // HELO and EHLO: the client's name. VRFY, HELP, NOOP: what follows.
  std::string argument;
  // MAIL and RCPT.
  mail::Address address;
  // MAIL: what SIZE= declares; 0: nothing. Too large for an int64: its maximum.
  int64_t size_bytes = 0;
  // MAIL: BODY=8BITMIME.
  bool body_8bitmime = false;
};

// Takes a command line, without its CR LF, apart.
absl::StatusOr<Command> ParseCommand(absl::string_view line);

// Tells which verb a line begins with, whatever follows.
Verb VerbOf(absl::string_view line);

}  // namespace postern::mta::smtp

#endif  // POSTERN_MTA_SMTP_COMMAND_H_
