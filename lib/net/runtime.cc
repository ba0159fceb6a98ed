#include "lib/net/runtime.h"

#include <algorithm>
#include <asio/co_spawn.hpp>
#include <asio/executor_work_guard.hpp>
#include <asio/post.hpp>
#include <asio/thread_pool.hpp>
#include <asio/use_awaitable.hpp>
#include <atomic>
#include <cassert>
#include <csignal>
#include <exception>
#include <future>
#include <string>
#include <system_error>
#include <thread>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "lib/net/event.h"
#include "lib/net/timer_wheel.h"

namespace postern::net {
namespace {

thread_local Reactor* current_reactor = nullptr;
thread_local asio::thread_pool* current_pool = nullptr;

constexpr asio::use_awaitable_t<asio::io_context::executor_type> kAwait;

// An exception that leaves a task is a bug of ours; say so and stop.
void EndOnException(const std::exception_ptr& exception) {
  if (exception) std::rethrow_exception(exception);
}

}  // namespace

Reactor::Reactor(size_t index)
    : index_(index),
      context_(/*concurrency_hint=*/1),
      timers_(std::make_unique<TimerWheel>(context_)) {}

Reactor::~Reactor() = default;

Reactor& Reactor::Current() {
  assert(current_reactor != nullptr);
  return *current_reactor;
}

Reactor* Reactor::CurrentOrNull() { return current_reactor; }

void Reactor::Post(std::function<void()> call) {
  asio::post(context_, std::move(call));
}

void Reactor::Run() {
  const auto work = asio::make_work_guard(context_);
  context_.run();
}

// What must end before the reactors do.
class Runtime::Threads {
 public:
  explicit Threads(size_t blocking_threads) : pool_(blocking_threads) {}

  void Start(Reactor& reactor) {
    threads_.emplace_back([this, &reactor] {
      current_reactor = &reactor;
      current_pool = &pool_;
      reactor.Run();
    });
  }

  void Join() {
    pool_.join();
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
  }

  std::atomic<size_t> next = 0;

 private:
  asio::thread_pool pool_;
  std::vector<std::thread> threads_;
};

absl::StatusOr<std::unique_ptr<Runtime>> Runtime::Create(Options options) {
  // Debian's Abseil looks for deadlocks at every lock, under one lock of its
  // own for all threads.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  // OpenSSL writes to sockets whose peer may be gone.
  std::signal(SIGPIPE, SIG_IGN);
  if (options.reactors == 0) {
    options.reactors = std::max(1u, std::thread::hardware_concurrency());
  }
  std::unique_ptr<Runtime> runtime(new Runtime(options));
  try {
    for (auto& reactor : runtime->reactors_) runtime->threads_->Start(*reactor);
  } catch (const std::system_error& error) {
    return absl::ResourceExhaustedError(
        absl::StrCat("cannot start threads: ", error.what()));
  }
  return runtime;
}

Runtime::Runtime(Options options)
    : threads_(std::make_unique<Threads>(options.blocking_threads)) {
  for (size_t i = 0; i < options.reactors; ++i) {
    reactors_.push_back(std::make_unique<Reactor>(i));
  }
}

Runtime::~Runtime() { Stop(); }

void Runtime::Stop() {
  for (auto& reactor : reactors_) reactor->context().stop();
  threads_->Join();
}

Reactor& Runtime::NextReactor() {
  return *reactors_[threads_->next.fetch_add(1, std::memory_order_relaxed) %
                    reactors_.size()];
}

void Runtime::RunToEnd(Reactor& reactor, Task<> task) {
  assert(current_reactor == nullptr);
  std::promise<void> done;
  asio::co_spawn(reactor.context(), std::move(task),
                 [&done](const std::exception_ptr& exception) {
                   EndOnException(exception);
                   done.set_value();
                 });
  done.get_future().wait();
}

Task<> Sleep(absl::Duration wait) {
  Event never;
  co_await never.Wait(Deadline::After(wait));
}

Task<> Yield() { co_await asio::post(kAwait); }

Task<> RunOnBlockingPool(std::function<void()> call) {
  Event done;
  asio::post(*current_pool, [&call, &done] {
    call();
    done.Set();
  });
  // The call refers to this frame, so there is no leaving before its end.
  bool is_done = false;
  while (!is_done)
    is_done = co_await done.Wait(Deadline::After(absl::Hours(1)));
}

}  // namespace postern::net
