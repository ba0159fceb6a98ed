#include "lib/redis/circuit_breaker.h"

#include <chrono>

#include "absl/time/time.h"
#include "gtest/gtest.h"

namespace postern::redis {
namespace {

using State = CircuitBreaker::State;
using std::chrono::milliseconds;

constexpr CircuitBreaker::TimePoint kStart(milliseconds(1'000'000));

// Three failures, pauses of 100 ms to 400 ms.
CircuitBreaker Breaker() {
  return CircuitBreaker({.failures = 3,
                         .shortest_pause = absl::Milliseconds(100),
                         .longest_pause = absl::Milliseconds(400)});
}

CircuitBreaker OpenBreaker(double jitter = 1) {
  CircuitBreaker breaker = Breaker();
  for (int i = 0; i < 3; ++i) breaker.Failed(kStart, jitter);
  return breaker;
}

TEST(CircuitBreakerTest, OpensAfterSoManyFailuresInARow) {
  CircuitBreaker breaker = Breaker();
  breaker.Failed(kStart, 0);
  breaker.Failed(kStart, 0);
  EXPECT_TRUE(breaker.is_closed());
  breaker.Failed(kStart, 0);
  EXPECT_FALSE(breaker.is_closed());
  EXPECT_EQ(breaker.state(), State::kOpen);
}

TEST(CircuitBreakerTest, ASuccessInBetweenStartsTheCountAgain) {
  CircuitBreaker breaker = Breaker();
  for (int i = 0; i < 10; ++i) {
    breaker.Failed(kStart, 0);
    breaker.Failed(kStart, 0);
    breaker.Succeeded();
  }
  EXPECT_TRUE(breaker.is_closed());
}

TEST(CircuitBreakerTest, AllowsOneTrialWhenThePauseIsOver) {
  CircuitBreaker breaker = OpenBreaker();
  EXPECT_FALSE(breaker.BeginTrial(kStart + milliseconds(99)));
  EXPECT_TRUE(breaker.BeginTrial(kStart + milliseconds(100)));
  EXPECT_EQ(breaker.state(), State::kHalfOpen);
  EXPECT_FALSE(breaker.BeginTrial(kStart + milliseconds(100)));
}

TEST(CircuitBreakerTest, NoTrialIsNeededWhileClosed) {
  CircuitBreaker breaker = Breaker();
  EXPECT_FALSE(breaker.BeginTrial(kStart));
  EXPECT_TRUE(breaker.is_closed());
}

TEST(CircuitBreakerTest, ATrialThatSucceedsCloses) {
  CircuitBreaker breaker = OpenBreaker();
  ASSERT_TRUE(breaker.BeginTrial(kStart + milliseconds(100)));
  breaker.Succeeded();
  EXPECT_TRUE(breaker.is_closed());
  breaker.Failed(kStart, 0);
  EXPECT_TRUE(breaker.is_closed()) << "the count starts again as well";
}

TEST(CircuitBreakerTest, PausesGrowToTheLongest) {
  CircuitBreaker breaker = OpenBreaker();
  auto now = kStart;
  for (const int pause : {100, 200, 400, 400}) {
    EXPECT_EQ(breaker.trial_time() - now, milliseconds(pause));
    now = breaker.trial_time();
    ASSERT_TRUE(breaker.BeginTrial(now));
    breaker.Failed(now, 1);
  }
  now = breaker.trial_time();
  ASSERT_TRUE(breaker.BeginTrial(now));
  breaker.Succeeded();
  for (int i = 0; i < 3; ++i) breaker.Failed(now, 1);
  EXPECT_EQ(breaker.trial_time() - now, milliseconds(100)) << "short again";
}

TEST(CircuitBreakerTest, JitterTakesUpToHalfOfThePauseAway) {
  EXPECT_EQ(OpenBreaker(0).trial_time() - kStart, milliseconds(50));
  EXPECT_EQ(OpenBreaker(0.5).trial_time() - kStart, milliseconds(75));
}

TEST(CircuitBreakerTest, WhatWasAskedBeforeItOpenedChangesNothing) {
  CircuitBreaker breaker = OpenBreaker();
  const auto trial_time = breaker.trial_time();
  breaker.Succeeded();
  EXPECT_EQ(breaker.state(), State::kOpen);
  breaker.Failed(kStart + milliseconds(50), 1);
  EXPECT_EQ(breaker.trial_time(), trial_time);
}

TEST(CircuitBreakerTest, TheLongestPauseIsNeverShorterThanTheShortest) {
  CircuitBreaker breaker({.failures = 1,
                          .shortest_pause = absl::Milliseconds(100),
                          .longest_pause = absl::Milliseconds(1)});
  breaker.Failed(kStart, 1);
  EXPECT_EQ(breaker.trial_time() - kStart, milliseconds(100));
  ASSERT_TRUE(breaker.BeginTrial(breaker.trial_time()));
  breaker.Failed(kStart, 1);
  EXPECT_EQ(breaker.trial_time() - kStart, milliseconds(100));
}

}  // namespace
}  // namespace postern::redis
