#include "mta/outbound/command_runner.h"

#include <fcntl.h>
#include <sys/eventfd.h>

#include <cstdlib>
#include <system_error>
#include <thread>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "lib/net/event.h"
#include "lib/net/runtime.h"
#include "mta/outbound/folder.h"

namespace postern::mta::outbound {
namespace {

constexpr char kPath[] = "PATH=/usr/bin:/bin";
constexpr const char* kExported[] = {"TZ", "LANG"};

constexpr absl::Duration kTurnWait = absl::Milliseconds(100);
constexpr absl::Duration kLastWait = absl::Seconds(10);

// One command that is run.
struct Job {
  UniqueFd input;
  Child child;
  ChildEnd end;
  net::Event done;  // After that `end` is the waiting task's.
};

}  // namespace

// The threads hold on to it, so that it is there until the last has ended.
class CommandRunner::Threads : public std::enable_shared_from_this<Threads> {
 public:
  explicit Threads(size_t most) : most_(most) {}

  // Starts a thread for the job. False: there is no room for one more.
  bool Start(const std::shared_ptr<Job>& job) {
    absl::MutexLock lock(&mutex_);
    if (running_ >= most_) return false;
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

  const size_t most_;
  const UniqueFd stop_{::eventfd(0, EFD_CLOEXEC)};
  absl::Mutex mutex_;
  size_t running_ ABSL_GUARDED_BY(mutex_) = 0;
};

CommandRunner::CommandRunner(net::Drain& drain, size_t most)
    : drain_(drain), threads_(std::make_shared<Threads>(most)) {}

CommandRunner::~CommandRunner() {
  threads_->Stop();
  threads_->AwaitEnd();
}

net::Task<std::optional<ChildEnd>> CommandRunner::Run(Child child,
                                                      UniqueFd input) const {
  const auto job = std::make_shared<Job>();
  job->input = std::move(input);
  job->child = std::move(child);
  job->child.input = job->input.get();
  const net::Deadline turn = net::Deadline::After(job->child.time_limit);
  while (!threads_->Start(job)) {
    if (turn.has_passed()) co_return std::nullopt;
    co_await net::Sleep(kTurnWait);
  }
  const auto stop = [threads = threads_] { threads->Stop(); };
  const net::DrainWatch watch(drain_, stop);
  bool is_done = false;
  while (!is_done) {
    is_done = co_await job->done.Wait(net::Deadline::After(absl::Hours(1)));
  }
  co_return std::move(job->end);
}

std::vector<std::string> CommandEnvironment() {
  std::vector<std::string> environment(1, kPath);
  for (const char* name : kExported) {
    if (const char* value = ::getenv(name)) {
      environment.push_back(absl::StrCat(name, "=", value));
    }
  }
  return environment;
}

absl::StatusOr<UniqueFd> UnnamedFile(const std::string& folder) {
  UniqueFd fd(
      ::open(folder.c_str(), O_TMPFILE | O_EXCL | O_RDWR | O_CLOEXEC, 0600));
  if (!fd.is_open()) return FileError(folder);
  return fd;
}

}  // namespace postern::mta::outbound
