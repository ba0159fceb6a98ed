#include "lib/redis/waiting_room.h"

#include <memory>

#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "lib/net/drain.h"
#include "lib/net/runtime.h"

namespace postern::redis {
namespace {

struct World {
  WaitingRoom room;
  net::Drain drain;
  int called = 0;
  int given_up = 0;
};

net::Task<> Guest(World& world, net::Deadline deadline) {
  const bool was_called = co_await world.room.Wait(deadline);
  ++(was_called ? world.called : world.given_up);
}

net::Task<> CallThree(World& world) {
  const net::Deadline deadline = net::Deadline::After(absl::Minutes(1));
  for (int i = 0; i < 3; ++i) net::Spawn(world.drain, Guest(world, deadline));
  for (int i = 0; i < 10; ++i) co_await net::Yield();
  world.room.CallAll();
  world.room.CallAll();
}

TEST(WaitingRoomTest, WakesAllWhoWait) {
  auto runtime = net::Runtime::Create({.reactors = 1, .blocking_threads = 1});
  World world;
  (*runtime)->BlockOn(CallThree(world));
  ASSERT_TRUE(world.drain.AwaitIdle(absl::Minutes(1)));
  EXPECT_EQ(world.called, 3);
}

net::Task<> CallWhenNobodyIsThere(World& world) {
  world.room.CallAll();
  co_await Guest(world, net::Deadline::After(absl::Milliseconds(1)));
  world.room.CallAll();
}

TEST(WaitingRoomTest, WhoComesLaterWaitsForTheNextCallAndNoLongerThanHeMay) {
  auto runtime = net::Runtime::Create({.reactors = 1, .blocking_threads = 1});
  World world;
  (*runtime)->BlockOn(CallWhenNobodyIsThere(world));
  EXPECT_EQ(world.called, 0);
  EXPECT_EQ(world.given_up, 1);
}

}  // namespace
}  // namespace postern::redis
