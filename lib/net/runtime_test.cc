#include "lib/net/runtime.h"

#include <memory>
#include <set>
#include <string>
#include <thread>

#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "lib/net/deadline.h"
#include "lib/net/task.h"

namespace postern::net {
namespace {

Task<size_t> WhereAmI() { co_return Reactor::Current().index(); }

TEST(RuntimeTest, RunsATaskOnTheReactorAskedFor) {
  const auto runtime = Runtime::Create({.reactors = 3}).value();
  EXPECT_EQ(runtime->size(), 3u);
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(runtime->BlockOn(runtime->reactor(i), WhereAmI()), i);
  }
}

TEST(RuntimeTest, TakesTheReactorsInTurn) {
  const auto runtime = Runtime::Create({.reactors = 2}).value();
  std::set<size_t> seen;
  seen.insert(runtime->NextReactor().index());
  seen.insert(runtime->NextReactor().index());
  EXPECT_EQ(seen, (std::set<size_t>{0, 1}));
}

TEST(RuntimeTest, HasOneReactorACoreUnlessTold) {
  const auto runtime = Runtime::Create({}).value();
  EXPECT_EQ(runtime->size(), std::thread::hardware_concurrency());
}

TEST(RuntimeTest, TheCallersThreadIsNoReactor) {
  const auto runtime = Runtime::Create({.reactors = 1}).value();
  EXPECT_EQ(Reactor::CurrentOrNull(), nullptr);
}

Task<std::string> AskThePool() {
  const size_t before = Reactor::Current().index();
  const std::thread::id here = std::this_thread::get_id();
  const auto there =
      co_await Blocking([] { return std::this_thread::get_id(); });
  EXPECT_NE(here, there);
  EXPECT_EQ(std::this_thread::get_id(), here);
  EXPECT_EQ(Reactor::Current().index(), before);
  int calls = 0;
  co_await Blocking([&calls] { ++calls; });
  EXPECT_EQ(calls, 1);
  co_return "done";
}

TEST(RuntimeTest, BlockingCallsLeaveTheReactorAndComeBack) {
  const auto runtime = Runtime::Create({.reactors = 2}).value();
  EXPECT_EQ(runtime->BlockOn(runtime->reactor(1), AskThePool()), "done");
}

Task<bool> SleepPast(absl::Duration wait) {
  const Deadline end = Deadline::After(wait);
  co_await Sleep(wait);
  co_await Yield();
  co_return end.has_passed();
}

TEST(RuntimeTest, SleepIsNotShort) {
  const auto runtime = Runtime::Create({.reactors = 1}).value();
  EXPECT_TRUE(runtime->BlockOn(SleepPast(absl::Milliseconds(30))));
}

}  // namespace
}  // namespace postern::net
