#include "lib/redis/waiting_room.h"

namespace postern::redis {

net::Task<bool> WaitingRoom::Wait(net::Deadline deadline) {
  const auto place = waiting_.emplace(waiting_.end());
  const bool was_called = co_await place->Wait(deadline);
  waiting_.erase(place);
  co_return was_called;
}

void WaitingRoom::CallAll() {
  for (net::Event& event : waiting_) event.Set();
}

}  // namespace postern::redis
