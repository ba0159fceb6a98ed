#include "mta/outbound/commands.h"

#include <fcntl.h>
#include <sys/eventfd.h>
#include <sysexits.h>
#include <unistd.h>

#include <cstdlib>
#include <memory>
#include <system_error>
#include <thread>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "lib/base/log.h"
#include "lib/base/printable.h"
#include "lib/base/status_macros.h"
#include "lib/config/config.h"
#include "lib/net/event.h"
#include "lib/net/runtime.h"
#include "mta/outbound/command_line.h"
#include "mta/outbound/default_privs.h"
#include "mta/outbound/folder.h"
#include "mta/outbound/letter_file.h"
#include "mta/outbound/outcome.h"

namespace postern::mta::outbound {
namespace {

// Postfix's command_path and, of its export_environment, what is of use here.
constexpr char kPath[] = "PATH=/usr/bin:/bin";
constexpr const char* kExported[] = {"TZ", "LANG"};

constexpr absl::Duration kTurnWait = absl::Milliseconds(100);
constexpr absl::Duration kLastWait = absl::Seconds(10);

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

// One command that is run.
struct Job {
  UniqueFd input;
  Child child;
  ChildEnd end;
  net::Event done;  // After that `end` is the waiting task's.
};

std::string WithOutput(std::string text, const ChildEnd& end) {
  const std::string said = Printable(end.output, Commands::kMaxShownBytes);
  if (!said.empty()) absl::StrAppend(&text, ". Command output: ", said);
  return text;
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
  return meaning.status[0] == '4' ? Deferred(meaning.status, text)
                                  : Failed(meaning.status, text);
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
      return Deferred("4.3.2", "the command was ended with the relay");
    case ChildEnd::Kind::kNotStarted:
      break;
  }
  return Deferred("4.3.0", "the command cannot be run");
}

// The threads hold on to it, so that it is there until the last has ended.
class Commands::Threads : public std::enable_shared_from_this<Threads> {
 public:
  // Starts a thread for the job. False: there is no room for one more.
  bool Start(const std::shared_ptr<Job>& job) {
    absl::MutexLock lock(&mutex_);
    if (running_ >= kMaxRunning) return false;
    try {
      std::thread([self = shared_from_this(), job] {
        self->Run(job);
      }).detach();
    } catch (const std::system_error&) {
      return false;
    }
    ++running_;
    return true;
  }

  // Asks all commands to end, those to come as well.
  void Stop() { ::eventfd_write(stop_.get(), 1); }

  void AwaitEnd() {
    absl::MutexLock lock(&mutex_);
    mutex_.AwaitWithTimeout(absl::Condition(this, &Threads::HasEnded),
                            kLastWait);
  }

 private:
  void Run(const std::shared_ptr<Job>& job) {
    job->end = RunChild(job->child, stop_.get());
    job->input.Reset();
    job->done.Set();
    absl::MutexLock lock(&mutex_);
    --running_;
  }

  bool HasEnded() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return running_ == 0;
  }

  const UniqueFd stop_{::eventfd(0, EFD_CLOEXEC)};
  absl::Mutex mutex_;
  size_t running_ ABSL_GUARDED_BY(mutex_) = 0;
};

absl::StatusOr<std::unique_ptr<Commands>> Commands::Create(
    const config::v1::Mta& config, net::Drain& drain) {
  std::unique_ptr<Commands> commands(new Commands(drain));
  commands->is_on_ = config.allow_mail_to_commands_size() > 0;
  ASSIGN_OR_RETURN(commands->owner_, DefaultPrivs(config));
  commands->folder_ = config.queue().directory();
  commands->time_limit_ = config::FromProto(config.command_time_limit());
  commands->environment_.emplace_back(kPath);
  for (const char* name : kExported) {
    if (const char* value = ::getenv(name)) {
      commands->environment_.push_back(absl::StrCat(name, "=", value));
    }
  }
  return commands;
}

Commands::Commands(net::Drain& drain)
    : drain_(drain), threads_(std::make_shared<Threads>()) {}

Commands::~Commands() {
  threads_->Stop();
  threads_->AwaitEnd();
}

absl::StatusOr<UniqueFd> Commands::FileOf(const Letter& letter) const {
  // O_EXCL: the command cannot give it a name either.
  UniqueFd fd(
      ::open(folder_.c_str(), O_TMPFILE | O_EXCL | O_RDWR | O_CLOEXEC, 0600));
  if (!fd.is_open()) return FileError(folder_);
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
    co_return Deferred("4.3.5", "mail system configuration error");
  }
  // It would be ended as soon as it was begun.
  if (drain_.has_begun()) co_return Deferred("4.3.2", "this relay is stopping");
  const auto look = [&letter] { return HasBeenHere(letter); };
  const absl::StatusOr<bool> has_been_here = co_await net::Blocking(look);
  if (!has_been_here.ok()) co_return OutcomeOfError(has_been_here.status());
  if (*has_been_here) co_return LoopTo(letter.recipient);
  const auto write = [this, &letter] { return FileOf(letter); };
  absl::StatusOr<UniqueFd> input = co_await net::Blocking(write);
  if (!input.ok()) co_return OutcomeOfError(input.status());
  const auto job = std::make_shared<Job>();
  job->input = *std::move(input);
  job->child = {.words = *std::move(words),
                .environment = environment_,
                .input = job->input.get(),
                .owner = owner_,
                .time_limit = time_limit_};
  const net::Deadline turn = net::Deadline::After(time_limit_);
  while (!threads_->Start(job)) {
    if (turn.has_passed()) co_return Deferred("4.3.2", "too many commands");
    co_await net::Sleep(kTurnWait);
  }
  const auto stop = [threads = threads_] { threads->Stop(); };
  const net::DrainWatch watch(drain_, stop);
  bool is_done = false;
  while (!is_done) {
    is_done = co_await job->done.Wait(net::Deadline::After(absl::Hours(1)));
  }
  if (job->end.kind == ChildEnd::Kind::kNotStarted) {
    log::Error("command_not_run",
               {{"command", text}, {"why", job->end.output}});
  }
  co_return OutcomeOfChild(job->end);
}

}  // namespace postern::mta::outbound
