#include "mta/smtp/command.h"

#include <algorithm>
#include <limits>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "lib/base/printable.h"
#include "lib/base/status_macros.h"
#include "lib/mail/utf8.h"
#include "mta/smtp/reply.h"
#include "mta/smtp/syntax_error.h"

namespace postern::mta::smtp {
namespace {

struct VerbEntry {
  absl::string_view name;
  Verb verb;
};
constexpr VerbEntry kVerbs[] = {
    {"HELO", Verb::kHelo},         {"EHLO", Verb::kEhlo},
    {"MAIL", Verb::kMail},         {"RCPT", Verb::kRcpt},
    {"DATA", Verb::kData},         {"RSET", Verb::kRset},
    {"BDAT", Verb::kBdat},         {"NOOP", Verb::kNoop},
    {"VRFY", Verb::kVrfy},         {"HELP", Verb::kHelp},
    {"QUIT", Verb::kQuit},         {"XCLIENT", Verb::kXclient},
    {"XFORWARD", Verb::kXforward}, {"STARTTLS", Verb::kStartTls},
    {"AUTH", Verb::kAuth},         {"XHANDOFF", Verb::kXhandoff},
};

constexpr size_t kMaxHeloBytes = 255;
constexpr size_t kMaxChunkDigits = 20;

// Takes the address, with or without brackets, from the front of `rest`.
absl::Status TakeAddress(mail::Charset charset, absl::string_view& rest,
                         Command& command) {
  if (absl::StartsWith(rest, "<")) {
    const mail::PathKind kind = command.verb == Verb::kMail
                                    ? mail::PathKind::kReverse
                                    : mail::PathKind::kForward;
    ASSIGN_OR_RETURN(mail::ParsedPath path,
                     mail::ParsePath(kind, rest, charset));
    rest.remove_prefix(path.consumed);
    command.address = std::move(path.address);
    return absl::OkStatus();
  }
  const absl::string_view word = rest.substr(0, rest.find(' '));
  ASSIGN_OR_RETURN(command.address, mail::Address::Parse(word, charset));
  rest.remove_prefix(word.size());
  return absl::OkStatus();
}

// MAIL FROM:<path> parameters, RCPT TO:<path>.
absl::Status ReadPathCommand(absl::string_view rest, const Extensions& offered,
                             Command& command) {
  const bool is_mail = command.verb == Verb::kMail;
  const absl::string_view keyword = is_mail ? "FROM:" : "TO:";
  rest = absl::StripLeadingAsciiWhitespace(rest);
  if (!absl::StartsWithIgnoreCase(rest, keyword)) {
    return SyntaxError(is_mail ? "MAIL FROM:<address>" : "RCPT TO:<address>");
  }
  rest.remove_prefix(keyword.size());
  rest = absl::StripLeadingAsciiWhitespace(rest);
  const mail::Charset charset =
      offered.smtputf8 ? mail::Charset::kUtf8 : mail::Charset::kAscii;
  const absl::Status taken = TakeAddress(charset, rest, command);
  if (!taken.ok()) {
    return ReplyError(
        {501, is_mail ? "5.1.7" : "5.1.3", std::string(taken.message())});
  }
  if (!rest.empty() && rest[0] != ' ') {
    return SyntaxError("a space after the address");
  }
  if (!is_mail) return ReadRcptParameters(rest, offered, command.rcpt);
  RETURN_IF_ERROR(ReadMailParameters(rest, offered, command.mail));
  if (!command.mail.smtputf8 && !mail::IsAscii(command.address.ToString())) {
    return ReplyError({553, "5.6.7", "Address needs SMTPUTF8"});  // MTA-43.
  }
  return absl::OkStatus();
}

// BDAT size [LAST] (RFC 3030 section 2).
absl::Status ReadChunk(absl::string_view rest, Command& command) {
  const std::vector<absl::string_view> words =
      absl::StrSplit(rest, ' ', absl::SkipEmpty());
  const bool is_number =
      !words.empty() && words[0].size() <= kMaxChunkDigits &&
      std::all_of(words[0].begin(), words[0].end(), absl::ascii_isdigit);
  command.is_last_chunk =
      words.size() == 2 && absl::EqualsIgnoreCase(words[1], "LAST");
  if (!is_number || (words.size() != 1 && !command.is_last_chunk)) {
    return SyntaxError("BDAT count [LAST]");
  }
  // MTA-26.
  if (!absl::SimpleAtoi(words[0], &command.chunk_bytes)) {
    command.chunk_bytes = std::numeric_limits<int64_t>::max();
  }
  return absl::OkStatus();
}

absl::Status ReadHelo(absl::string_view rest, Command& command) {
  const absl::string_view name = absl::StripAsciiWhitespace(rest);
  if (name.empty() || name.size() > kMaxHeloBytes) {
    return SyntaxError(absl::StrCat(VerbName(command.verb), " hostname"));
  }
  for (const char c : name) {
    // What comes here is put into Received and asked of policy services: one
    // printable word (MTA-34).
    if (!absl::ascii_isgraph(c)) {
      return SyntaxError(absl::StrCat(VerbName(command.verb), " hostname"));
    }
  }
  command.argument = std::string(name);
  return absl::OkStatus();
}

}  // namespace

absl::string_view VerbName(Verb verb) {
  for (const VerbEntry& entry : kVerbs) {
    if (entry.verb == verb) return entry.name;
  }
  return "unknown";
}

Verb VerbOf(absl::string_view line) {
  const absl::string_view word = line.substr(0, line.find(' '));
  for (const VerbEntry& entry : kVerbs) {
    if (absl::EqualsIgnoreCase(word, entry.name)) return entry.verb;
  }
  return Verb::kUnknown;
}

absl::StatusOr<Command> ParseCommand(absl::string_view line,
                                     const Extensions& offered) {
  line = absl::StripTrailingAsciiWhitespace(line);
  Command command;
  command.verb = VerbOf(line);
  const size_t space = line.find(' ');
  const absl::string_view rest =
      space == absl::string_view::npos ? "" : line.substr(space + 1);
  switch (command.verb) {
    case Verb::kUnknown:
      command.argument = Printable(line, 64);
      return command;
    case Verb::kMail:
    case Verb::kRcpt:
      RETURN_IF_ERROR(ReadPathCommand(rest, offered, command));
      return command;
    case Verb::kXclient: {
      ASSIGN_OR_RETURN(command.client, ParseXclient(rest));
      return command;
    }
    case Verb::kXforward: {
      ASSIGN_OR_RETURN(command.client, ParseXforward(rest));
      return command;
    }
    case Verb::kXhandoff: {
      ASSIGN_OR_RETURN(command.handoff, ParseHandoff(rest));
      return command;
    }
    case Verb::kBdat:
      RETURN_IF_ERROR(ReadChunk(rest, command));
      return command;
    case Verb::kHelo:
    case Verb::kEhlo:
      RETURN_IF_ERROR(ReadHelo(rest, command));
      return command;
    case Verb::kData:
    case Verb::kRset:
    case Verb::kQuit:
    case Verb::kStartTls:
      if (!rest.empty()) return SyntaxError(VerbName(command.verb));
      return command;
    case Verb::kAuth:
      if (!absl::c_all_of(rest, absl::ascii_isprint)) {
        return SyntaxError("AUTH mechanism");
      }
      command.argument = std::string(rest);
      return command;
    case Verb::kNoop:
    case Verb::kVrfy:
    case Verb::kHelp:
      command.argument = Printable(rest);
      if (command.verb == Verb::kVrfy && rest.empty()) {
        return SyntaxError("VRFY address");
      }
      return command;
  }
  return command;
}

}  // namespace postern::mta::smtp
