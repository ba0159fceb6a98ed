#include "lib/redis/health.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/metrics/metrics.h"
#include "lib/testing/status_matchers.h"

namespace postern::redis {
namespace {

using ::postern::testing::IsOk;
using ::postern::testing::StatusIs;
using ::testing::AllOf;
using ::testing::HasSubstr;

class HealthTest : public ::testing::Test {
 protected:
  std::string Metrics() { return registry_.Render(); }

  metrics::Registry registry_;
  Meters meters_{&registry_, "greylistd"};
  Health health_{meters_};
};

TEST_F(HealthTest, IsWellAtFirst) {
  EXPECT_THAT(health_.Current(), IsOk());
  EXPECT_THAT(Metrics(), HasSubstr("postern_greylistd_redis_up 1\n"));
}

TEST_F(HealthTest, TellsWhoIsAwayAndWhy) {
  health_.Failed("192.0.2.1:6379", absl::UnavailableError("no reply"));
  EXPECT_THAT(health_.Current(), StatusIs(absl::StatusCode::kUnavailable,
                                          AllOf(HasSubstr("192.0.2.1:6379"),
                                                HasSubstr("no reply"))));
  EXPECT_THAT(Metrics(), HasSubstr("postern_greylistd_redis_up 0\n"));
}

TEST_F(HealthTest, IsWellAgainWhenEveryReactorSaysSo) {
  health_.Failed("a", absl::UnavailableError("x"));
  health_.Failed("a", absl::UnavailableError("x"));
  health_.Recovered("a");
  EXPECT_THAT(health_.Current(), StatusIs(absl::StatusCode::kUnavailable));
  health_.Recovered("a");
  EXPECT_THAT(health_.Current(), IsOk());
  EXPECT_THAT(Metrics(), HasSubstr("postern_greylistd_redis_up 1\n"));
}

TEST_F(HealthTest, OneServerThatIsAwayIsEnough) {
  health_.Failed("a", absl::UnavailableError("x"));
  health_.Failed("b", absl::UnavailableError("y"));
  health_.Recovered("a");
  EXPECT_THAT(health_.Current(),
              StatusIs(absl::StatusCode::kUnavailable, HasSubstr("b: y")));
}

TEST_F(HealthTest, WhatIsNotUsedAnyMoreIsNobodysTrouble) {
  health_.Failed("a", absl::UnavailableError("x"));
  health_.Withdrawn("a");
  EXPECT_THAT(health_.Current(), IsOk());
}

TEST_F(HealthTest, ARecoveryOfNobodyChangesNothing) {
  health_.Recovered("a");
  EXPECT_THAT(health_.Current(), IsOk());
}

}  // namespace
}  // namespace postern::redis
