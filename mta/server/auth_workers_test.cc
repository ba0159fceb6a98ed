#include "mta/server/auth_workers.h"

#include <atomic>
#include <memory>
#include <string>

#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/net/runtime.h"

namespace postern::mta::server {
namespace {

class AuthWorkersTest : public ::testing::Test {
 protected:
  std::optional<AuthAnswer> Run(AuthWorkers& workers,
                                std::function<AuthAnswer()> call,
                                absl::Duration wait = absl::Minutes(1)) {
    return runtime_->BlockOn(
        workers.Run(std::move(call), net::Deadline::After(wait)));
  }

  const std::unique_ptr<net::Runtime> runtime_ =
      net::Runtime::Create({.reactors = 1}).value();
};

AuthAnswer Accept(std::string name) {
  return {AuthResult::kAccepted, std::move(name)};
}

TEST_F(AuthWorkersTest, ReturnsWhatTheCallReturns) {
  AuthWorkers workers;
  for (int i = 0; i < 20; ++i) {
    const auto answer = Run(workers, [] { return Accept("jane"); });
    ASSERT_TRUE(answer.has_value());
    EXPECT_EQ(answer->result, AuthResult::kAccepted);
    EXPECT_EQ(answer->text, "jane");
  }
}

TEST_F(AuthWorkersTest, WaitsNoLongerThanTheDeadline) {
  absl::Notification go_on;
  AuthWorkers workers;
  EXPECT_FALSE(Run(
                   workers,
                   [&go_on] {
                     go_on.WaitForNotification();
                     return Accept("late");
                   },
                   absl::Milliseconds(20))
                   .has_value());
  EXPECT_TRUE(Run(workers, [] { return Accept("other"); }).has_value());
  go_on.Notify();
}

TEST_F(AuthWorkersTest, RefusesWhatWouldWaitForever) {
  absl::Notification go_on;
  std::atomic<size_t> begun = 0;
  AuthWorkers workers;
  const auto hang = [&go_on, &begun] {
    ++begun;
    go_on.WaitForNotification();
    return Accept("late");
  };
  // Each gives up soon, and leaves a call behind.
  while (begun < AuthWorkers::kThreads) {
    EXPECT_FALSE(Run(workers, hang, absl::Milliseconds(20)).has_value());
  }
  for (size_t i = 0; i < AuthWorkers::kMaxQueued; ++i) {
    EXPECT_FALSE(Run(workers, hang, absl::ZeroDuration()).has_value());
  }
  EXPECT_FALSE(Run(workers, hang).has_value()) << "there is no room";
  go_on.Notify();
  // The threads pass over what nobody waits for any more.
  std::optional<AuthAnswer> answer;
  while (!answer.has_value()) {
    answer = Run(workers, [] { return Accept("jane"); });
  }
  EXPECT_EQ(begun, AuthWorkers::kThreads);
}

}  // namespace
}  // namespace postern::mta::server
