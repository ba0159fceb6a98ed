// What a mail server says to a filter: written by the relay, read by a daemon.
//
// Each Append…() writes a whole packet; each Parse…() reads the body of one,
// whose letter is a Command. What is parsed points into the packet.
//
//   case Command::kHeader:
//     ASSIGN_OR_RETURN(HeaderCommand header, ParseHeader(packet.body));
//
// Source:  sendmail's libmilter (engine.c, mfdef.h) and Postfix's milter8.c for
//          what is in a packet.
// Errors:  Parse…() returns InvalidArgument; nothing of the packet counts then.
// Threads: pure.
// Limits:  those of a packet. A NUL cannot be said in a text: one becomes a
//          space on the way out.

#ifndef POSTERN_LIB_MILTER_COMMAND_H_
#define POSTERN_LIB_MILTER_COMMAND_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "lib/milter/envelope.h"
#include "lib/milter/macros.h"
#include "lib/net/ip.h"

namespace postern::milter {

enum class Command : char {
  kOptions = 'O',
  kMacros = 'D',
  kConnect = 'C',
  kHelo = 'H',
  kSender = 'M',
  kRecipient = 'R',
  kData = 'T',
  kUnknown = 'U',  // A command of the client that is none.
  kHeader = 'L',
  kEndOfHeader = 'N',
  kBody = 'B',
  kEndOfMessage = 'E',  // May have a last piece of the body.
  kAbort = 'A',         // The message ends here; the connection goes on.
  kQuit = 'Q',
  kQuitNewConnection = 'K',  // The client is gone; another one follows.
};

// The bit of Options::steps that has the command go without a reply, and the
// one that has it not be sent; 0: there is none.
uint32_t SilentBitOf(Command command);
uint32_t OmittedBitOf(Command command);

struct ConnectCommand {
  absl::string_view client_name;
  std::optional<net::IpAddress> address;
  uint16_t port = 0;
};

// "hostname NUL family [port address NUL]". A client on a Unix socket, or one
// of an unknown kind, has no address.
absl::StatusOr<ConnectCommand> ParseConnect(absl::string_view body);
void AppendConnect(const ConnectCommand& connect, std::string& output);

// HELO and unknown commands: one text.
absl::StatusOr<absl::string_view> ParseText(absl::string_view body);
void AppendText(Command command, absl::string_view text, std::string& output);

// MAIL and RCPT: the address and its arguments. The brackets of the address are
// taken off, and put on; macros are not part of it.
absl::StatusOr<Path> ParsePath(absl::string_view body);
void AppendPath(Command command, const Path& path, std::string& output);

// A header field. Whether `value` has its leading space is as was agreed.
struct HeaderCommand {
  absl::string_view name;
  absl::string_view value;
};
absl::StatusOr<HeaderCommand> ParseHeader(absl::string_view body);
void AppendHeader(const HeaderCommand& header, std::string& output);

// The macros that are told before a command.
struct MacroCommand {
  Command command;
  Macros macros;
};
absl::StatusOr<MacroCommand> ParseMacros(absl::string_view body);
// Each with its braces if it has more than one letter.
void AppendMacros(Command command, absl::Span<const Macros::View> macros,
                  std::string& output);

// kBody, whose `text` is kBodyChunkBytes at most, and those without a text.
void AppendCommand(Command command, absl::string_view text,
                   std::string& output);

}  // namespace postern::milter

#endif  // POSTERN_LIB_MILTER_COMMAND_H_
