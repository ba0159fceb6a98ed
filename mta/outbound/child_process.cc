#include "mta/outbound/child_process.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <iterator>
#include <utility>

#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "lib/base/file.h"
#include "lib/base/unique_fd.h"

namespace postern::mta::outbound {
namespace {

// The exit code of a child that could not become the program.
constexpr int kNotStarted = 127;
constexpr char kNotStartedMark = '\0';

// All that the child needs, made before the fork: after it another thread may
// hold any lock, so nothing is allocated and only system calls are made.
struct Plan {
  std::vector<char*> words;
  std::vector<char*> environment;
  const char* folder;
  int input;
  int output;
  bool changes_owner;
  uid_t uid;
  gid_t gid;
};

std::vector<char*> PointersTo(const std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (const std::string& text : texts) {
    pointers.push_back(const_cast<char*>(text.c_str()));
  }
  pointers.push_back(nullptr);
  return pointers;
}

// The library's functions would want to change every thread, and wait for them.
bool BecomeOwner(const Plan& plan) {
  return ::syscall(SYS_setgroups, 0, nullptr) == 0 &&
         ::syscall(SYS_setresgid, plan.gid, plan.gid, plan.gid) == 0 &&
         ::syscall(SYS_setresuid, plan.uid, plan.uid, plan.uid) == 0 &&
         ::syscall(SYS_setresuid, 0, 0, 0) != 0;
}

void ResetSignals() {
  struct sigaction action = {};
  action.sa_handler = SIG_DFL;
  for (int signal = 1; signal < NSIG; ++signal) {
    ::sigaction(signal, &action, nullptr);
  }
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

bool PlaceFiles(const Plan& plan) {
  return ::dup2(plan.input, STDIN_FILENO) >= 0 &&
         ::dup2(plan.output, STDOUT_FILENO) >= 0 &&
         ::dup2(plan.output, STDERR_FILENO) >= 0 &&
         ::syscall(SYS_close_range, STDERR_FILENO + 1, ~0U, 0) == 0;
}

[[noreturn]] void BecomeProgram(const Plan& plan) {
  ResetSignals();
  ::setsid();
  ::umask(077);
  const bool is_ready = PlaceFiles(plan) &&
                        (!plan.changes_owner || BecomeOwner(plan)) &&
                        ::chdir(plan.folder) == 0;
  if (is_ready) {
    ::execve(plan.words[0], plan.words.data(), plan.environment.data());
  }
  // The mark is what tells this from a program that ends with the same code.
  const char reason[] = {kNotStartedMark, static_cast<char>(errno)};
  [[maybe_unused]] const ssize_t n =
      ::write(STDOUT_FILENO, reason, sizeof(reason));
  ::_exit(kNotStarted);
}

// Waits for a child that has been started, and for what it says.
class Watch {
 public:
  Watch(pid_t child, UniqueFd handle, UniqueFd output, int stop)
      : child_(child),
        handle_(std::move(handle)),
        output_(std::move(output)),
        stop_(stop) {}

  ChildEnd Await(absl::Time deadline) {
    deadline_ = deadline;
    while (!has_ended_ && absl::Now() < deadline_) AwaitSomething();
    if (!has_ended_) Kill(SIGKILL);
    const int status = Reap();
    ReadOutput();  // Without waiting: others may have the other end open.
    ChildEnd end;
    end.output = std::move(text_);
    if (has_ended_ && WIFEXITED(status)) {
      end.kind = ChildEnd::Kind::kExited;
      end.code = WEXITSTATUS(status);
    } else if (has_ended_) {
      end.kind = ChildEnd::Kind::kSignal;
      end.code = WTERMSIG(status);
    } else {
      end.kind = ChildEnd::Kind::kTimedOut;
    }
    const bool is_done = end.kind == ChildEnd::Kind::kExited && end.code == 0;
    if (is_stopping_ && !is_done) end.kind = ChildEnd::Kind::kStopped;
    return end;
  }

 private:
  void AwaitSomething() {
    struct pollfd waits[] = {{handle_.get(), POLLIN, 0},
                             {is_stopping_ ? -1 : stop_, POLLIN, 0},
                             {output_.get(), POLLIN, 0}};
    const absl::Duration left =
        std::max(deadline_ - absl::Now(), absl::ZeroDuration());
    const int wait_ms = static_cast<int>(
        std::min<int64_t>(absl::ToInt64Milliseconds(left) + 1, 60'000));
    if (::poll(waits, std::size(waits), wait_ms) < 0) return;  // EINTR.
    has_ended_ = waits[0].revents != 0;
    if (waits[1].revents != 0) {
      is_stopping_ = true;
      deadline_ = std::min(deadline_, absl::Now() + kStopWait);
      Kill(SIGTERM);
    }
    if (waits[2].revents != 0) ReadOutput();
  }

  void Kill(int signal) const {
    ::kill(-child_, signal);
    ::kill(child_, signal);  // If it has had no time to make its group.
  }

  void ReadOutput() {
    char buffer[4096];
    while (output_.is_open()) {
      const ssize_t n = ::read(output_.get(), buffer, sizeof(buffer));
      if (n < 0 && errno == EINTR) continue;
      if (n < 0 && errno == EAGAIN) return;
      if (n <= 0) {
        output_.Reset();  // poll() passes over it from now on.
        return;
      }
      const size_t room = kMaxOutputBytes - text_.size();
      text_.append(buffer, std::min<size_t>(n, room));
      // A program that never stops talking must not keep us from its end.
      if (room == 0) return;
    }
  }

  int Reap() const {
    int status = 0;
    while (::waitpid(child_, &status, 0) < 0) {
      if (errno != EINTR) return SIGKILL;  // Nobody knows how it ended.
    }
    return status;
  }

  const pid_t child_;
  const UniqueFd handle_;
  UniqueFd output_;
  const int stop_;
  absl::Time deadline_;
  bool has_ended_ = false;
  bool is_stopping_ = false;
  std::string text_;
};

ChildEnd NotStarted(int error, absl::string_view what) {
  ChildEnd end;
  end.output = std::string(ErrnoStatus(error, what).message());
  return end;
}

}  // namespace

ChildEnd RunChild(const Child& child, int stop) {
  const bool is_root = ::geteuid() == 0;
  if (is_root && (!child.owner || child.owner->uid == 0)) {
    return NotStarted(EPERM, "nothing is run as root");
  }
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return NotStarted(errno, "pipe");
  UniqueFd output(ends[0]);
  UniqueFd written(ends[1]);
  ::fcntl(output.get(), F_SETFL, O_NONBLOCK);
  const Plan plan = {.words = PointersTo(child.words),
                     .environment = PointersTo(child.environment),
                     .folder = child.folder.c_str(),
                     .input = child.input,
                     .output = written.get(),
                     .changes_owner = is_root,
                     .uid = child.owner ? child.owner->uid : 0,
                     .gid = child.owner ? child.owner->gid : 0};
  const pid_t pid = ::fork();
  if (pid < 0) return NotStarted(errno, "fork");
  if (pid == 0) BecomeProgram(plan);
  written.Reset();
  UniqueFd handle(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  if (!handle.is_open()) {
    const int error = errno;
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
    return NotStarted(error, "pidfd_open");
  }
  Watch watch(pid, std::move(handle), std::move(output), stop);
  ChildEnd end = watch.Await(absl::Now() + child.time_limit);
  if (end.kind == ChildEnd::Kind::kExited && end.code == kNotStarted &&
      end.output.size() == 2 && end.output[0] == kNotStartedMark) {
    return NotStarted(static_cast<unsigned char>(end.output[1]),
                      child.words.front());
  }
  return end;
}

}  // namespace postern::mta::outbound
