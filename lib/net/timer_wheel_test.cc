#include "lib/net/timer_wheel.h"

#include <asio/io_context.hpp>
#include <optional>
#include <vector>

#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/net/deadline.h"

namespace postern::net {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Notes its number when its time comes.
class Note final : public TimerWheel::Entry {
 public:
  Note(TimerWheel& wheel, int number, std::vector<int>& notes)
      : Entry(wheel), number_(number), notes_(notes) {}

 protected:
  void OnTimeout() override { notes_.push_back(number_); }
  void OnShutdown() override { notes_.push_back(-number_); }

 private:
  const int number_;
  std::vector<int>& notes_;
};

// Runs until the wheel has nothing more to wait for.
void RunOut(asio::io_context& context) { context.run(); }

TEST(TimerWheelTest, CallsInTheOrderOfTheDeadlines) {
  asio::io_context context;
  TimerWheel wheel(context);
  std::vector<int> notes;
  Note later(wheel, 2, notes);
  Note sooner(wheel, 1, notes);
  later.Arm(Deadline::After(absl::Milliseconds(60)));
  sooner.Arm(Deadline::After(absl::Milliseconds(20)));
  RunOut(context);
  EXPECT_THAT(notes, ElementsAre(1, 2));
}

TEST(TimerWheelTest, NeverCallsEarly) {
  asio::io_context context;
  TimerWheel wheel(context);
  std::vector<int> notes;
  Note note(wheel, 1, notes);
  const Deadline deadline = Deadline::After(absl::Milliseconds(25));
  note.Arm(deadline);
  RunOut(context);
  EXPECT_TRUE(deadline.has_passed());
  EXPECT_THAT(notes, ElementsAre(1));
}

TEST(TimerWheelTest, ArmingAnewReplacesTheDeadline) {
  asio::io_context context;
  TimerWheel wheel(context);
  std::vector<int> notes;
  Note put_off(wheel, 1, notes);
  put_off.Arm(Deadline::After(absl::Milliseconds(10)));
  const Deadline later = Deadline::After(absl::Milliseconds(80));
  put_off.Arm(later);
  Note brought_forward(wheel, 2, notes);
  brought_forward.Arm(Deadline::After(absl::Hours(1)));
  brought_forward.Arm(Deadline::After(absl::Milliseconds(30)));
  RunOut(context);
  EXPECT_TRUE(later.has_passed());
  EXPECT_THAT(notes, ElementsAre(2, 1));
}

TEST(TimerWheelTest, ADisarmedOrDestroyedEntryIsNotCalled) {
  asio::io_context context;
  TimerWheel wheel(context);
  std::vector<int> notes;
  Note disarmed(wheel, 1, notes);
  disarmed.Arm(Deadline::After(absl::Milliseconds(10)));
  disarmed.Disarm();
  {
    Note destroyed(wheel, 2, notes);
    destroyed.Arm(Deadline::After(absl::Milliseconds(10)));
  }
  RunOut(context);
  EXPECT_THAT(notes, IsEmpty());
}

TEST(TimerWheelTest, ADeadlineThatHasPassedIsCalledSoon) {
  asio::io_context context;
  TimerWheel wheel(context);
  std::vector<int> notes;
  Note note(wheel, 1, notes);
  note.Arm(Deadline::After(-absl::Seconds(5)));
  RunOut(context);
  EXPECT_THAT(notes, ElementsAre(1));
}

TEST(TimerWheelTest, WhatIsArmedAtTheEndIsTold) {
  asio::io_context context;
  std::vector<int> notes;
  {
    std::optional<TimerWheel> wheel(context);
    Note far(*wheel, 1, notes);
    Note disarmed(*wheel, 2, notes);
    far.Arm(Deadline::After(absl::Hours(20)));
    disarmed.Arm(Deadline::After(absl::Hours(20)));
    disarmed.Disarm();
    wheel.reset();
  }
  EXPECT_THAT(notes, ElementsAre(-1));
}

}  // namespace
}  // namespace postern::net
