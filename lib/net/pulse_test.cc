#include "lib/net/pulse.h"

#include <memory>

#include "gtest/gtest.h"
#include "lib/net/event.h"
#include "lib/net/runtime.h"

namespace postern::net {
namespace {

std::unique_ptr<Runtime> OneReactor() {
  return Runtime::Create({.reactors = 1, .blocking_threads = 1}).value();
}

Task<bool> AwaitBeats(int wanted) {
  Event enough;
  int beats = 0;
  const Pulse pulse(absl::Milliseconds(10), [&] {
    if (++beats == wanted) enough.Set();
  });
  const bool is_set = co_await enough.Wait(Deadline::After(absl::Seconds(20)));
  co_return is_set;
}

Task<int> BeatsAfterTheEnd() {
  int beats = 0;
  {
    const Pulse pulse(absl::Milliseconds(10), [&beats] { ++beats; });
  }
  // Longer than a beat of one that is alive.
  const bool another_beats = co_await AwaitBeats(3);
  EXPECT_TRUE(another_beats);
  co_return beats;
}

TEST(PulseTest, BeatsUntilItEnds) {
  EXPECT_TRUE(OneReactor()->BlockOn(AwaitBeats(3)));
}

TEST(PulseTest, BeatsNoMoreThen) {
  EXPECT_EQ(OneReactor()->BlockOn(BeatsAfterTheEnd()), 0);
}

}  // namespace
}  // namespace postern::net
