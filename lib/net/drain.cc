#include "lib/net/drain.h"

#include <asio/co_spawn.hpp>
#include <exception>
#include <memory>
#include <utility>

namespace postern::net {
namespace {

// Counts a task from its start to its end, also when it is destroyed before
// its end.
class Running {
 public:
  explicit Running(std::function<void()> on_end) : on_end_(std::move(on_end)) {}
  Running(Running&& other) noexcept
      : on_end_(std::exchange(other.on_end_, nullptr)) {}
  ~Running() {
    if (on_end_) on_end_();
  }

  void operator()(const std::exception_ptr& exception) const {
    // An exception that leaves a task is a bug of ours; say so and stop.
    if (exception) std::rethrow_exception(exception);
  }

 private:
  std::function<void()> on_end_;
};

}  // namespace

void Drain::Begin() {
  absl::MutexLock lock(&mutex_);
  if (begun_.exchange(true)) return;
  for (const auto& [id, watcher] : watchers_) Notify(id, *watcher.reactor);
}

void Drain::Notify(uint64_t id, Reactor& reactor) {
  // Counted like a task: who has awaited all may destroy the drain.
  TaskStarted();
  const auto running = std::make_shared<Running>([this] { TaskEnded(); });
  reactor.Post([this, id, running] {
    std::function<void()> call;
    {
      absl::MutexLock lock(&mutex_);
      const auto found = watchers_.find(id);
      if (found == watchers_.end()) return;  // Gone meanwhile.
      call = found->second.call;
    }
    call();
  });
}

bool Drain::AwaitIdle(absl::Duration wait) {
  absl::MutexLock lock(&mutex_);
  return mutex_.AwaitWithTimeout(
      absl::Condition(
          +[](std::atomic<size_t>* running) { return *running == 0; },
          &running_),
      wait);
}

void Drain::TaskStarted() { running_.fetch_add(1); }

void Drain::TaskEnded() {
  // Under the lock, so that AwaitIdle() looks again.
  absl::MutexLock lock(&mutex_);
  running_.fetch_sub(1);
}

void Spawn(Drain& drain, Reactor& reactor, Task<> task) {
  drain.TaskStarted();
  asio::co_spawn(reactor.context(), std::move(task),
                 Running([&drain] { drain.TaskEnded(); }));
}

void Spawn(Drain& drain, Task<> task) {
  Spawn(drain, Reactor::Current(), std::move(task));
}

DrainWatch::DrainWatch(Drain& drain, std::function<void()> call)
    : drain_(drain) {
  Reactor& reactor = Reactor::Current();
  absl::MutexLock lock(&drain_.mutex_);
  id_ = drain_.next_watch_++;
  drain_.watchers_.emplace(id_, Drain::Watcher{&reactor, std::move(call)});
  if (drain_.has_begun()) drain_.Notify(id_, reactor);
}

DrainWatch::~DrainWatch() {
  absl::MutexLock lock(&drain_.mutex_);
  drain_.watchers_.erase(id_);
}

}  // namespace postern::net
