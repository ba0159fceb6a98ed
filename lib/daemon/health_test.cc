#include "lib/daemon/health.h"

#include "absl/status/status.h"
#include "gtest/gtest.h"
#include "lib/net/runtime.h"

namespace postern::daemon {
namespace {

TEST(HealthTest, IsReadyOnlyWhileServing) {
  const auto runtime = net::Runtime::Create({.reactors = 1}).value();
  Health health(*runtime);
  EXPECT_EQ(health.Readyz().status, 503);
  health.Enter(Health::Phase::kServing);
  EXPECT_EQ(health.Readyz().status, 200);
  health.Enter(Health::Phase::kDraining);
  EXPECT_EQ(health.Readyz().status, 503);
  EXPECT_EQ(health.Readyz().body, "draining\n");
}

TEST(HealthTest, AFailingCheckIsNamed) {
  const auto runtime = net::Runtime::Create({.reactors = 1}).value();
  Health health(*runtime);
  absl::Status state;
  health.AddCheck("spool", [&state] { return state; });
  health.Enter(Health::Phase::kServing);
  EXPECT_EQ(health.Readyz().status, 200);
  state = absl::UnavailableError("sync failed");
  EXPECT_EQ(health.Readyz().status, 503);
  EXPECT_EQ(health.Readyz().body, "spool: sync failed\n");
}

TEST(HealthTest, ReactorsThatTakeTheirTurnsAreHealthy) {
  const auto runtime = net::Runtime::Create({.reactors = 2}).value();
  Health health(*runtime);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(health.Healthz().status, 200);
}

}  // namespace
}  // namespace postern::daemon
