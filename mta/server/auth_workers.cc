#include "mta/server/auth_workers.h"

#include <atomic>
#include <deque>
#include <system_error>
#include <thread>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "lib/net/event.h"

namespace postern::mta::server {
namespace {

constexpr absl::Duration kLastWait = absl::Seconds(5);

struct Job {
  std::function<AuthAnswer()> call;
  AuthAnswer answer;
  std::atomic<bool> is_abandoned = false;
  net::Event done;  // After that `answer` is the waiting task's.
};

}  // namespace

// The threads hold on to it, so those that hang can outlive the object.
class AuthWorkers::State : public std::enable_shared_from_this<State> {
 public:
  // Returns false if there is no room.
  bool Add(std::shared_ptr<Job> job) {
    absl::MutexLock lock(&mutex_);
    if (jobs_.size() >= kMaxQueued) return false;
    if (idle_ <= jobs_.size() && threads_ < kThreads && !StartThread() &&
        threads_ == 0) {
      return false;
    }
    jobs_.push_back(std::move(job));
    return true;
  }

  void Stop() {
    absl::MutexLock lock(&mutex_);
    is_stopping_ = true;
    mutex_.AwaitWithTimeout(absl::Condition(this, &State::HasEnded), kLastWait);
  }

 private:
  bool StartThread() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    try {
      std::thread([self = shared_from_this()] { self->Work(); }).detach();
    } catch (const std::system_error&) {
      return false;
    }
    ++threads_;
    return true;
  }

  void Work() {
    while (const std::shared_ptr<Job> job = Take()) {
      if (job->is_abandoned) continue;
      job->answer = job->call();
      job->call = nullptr;  // What it owns goes on this thread.
      job->done.Set();
    }
    absl::MutexLock lock(&mutex_);
    --threads_;
  }

  // Waits for a job; nullptr: there will be none.
  std::shared_ptr<Job> Take() {
    absl::MutexLock lock(&mutex_);
    ++idle_;
    mutex_.Await(absl::Condition(this, &State::HasWork));
    --idle_;
    if (jobs_.empty()) return nullptr;
    std::shared_ptr<Job> job = std::move(jobs_.front());
    jobs_.pop_front();
    return job;
  }

  bool HasWork() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return is_stopping_ || !jobs_.empty();
  }
  bool HasEnded() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return threads_ == 0;
  }

  absl::Mutex mutex_;
  std::deque<std::shared_ptr<Job>> jobs_ ABSL_GUARDED_BY(mutex_);
  size_t threads_ ABSL_GUARDED_BY(mutex_) = 0;
  size_t idle_ ABSL_GUARDED_BY(mutex_) = 0;
  bool is_stopping_ ABSL_GUARDED_BY(mutex_) = false;
};

AuthWorkers::AuthWorkers() : state_(std::make_shared<State>()) {}

AuthWorkers::~AuthWorkers() { state_->Stop(); }

net::Task<std::optional<AuthAnswer>> AuthWorkers::Run(
    std::function<AuthAnswer()> call, net::Deadline deadline) {
  auto job = std::make_shared<Job>();
  job->call = std::move(call);
  if (!state_->Add(job)) co_return std::nullopt;
  const bool is_done = co_await job->done.Wait(deadline);
  if (!is_done) {
    job->is_abandoned = true;
    co_return std::nullopt;
  }
  co_return std::move(job->answer);
}

}  // namespace postern::mta::server
