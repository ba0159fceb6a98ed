// Stopping without dropping: what is running is counted and awaited, what is
// idle is woken.
//
//   net::Drain drain;
//   net::Spawn(drain, ServeConnection(std::move(stream)));   // counted
//   drain.Begin();                       // idle streams are interrupted
//   drain.AwaitIdle(absl::Seconds(30));  // false: something is still running
//
// Threads: safe from any thread; AwaitIdle() not from a reactor.

#ifndef POSTERN_LIB_NET_DRAIN_H_
#define POSTERN_LIB_NET_DRAIN_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "lib/net/runtime.h"
#include "lib/net/task.h"

namespace postern::net {

class Drain {
 public:
  Drain() = default;
  Drain(const Drain&) = delete;
  Drain& operator=(const Drain&) = delete;

  // Says that the end is near: whoever would begin something for longer, or
  // take something over, leaves it. All else goes on.
  void Announce() { announced_.store(true, std::memory_order_release); }
  // Also once it has begun.
  bool is_announced() const {
    return announced_.load(std::memory_order_acquire) || has_begun();
  }

  // Asks everything to come to an end. Once is enough.
  void Begin();
  bool has_begun() const { return begun_.load(std::memory_order_acquire); }

  // Waits until no spawned task is left, or for `wait`; tells whether it is so.
  bool AwaitIdle(absl::Duration wait);

  // The number of tasks that have not ended, and of watches that are being told
  // of the beginning.
  size_t running() const { return running_.load(); }

 private:
  friend class DrainWatch;
  friend void Spawn(Drain& drain, Reactor& reactor, Task<> task);

  struct Watcher {
    Reactor* reactor;
    std::function<void()> call;
  };

  // Has the call of watcher `id` made on its reactor.
  void Notify(uint64_t id, Reactor& reactor);
  void TaskStarted();
  void TaskEnded();

  std::atomic<bool> announced_ = false;
  std::atomic<bool> begun_ = false;
  std::atomic<size_t> running_ = 0;
  absl::Mutex mutex_;
  uint64_t next_watch_ ABSL_GUARDED_BY(mutex_) = 0;
  absl::flat_hash_map<uint64_t, Watcher> watchers_ ABSL_GUARDED_BY(mutex_);
};

// Starts `task` on `reactor` (or the current one) and counts it in `drain`.
void Spawn(Drain& drain, Reactor& reactor, Task<> task);
void Spawn(Drain& drain, Task<> task);

// While it lives: when the drain begins, `call` runs on the reactor where the
// watch was made (at once, if it has begun already). Make and destroy it on
// that reactor.
class DrainWatch {
 public:
  DrainWatch(Drain& drain, std::function<void()> call);
  DrainWatch(const DrainWatch&) = delete;
  DrainWatch& operator=(const DrainWatch&) = delete;
  ~DrainWatch();

 private:
  Drain& drain_;
  uint64_t id_;
};

}  // namespace postern::net

#endif  // POSTERN_LIB_NET_DRAIN_H_
