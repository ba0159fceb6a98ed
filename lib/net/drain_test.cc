#include "lib/net/drain.h"

#include <atomic>
#include <memory>

#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "lib/net/deadline.h"
#include "lib/net/event.h"
#include "lib/net/runtime.h"
#include "lib/net/task.h"

namespace postern::net {
namespace {

Task<> UntilDrained(Drain& drain, std::atomic<int>& interrupted) {
  Event woken;
  const DrainWatch watch(drain, [&woken, &interrupted] {
    ++interrupted;
    woken.Set();
  });
  co_await woken.Wait(Deadline::After(absl::Minutes(1)));
}

TEST(DrainTest, WakesWhatIsIdleAndAwaitsIt) {
  const auto runtime = Runtime::Create({.reactors = 2}).value();
  Drain drain;
  std::atomic<int> interrupted = 0;
  for (int i = 0; i < 10; ++i) {
    Spawn(drain, runtime->NextReactor(), UntilDrained(drain, interrupted));
  }
  EXPECT_FALSE(drain.AwaitIdle(absl::Milliseconds(10)));
  EXPECT_EQ(drain.running(), 10u);
  drain.Begin();
  drain.Begin();
  EXPECT_TRUE(drain.AwaitIdle(absl::Minutes(1)));
  EXPECT_EQ(interrupted, 10);
}

TEST(DrainTest, AWatchThatComesLateIsCalledAtOnce) {
  const auto runtime = Runtime::Create({.reactors = 1}).value();
  Drain drain;
  drain.Begin();
  EXPECT_TRUE(drain.has_begun());
  std::atomic<int> interrupted = 0;
  Spawn(drain, runtime->reactor(0), UntilDrained(drain, interrupted));
  EXPECT_TRUE(drain.AwaitIdle(absl::Minutes(1)));
  EXPECT_EQ(interrupted, 1);
}

Task<size_t> RunningAfterTheWatchHasGone(Drain& drain) {
  {
    const DrainWatch watch(drain, [] {});
    drain.Begin();
  }
  const size_t running = drain.running();
  co_await Yield();
  co_return running;
}

TEST(DrainTest, IsNotIdleWhileAWatchIsBeingTold) {
  const auto runtime = Runtime::Create({.reactors = 1}).value();
  Drain drain;
  EXPECT_EQ(runtime->BlockOn(RunningAfterTheWatchHasGone(drain)), 1u);
  EXPECT_TRUE(drain.AwaitIdle(absl::Minutes(1)));
}

TEST(DrainTest, IsAnnouncedBeforeItBegins) {
  Drain drain;
  EXPECT_FALSE(drain.is_announced());
  drain.Announce();
  EXPECT_TRUE(drain.is_announced());
  EXPECT_FALSE(drain.has_begun());
  Drain sudden;
  sudden.Begin();
  EXPECT_TRUE(sudden.is_announced());
}

TEST(DrainTest, WithNothingRunningThereIsNothingToAwait) {
  Drain drain;
  EXPECT_TRUE(drain.AwaitIdle(absl::ZeroDuration()));
}

}  // namespace
}  // namespace postern::net
