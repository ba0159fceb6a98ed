// Hands word that something happened from any thread to one waiting task.
//
//   net::Event done;                       // in the task
//   thread_pool.Add([&] { work(); done.Set(); });
//   const bool in_time = co_await done.Wait(deadline);
//
// Lives in the waiting task; whoever calls Set() must be known to do so before
// the Event dies (or hold a shared_ptr to it): after a Wait() that ran out of
// time the other side may still call Set().
//
// Threads: Set() from any thread; Wait() by one task at a time.

#ifndef POSTERN_LIB_NET_EVENT_H_
#define POSTERN_LIB_NET_EVENT_H_

#include <memory>

#include "lib/net/deadline.h"
#include "lib/net/task.h"

namespace postern::net {

class Event {
 public:
  Event();
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;
  ~Event();

  // Wakes the waiting task, or lets the next Wait() return at once. Setting
  // twice is setting once.
  void Set();

  bool is_set() const;

  // Takes the word back, so that the event can be waited for again.
  void Reset();

  // Returns true once set, false when the deadline passed first.
  Task<bool> Wait(Deadline deadline);

 private:
  class State;
  std::shared_ptr<State> state_;
};

}  // namespace postern::net

#endif  // POSTERN_LIB_NET_EVENT_H_
