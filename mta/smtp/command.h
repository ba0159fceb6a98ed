// What an SMTP client says: one command line, taken apart.
//
//   absl::StatusOr<Command> command =
//       ParseCommand("MAIL FROM:<> SIZE=100", offered);
//   if (!command.ok()) return ReplyFor(command.status());
//
// Verbs and keywords are read in any case; as other servers do, we bear an
// address without angle brackets and a space before one. Only what our server
// offers to this client is understood: a parameter of an extension that it does
// not is refused (mail_parameters.h).
//
// Source:  RFC 5321 section 4.1.1; RFC 3030 section 2 (BDAT); RFC 6531 section
//          3.4 (addresses).
// Errors:  InvalidArgument with the reply attached (reply.h): 501 for a wrong
//          syntax, 555 5.5.4 for a parameter that we do not know, 553 5.6.7 for
//          a sender beyond ASCII without SMTPUTF8. An unknown verb is no error
//          here: the answer depends on the session.
// Threads: pure.
// Limits:  the line reader's (lib/net/line_reader.h).

#ifndef POSTERN_MTA_SMTP_COMMAND_H_
#define POSTERN_MTA_SMTP_COMMAND_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "lib/mail/address.h"
#include "mta/smtp/client_attributes.h"
#include "mta/smtp/extension.h"
#include "mta/smtp/handoff.h"
#include "mta/smtp/mail_parameters.h"

namespace postern::mta::smtp {

enum class Verb {
  kUnknown,
  kHelo,
  kEhlo,
  kMail,
  kRcpt,
  kData,
  kBdat,
  kRset,
  kNoop,
  kVrfy,
  kHelp,
  kXclient,
  kXforward,
  kAuth,
  kQuit,
  kStartTls,
  kXhandoff,
};
inline constexpr int kVerbCount = 17;

// Returns "EHLO"; "unknown" for kUnknown.
absl::string_view VerbName(Verb verb);

struct Command {
  Verb verb = Verb::kUnknown;
  // HELO and EHLO: the client's name. VRFY, HELP, NOOP: what follows. AUTH: the
  // same as it came; it may hold a password and is for nobody else's eyes.
  std::string argument;
  // MAIL and RCPT. With RCPT it may go beyond ASCII where SMTPUTF8 is offered;
  // whether MAIL asked for that is the session's business.
  mail::Address address;
  MailParameters mail;
  RcptParameters rcpt;
  // BDAT: how many bytes follow; too many for an int64: its maximum.
  int64_t chunk_bytes = 0;
  bool is_last_chunk = false;
  // XCLIENT and XFORWARD.
  ClientAttributes client;
  HandoffCommand handoff;
};

// Takes a command line, without its CR LF, apart.
absl::StatusOr<Command> ParseCommand(absl::string_view line,
                                     const Extensions& offered);

// Tells which verb a line begins with, whatever follows.
Verb VerbOf(absl::string_view line);

}  // namespace postern::mta::smtp

#endif  // POSTERN_MTA_SMTP_COMMAND_H_
