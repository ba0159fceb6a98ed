#include "lib/daemon/signals.h"

#include <pthread.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <string>
#include <thread>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "lib/base/file.h"

namespace postern::daemon {
namespace {

constexpr absl::Duration kLong = absl::Seconds(20);

sigset_t SignalsAndTheEnd() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGHUP, SIGTERM, SIGINT, SIGUSR1}) {
    sigaddset(&signals, signal);
  }
  return signals;
}

// Waits for signals as libmilter does, until it gets SIGUSR1. All are blocked.
void TakeSignals(std::atomic<pid_t>& thread, std::atomic<int>& taken) {
  thread = ::gettid();
  const sigset_t signals = SignalsAndTheEnd();
  int signal = 0;
  while (sigwait(&signals, &signal) == 0 && signal != SIGUSR1) ++taken;
}

// Waits until the thread sleeps: one that is about to wait takes what is there.
void AwaitSleep(const std::atomic<pid_t>& thread) {
  std::string state;
  while (!absl::StrContains(state, ") S ")) {
    const std::string path = absl::StrCat("/proc/self/task/", thread.load());
    state = ReadFile(path + "/stat").value_or("");
    std::this_thread::yield();
  }
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
  // Before the thread begins: a signal may come before it has run at all.
  const sigset_t blocked = SignalsAndTheEnd();
  pthread_sigmask(SIG_BLOCK, &blocked, nullptr);
  std::atomic<pid_t> thread = 0;
  std::thread other([&] { TakeSignals(thread, taken); });
  AwaitSleep(thread);
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
