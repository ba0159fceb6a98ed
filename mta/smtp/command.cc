#include "mta/smtp/command.h"

#include <limits>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "lib/base/printable.h"
#include "lib/base/status_macros.h"
#include "mta/smtp/reply.h"

namespace postern::mta::smtp {
namespace {

struct VerbEntry {
  absl::string_view name;
  Verb verb;
};
constexpr VerbEntry kVerbs[] = {
    {"HELO", Verb::kHelo}, {"EHLO", Verb::kEhlo}, {"MAIL", Verb::kMail},
    {"RCPT", Verb::kRcpt}, {"DATA", Verb::kData}, {"RSET", Verb::kRset},
    {"NOOP", Verb::kNoop}, {"VRFY", Verb::kVrfy}, {"HELP", Verb::kHelp},
    {"QUIT", Verb::kQuit},
};

// RFC 1870 section 3: SIZE has up to 20 digits.
constexpr size_t kMaxSizeDigits = 20;
constexpr size_t kMaxHeloBytes = 255;

absl::Status SyntaxError(absl::string_view text) {
  return ReplyError(
      {501, "5.5.4", absl::StrCat("Syntax: ", Printable(text, 200))});
}

absl::StatusOr<int64_t> ParseSize(absl::string_view digits) {
  if (digits.empty() || digits.size() > kMaxSizeDigits) {
    return SyntaxError("SIZE=<number>");
  }
  for (const char c : digits) {
    if (!absl::ascii_isdigit(c)) return SyntaxError("SIZE=<number>");
  }
  int64_t size = 0;
  // All digits: what does not fit is too large, not wrong (MTA-26).
  if (!absl::SimpleAtoi(digits, &size)) {
    size = std::numeric_limits<int64_t>::max();
  }
  return size;
}

absl::Status UnknownParameter(absl::string_view name) {
  return ReplyError(
      {555, "5.5.4",
       absl::StrCat("Unsupported option: ", Printable(name, 80))});
}

// Reads one "KEYWORD=value" of MAIL; `seen` collects the keywords.
absl::Status ReadMailParameter(absl::string_view parameter, std::string& seen,
                               Command& command) {
  const std::pair<absl::string_view, absl::string_view> parts =
      absl::StrSplit(parameter, absl::MaxSplits('=', 1));
  const std::string keyword = absl::AsciiStrToUpper(parts.first);
  if (keyword != "SIZE" && keyword != "BODY") return UnknownParameter(keyword);
  if (absl::StrContains(seen, keyword)) {
    return SyntaxError(absl::StrCat(keyword, "= only once"));
  }
  seen += keyword;
  if (keyword == "SIZE") {
    ASSIGN_OR_RETURN(command.size_bytes, ParseSize(parts.second));
    return absl::OkStatus();
  }
  command.body_8bitmime = absl::EqualsIgnoreCase(parts.second, "8BITMIME");
  if (!command.body_8bitmime && !absl::EqualsIgnoreCase(parts.second, "7BIT")) {
    return SyntaxError("BODY=7BIT|8BITMIME");
  }
  return absl::OkStatus();
}

// Takes the address, with or without brackets, from the front of `rest`.
absl::Status TakeAddress(absl::string_view& rest, Command& command) {
  if (absl::StartsWith(rest, "<")) {
    const mail::PathKind kind = command.verb == Verb::kMail
                                    ? mail::PathKind::kReverse
                                    : mail::PathKind::kForward;
    ASSIGN_OR_RETURN(mail::ParsedPath path, mail::ParsePath(kind, rest));
    rest.remove_prefix(path.consumed);
    command.address = std::move(path.address);
    return absl::OkStatus();
  }
  const absl::string_view word = rest.substr(0, rest.find(' '));
  ASSIGN_OR_RETURN(command.address, mail::Address::Parse(word));
  rest.remove_prefix(word.size());
  return absl::OkStatus();
}

// MAIL FROM:<path> parameters, RCPT TO:<path>.
absl::Status ReadPathCommand(absl::string_view rest, Command& command) {
  const bool is_mail = command.verb == Verb::kMail;
  const absl::string_view keyword = is_mail ? "FROM:" : "TO:";
  rest = absl::StripLeadingAsciiWhitespace(rest);
  if (!absl::StartsWithIgnoreCase(rest, keyword)) {
    return SyntaxError(is_mail ? "MAIL FROM:<address>" : "RCPT TO:<address>");
  }
  rest.remove_prefix(keyword.size());
  rest = absl::StripLeadingAsciiWhitespace(rest);
  const absl::Status taken = TakeAddress(rest, command);
  if (!taken.ok()) {
    return ReplyError(
        {501, is_mail ? "5.1.7" : "5.1.3", std::string(taken.message())});
  }
  if (!rest.empty() && rest[0] != ' ') {
    return SyntaxError("a space after the address");
  }
  std::string seen;
  for (const absl::string_view parameter :
       absl::StrSplit(rest, ' ', absl::SkipEmpty())) {
    if (!is_mail) return UnknownParameter(parameter);
    RETURN_IF_ERROR(ReadMailParameter(parameter, seen, command));
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

absl::StatusOr<Command> ParseCommand(absl::string_view line) {
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
      RETURN_IF_ERROR(ReadPathCommand(rest, command));
      return command;
    case Verb::kHelo:
    case Verb::kEhlo:
      RETURN_IF_ERROR(ReadHelo(rest, command));
      return command;
    case Verb::kData:
    case Verb::kRset:
    case Verb::kQuit:
      if (!rest.empty()) return SyntaxError(VerbName(command.verb));
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
