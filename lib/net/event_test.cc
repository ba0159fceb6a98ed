#include "lib/net/event.h"

#include <memory>
#include <thread>

#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "lib/net/deadline.h"
#include "lib/net/drain.h"
#include "lib/net/runtime.h"
#include "lib/net/task.h"

namespace postern::net {
namespace {

std::unique_ptr<Runtime> TwoReactors() {
  return Runtime::Create({.reactors = 2}).value();
}

Task<bool> WaitFor(Event& event, absl::Duration wait) {
  co_return co_await event.Wait(Deadline::After(wait));
}

TEST(EventTest, AWaitEndsWhenAnotherThreadSetsIt) {
  const auto runtime = TwoReactors();
  Event event;
  std::thread setter([&event] { event.Set(); });
  EXPECT_TRUE(runtime->BlockOn(WaitFor(event, absl::Minutes(1))));
  setter.join();
}

TEST(EventTest, OneThatIsSetDoesNotWait) {
  const auto runtime = TwoReactors();
  Event event;
  event.Set();
  event.Set();
  EXPECT_TRUE(event.is_set());
  EXPECT_TRUE(runtime->BlockOn(WaitFor(event, -absl::Seconds(1))));
}

TEST(EventTest, AWaitEndsAtItsDeadline) {
  const auto runtime = TwoReactors();
  Event event;
  EXPECT_FALSE(runtime->BlockOn(WaitFor(event, absl::Milliseconds(20))));
}

TEST(EventTest, CanBeUsedAgainAfterReset) {
  const auto runtime = TwoReactors();
  Event event;
  event.Set();
  EXPECT_TRUE(runtime->BlockOn(WaitFor(event, absl::Minutes(1))));
  event.Reset();
  EXPECT_FALSE(event.is_set());
  EXPECT_FALSE(runtime->BlockOn(WaitFor(event, absl::Milliseconds(10))));
}

Task<> PingPong(Event& mine, Event& theirs, int rounds) {
  for (int i = 0; i < rounds; ++i) {
    theirs.Set();
    const bool in_time = co_await mine.Wait(Deadline::After(absl::Minutes(1)));
    EXPECT_TRUE(in_time);
    mine.Reset();
  }
  theirs.Set();
}

TEST(EventTest, TasksOnTwoReactorsWakeEachOther) {
  const auto runtime = TwoReactors();
  Event one;
  Event two;
  Drain drain;
  Spawn(drain, runtime->reactor(0), PingPong(one, two, 2000));
  Spawn(drain, runtime->reactor(1), PingPong(two, one, 2000));
  EXPECT_TRUE(drain.AwaitIdle(absl::Minutes(1)));
}

Task<> WaitForEver(std::shared_ptr<Event> event) {
  co_await event->Wait(Deadline::After(absl::Hours(1)));
}

TEST(EventTest, AWaitingTaskIsDestroyedWithItsRuntime) {
  std::weak_ptr<Event> seen;
  Drain drain;
  {
    const auto runtime = TwoReactors();
    auto event = std::make_shared<Event>();
    seen = event;
    Spawn(drain, runtime->reactor(0), WaitForEver(std::move(event)));
  }
  EXPECT_TRUE(seen.expired());
}

}  // namespace
}  // namespace postern::net
