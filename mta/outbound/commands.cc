#include "mta/outbound/commands.h"

#include <sysexits.h>
#include <unistd.h>

#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "lib/base/log.h"
#include "lib/base/printable.h"
#include "lib/base/status_macros.h"
#include "lib/config/config.h"
#include "lib/net/runtime.h"
#include "mta/outbound/command_line.h"
#include "mta/outbound/default_privs.h"
#include "mta/outbound/folder.h"
#include "mta/outbound/letter_file.h"
#include "mta/outbound/outcome.h"

namespace postern::mta::outbound {
namespace {

// What sysexits(3) and Postfix make of an exit code.
struct Meaning {
  int code;
  const char* status;
  const char* text;
};
constexpr Meaning kMeanings[] = {
    {EX_USAGE, "5.3.0", "command line usage error"},
    {EX_DATAERR, "5.6.0", "data format error"},
    {EX_NOINPUT, "5.3.0", "cannot open input"},
    {EX_NOUSER, "5.1.1", "user unknown"},
    {EX_NOHOST, "5.1.2", "host name unknown"},
    {EX_UNAVAILABLE, "5.3.0", "service unavailable"},
    {EX_SOFTWARE, "5.3.0", "internal software error"},
    {EX_OSERR, "4.3.0", "system resource problem"},
    {EX_OSFILE, "5.3.0", "critical OS file missing"},
    {EX_CANTCREAT, "5.2.0", "can't create user output file"},
    {EX_IOERR, "5.3.0", "input/output error"},
    {EX_TEMPFAIL, "4.3.0", "temporary failure"},
    {EX_PROTOCOL, "5.5.0", "remote error in protocol"},
    {EX_NOPERM, "5.7.0", "permission denied"},
    {EX_CONFIG, "5.3.5", "local configuration error"},
};

std::string WithOutput(std::string text, const ChildEnd& end) {
  const std::string said = Printable(end.output, Commands::kMaxShownBytes);
  if (!said.empty()) absl::StrAppend(&text, ". Command output: ", said);
  return text;
}

// Returns the status code that the output begins with, which counts more than
// the exit code does; empty: none.
std::string StatusSaid(const std::string& output) {
  const bool is_temporary = absl::StartsWith(output, "4");
  const absl::StatusOr<smtp::Reply> reply = smtp::Reply::Parse(
      absl::StrCat(is_temporary ? "450 " : "550 ",
                   output.substr(0, output.find_first_of("\t\r\n"))));
  return reply.ok() ? reply->status : "";
}

queue::Outcome OutcomeOfExit(const ChildEnd& end) {
  if (end.code == EX_OK) return Delivered("2.0.0", "delivered to command");
  Meaning meaning = {end.code, "5.3.0", nullptr};
  for (const Meaning& one : kMeanings) {
    if (one.code == end.code) meaning = one;
  }
  const std::string text =
      WithOutput(meaning.text == nullptr
                     ? absl::StrCat("Command died with status ", end.code)
                     : std::string(meaning.text),
                 end);
  const std::string said = StatusSaid(end.output);
  const std::string status = said.empty() ? meaning.status : said;
  return status[0] == '4' ? Deferred(Cause::kMailbox, status, text)
                          : Failed(status, text);
}

}  // namespace

queue::Outcome OutcomeOfChild(const ChildEnd& end) {
  switch (end.kind) {
    case ChildEnd::Kind::kExited:
      return OutcomeOfExit(end);
    case ChildEnd::Kind::kSignal:
      return Failed(
          "5.3.0",
          WithOutput(absl::StrCat("Command died with signal ", end.code), end));
    case ChildEnd::Kind::kTimedOut:
      return Failed("5.3.0", WithOutput("Command time limit exceeded", end));
    case ChildEnd::Kind::kStopped:
      return Deferred(Cause::kSystem, "4.3.2",
                      "the command was ended with the relay");
    case ChildEnd::Kind::kNotStarted:
      break;
  }
  return Deferred(Cause::kSystem, "4.3.0", "the command cannot be run");
}

absl::StatusOr<std::unique_ptr<Commands>> Commands::Create(
    const config::v1::Mta& config, net::Drain& drain) {
  std::unique_ptr<Commands> commands(new Commands(drain));
  commands->is_on_ = config.allow_mail_to_commands_size() > 0;
  ASSIGN_OR_RETURN(commands->owner_, DefaultPrivs(config));
  commands->folder_ = config.queue().directory();
  commands->time_limit_ = config::FromProto(config.command_time_limit());
  commands->environment_ = CommandEnvironment();
  return commands;
}

absl::StatusOr<UniqueFd> Commands::FileOf(const Letter& letter) const {
  ASSIGN_OR_RETURN(UniqueFd fd, UnnamedFile(folder_));
  LetterFile file(fd.get(), folder_, -1);
  RETURN_IF_ERROR(file.Write(letter, LetterText::Form::kMaildir,
                             FromLine(letter, absl::LocalTimeZone())));
  if (::lseek(fd.get(), 0, SEEK_SET) != 0) return FileError(folder_);
  return fd;
}

net::Task<queue::Outcome> Commands::Deliver(std::string text,
                                            Letter letter) const {
  if (!is_on_) co_return Failed("5.7.1", "mail to command is restricted");
  absl::StatusOr<std::vector<std::string>> words = SplitCommand(text);
  if (!words.ok()) {
    log::Error("command_not_run", {{"command", text}, {"why", words.status()}});
    co_return Deferred(Cause::kConfiguration, "4.3.5",
                       "mail system configuration error");
  }
  if (runner_.is_stopping()) {
    co_return Deferred(Cause::kSystem, "4.3.2", "this relay is stopping");
  }
  const auto look = [&letter] { return HasBeenHere(letter); };
  const absl::StatusOr<bool> has_been_here = co_await net::Blocking(look);
  if (!has_been_here.ok()) co_return OutcomeOfError(has_been_here.status());
  if (*has_been_here) co_return LoopTo(letter.recipient);
  const auto write = [this, &letter] { return FileOf(letter); };
  absl::StatusOr<UniqueFd> input = co_await net::Blocking(write);
  if (!input.ok()) co_return OutcomeOfError(input.status());
  Child child = {.words = *std::move(words),
                 .environment = environment_,
                 .owner = owner_,
                 .time_limit = time_limit_};
  const std::optional<ChildEnd> end =
      co_await runner_.Run(std::move(child), *std::move(input));
  if (!end) co_return Deferred(Cause::kLimit, "4.3.2", "too many commands");
  if (end->kind == ChildEnd::Kind::kNotStarted) {
    log::Error("command_not_run", {{"command", text}, {"why", end->output}});
  }
  co_return OutcomeOfChild(*end);
}

}  // namespace postern::mta::outbound
