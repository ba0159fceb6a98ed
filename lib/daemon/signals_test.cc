#include "lib/daemon/signals.h"

#include <pthread.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <thread>

#include "gtest/gtest.h"

namespace postern::daemon {
namespace {

constexpr absl::Duration kLong = absl::Seconds(20);

// Waits for signals as libmilter does, until it gets SIGUSR1.
void TakeSignals(std::atomic<int>& taken) {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGHUP, SIGTERM, SIGINT, SIGUSR1}) {
    sigaddset(&signals, signal);
  }
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  int signal = 0;
  while (sigwait(&signals, &signal) == 0 && signal != SIGUSR1) ++taken;
}

TEST(SignalsTest, ComeInTheirOrder) {
  Signals signals;
  signals.Catch();
  EXPECT_EQ(signals.Next(absl::ZeroDuration()), 0);
  for (const int signal : {SIGHUP, SIGINT, SIGTERM}) {
    ASSERT_EQ(::kill(::getpid(), signal), 0);
    EXPECT_EQ(signals.Next(kLong), signal);
  }
  EXPECT_EQ(signals.Next(absl::ZeroDuration()), 0);
}

TEST(SignalsTest, ThatCameWhileTheProgramStartedAreNotLost) {
  Signals signals;
  ASSERT_EQ(::kill(::getpid(), SIGTERM), 0);
  signals.Catch();
  EXPECT_EQ(signals.Next(kLong), SIGTERM);
}

TEST(SignalsTest, DoNotGoToAnotherThreadWhileTheMainOneIsBusy) {
  Signals signals;
  std::atomic<int> taken = 0;
  std::thread other([&taken] { TakeSignals(taken); });
  signals.Catch();
  for (int i = 0; i < 1000; ++i) {
    // Nobody waits for it now but the other thread.
    ASSERT_EQ(::kill(::getpid(), SIGHUP), 0);
    ASSERT_EQ(signals.Next(kLong), SIGHUP);
  }
  pthread_kill(other.native_handle(), SIGUSR1);
  other.join();
  EXPECT_EQ(taken, 0);
}

}  // namespace
}  // namespace postern::daemon
