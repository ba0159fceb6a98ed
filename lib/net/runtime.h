// The threads that run tasks: one reactor a core, and a small pool for calls
// that block.
//
//   ASSIGN_OR_RETURN(std::unique_ptr<net::Runtime> runtime,
//                    net::Runtime::Create({.reactors = 2}));
//   runtime->BlockOn(Main());          // from outside, e.g. a test
//   co_await net::Blocking([&] { return store.Sync(); });   // within a task
//
// A task stays on the reactor where it was started, and so does everything it
// awaits; two tasks on one reactor never run at the same time, but they take
// turns at every co_await.
//
// Create() has the process ignore SIGPIPE: a write to a peer that is gone is an
// error of that write.
//
// Threads: Runtime's methods from any thread but its own reactors; the free
//          functions from tasks only, where not said otherwise.

#ifndef POSTERN_LIB_NET_RUNTIME_H_
#define POSTERN_LIB_NET_RUNTIME_H_

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "lib/net/deadline.h"
#include "lib/net/task.h"

namespace postern::net {

class TimerWheel;

// One thread that waits for many sockets and runs the tasks they wake.
class Reactor {
 public:
  explicit Reactor(size_t index);
  Reactor(const Reactor&) = delete;
  Reactor& operator=(const Reactor&) = delete;
  ~Reactor();

  // Returns the reactor of the calling thread; must be called on one.
  static Reactor& Current();
  // The same, or nullptr elsewhere.
  static Reactor* CurrentOrNull();

  // This reactor's number, from 0: the key of per-reactor state.
  size_t index() const { return index_; }

  // Runs `call` on this reactor, soon. Any thread.
  void Post(std::function<void()> call);

  // For lib/net alone.
  asio::io_context& context() { return context_; }
  TimerWheel& timers() { return *timers_; }

 private:
  friend class Runtime;
  void Run();

  const size_t index_;
  asio::io_context context_;
  std::unique_ptr<TimerWheel> timers_;
};

class Runtime {
 public:
  struct Options {
    size_t reactors = 0;          // 0: one for each core.
    size_t blocking_threads = 4;  // For Blocking().
  };

  static absl::StatusOr<std::unique_ptr<Runtime>> Create(Options options);
  Runtime(const Runtime&) = delete;
  Runtime& operator=(const Runtime&) = delete;
  // Stops, and destroys the tasks that have not ended. End them first
  // (drain.h).
  ~Runtime();

  // Stops the reactors where they are and ends all threads, so that whatever
  // lives on the reactors can be destroyed from here.
  void Stop();

  size_t size() const { return reactors_.size(); }
  Reactor& reactor(size_t index) { return *reactors_[index]; }
  // Returns the reactors in turn, for spreading work.
  Reactor& NextReactor();

  // Runs `task` on a reactor and waits for its result. Not from a reactor.
  template <typename T>
  T BlockOn(Task<T> task) {
    return BlockOn(reactor(0), std::move(task));
  }
  template <typename T>
  T BlockOn(Reactor& reactor, Task<T> task) {
    if constexpr (std::is_void_v<T>) {
      RunToEnd(reactor, std::move(task));
    } else {
      std::optional<T> result;
      RunToEnd(reactor, Keep(std::move(task), result));
      return *std::move(result);
    }
  }

 private:
  explicit Runtime(Options options);

  template <typename T>
  static Task<> Keep(Task<T> task, std::optional<T>& result) {
    result.emplace(co_await std::move(task));
  }
  static void RunToEnd(Reactor& reactor, Task<> task);

  class Threads;
  std::vector<std::unique_ptr<Reactor>> reactors_;
  std::unique_ptr<Threads> threads_;
};

// Waits. Returns on the same reactor; a reactor-wide wheel of 10 ms steps
// serves all timers, so it may be that much late.
Task<> Sleep(absl::Duration wait);

// Lets the other tasks of this reactor run.
Task<> Yield();

// Runs `call` on the blocking pool of the runtime and then goes on here. For
// calls that may wait for a disk or a library: the reactor stays free.
Task<> RunOnBlockingPool(std::function<void()> call);

template <typename Call>
Task<std::invoke_result_t<Call>> Blocking(Call call) {
  if constexpr (std::is_void_v<std::invoke_result_t<Call>>) {
    co_await RunOnBlockingPool([&call] { call(); });
  } else {
    std::optional<std::invoke_result_t<Call>> result;
    co_await RunOnBlockingPool([&call, &result] { result.emplace(call()); });
    co_return *std::move(result);
  }
}

}  // namespace postern::net

#endif  // POSTERN_LIB_NET_RUNTIME_H_
