// Where many tasks of one reactor wait for one thing to happen.
//
//   const bool in_time = co_await room.Wait(deadline);   // each of them
//   room.CallAll();                                      // whoever did it
//
// Threads: of one reactor.

#ifndef POSTERN_LIB_REDIS_WAITING_ROOM_H_
#define POSTERN_LIB_REDIS_WAITING_ROOM_H_

#include <list>

#include "lib/net/deadline.h"
#include "lib/net/event.h"
#include "lib/net/task.h"

namespace postern::redis {

class WaitingRoom {
 public:
  WaitingRoom() = default;
  WaitingRoom(const WaitingRoom&) = delete;
  WaitingRoom& operator=(const WaitingRoom&) = delete;

  // Returns true once CallAll() was called, false when the deadline passed.
  // The room must outlive the task.
  net::Task<bool> Wait(net::Deadline deadline);

  // Wakes all who wait now.
  void CallAll();

 private:
  std::list<net::Event> waiting_;
};

}  // namespace postern::redis

#endif  // POSTERN_LIB_REDIS_WAITING_ROOM_H_
