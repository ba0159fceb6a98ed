#include "lib/net/event.h"

#include <asio/use_awaitable.hpp>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "lib/net/runtime.h"
#include "lib/net/timer_wheel.h"

namespace postern::net {
namespace {

constexpr asio::use_awaitable_t<asio::io_context::executor_type> kAwait;

Task<bool> AlreadySet() { co_return true; }

}  // namespace

class Event::State : public std::enable_shared_from_this<Event::State> {
 public:
  void Set() {
    Reactor* reactor = nullptr;
    {
      absl::MutexLock lock(&mutex_);
      if (is_set_) return;
      is_set_ = true;
      if (waiter_ != nullptr) reactor = &waiter_->reactor();
    }
    if (reactor == nullptr) return;
    reactor->Post([self = shared_from_this()] { self->Wake(); });
  }

  bool is_set() const {
    absl::MutexLock lock(&mutex_);
    return is_set_;
  }

  void Reset() {
    absl::MutexLock lock(&mutex_);
    is_set_ = false;
  }

  // Resumes with `true` at once if set, else waits.
  template <typename Resume>
  void StartWait(Resume resume, Deadline deadline) {
    auto waiter = std::make_unique<ResumableWaiter<Resume>>(
        *this, Reactor::Current(), std::move(resume));
    waiter->Arm(deadline);
    bool is_set = false;
    {
      absl::MutexLock lock(&mutex_);
      waiter_ = std::move(waiter);
      is_set = is_set_;
    }
    // Resuming inside the initiation is not allowed.
    if (is_set)
      Reactor::Current().Post([self = shared_from_this()] { self->Wake(); });
  }

 private:
  // The suspended task. Lives and ends on its reactor.
  class Waiter : public TimerWheel::Entry {
   public:
    Waiter(State& state, Reactor& reactor)
        : Entry(reactor.timers()), state_(state), reactor_(reactor) {}
    Reactor& reactor() const { return reactor_; }
    virtual void Resume(bool is_set) = 0;

   protected:
    void OnTimeout() override {
      const std::shared_ptr<State> state = state_.shared_from_this();
      if (const auto self = state->TakeWaiter()) self->Resume(state->is_set());
    }
    // Destroys the suspended task and all that it owns.
    void OnShutdown() override {
      const std::shared_ptr<State> state = state_.shared_from_this();
      state->TakeWaiter();
    }

   private:
    State& state_;
    Reactor& reactor_;
  };

  template <typename Handler>
  class ResumableWaiter final : public Waiter {
   public:
    ResumableWaiter(State& state, Reactor& reactor, Handler handler)
        : Waiter(state, reactor), handler_(std::move(handler)) {}
    void Resume(bool is_set) override { std::move(handler_)(is_set); }

   private:
    Handler handler_;
  };

  void Wake() {
    std::unique_ptr<Waiter> waiter;
    {
      absl::MutexLock lock(&mutex_);
      // Reset() may have come before us, and another Wait() after it.
      if (is_set_) waiter = std::move(waiter_);
    }
    if (waiter != nullptr) waiter->Resume(true);
  }

  std::unique_ptr<Waiter> TakeWaiter() {
    absl::MutexLock lock(&mutex_);
    return std::move(waiter_);
  }

  mutable absl::Mutex mutex_;
  bool is_set_ ABSL_GUARDED_BY(mutex_) = false;
  std::unique_ptr<Waiter> waiter_ ABSL_GUARDED_BY(mutex_);
};

Event::Event() : state_(std::make_shared<State>()) {}
Event::~Event() = default;

void Event::Set() {
  // The waiting task may destroy this Event before Set() returns.
  const std::shared_ptr<State> state = state_;
  state->Set();
}

bool Event::is_set() const { return state_->is_set(); }
void Event::Reset() { state_->Reset(); }

// No coroutine: g++ 12 destroys a lambda twice that is a temporary of a
// co_await expression.
Task<bool> Event::Wait(Deadline deadline) {
  if (state_->is_set()) return AlreadySet();
  return asio::async_initiate<decltype(kAwait), void(bool)>(
      [state = state_, deadline](auto resume) {
        state->StartWait(std::move(resume), deadline);
      },
      kAwait);
}

}  // namespace postern::net
