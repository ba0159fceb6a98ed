#include "lib/redis/meters.h"

#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/metrics/metrics.h"

namespace postern::redis {
namespace {

using ::testing::HasSubstr;

TEST(MetersTest, CountsCommandsByOutcome) {
  metrics::Registry registry;
  Meters meters(&registry, "dmarcd");
  meters.CountCommand(absl::OkStatus(), absl::Milliseconds(1));
  meters.CountCommand(absl::OkStatus(), absl::Milliseconds(1));
  meters.CountCommand(absl::DeadlineExceededError(""), absl::Seconds(1));
  meters.CountCommand(absl::UnavailableError(""), absl::ZeroDuration());
  meters.CountCommand(absl::InternalError(""), absl::ZeroDuration());
  meters.CountCommand(absl::ResourceExhaustedError(""), absl::ZeroDuration());
  const std::string text = registry.Render();
  const std::string name = "postern_dmarcd_redis_commands_total";
  EXPECT_THAT(text, HasSubstr(name + "{outcome=\"ok\"} 2\n"));
  EXPECT_THAT(text, HasSubstr(name + "{outcome=\"timeout\"} 1\n"));
  EXPECT_THAT(text, HasSubstr(name + "{outcome=\"unavailable\"} 1\n"));
  EXPECT_THAT(text, HasSubstr(name + "{outcome=\"refused\"} 2\n"));
  EXPECT_THAT(text,
              HasSubstr("postern_dmarcd_redis_command_seconds_count 6\n"));
}

TEST(MetersTest, CountsWhatHappensToConnections) {
  metrics::Registry registry;
  Meters meters(&registry, "dmarcd");
  meters.CountConnect(true);
  meters.CountConnect(false);
  meters.CountRedirection();
  meters.CountBreakerOpened();
  const std::string text = registry.Render();
  EXPECT_THAT(
      text, HasSubstr("postern_dmarcd_redis_connects_total{outcome=\"ok\"} 1"));
  EXPECT_THAT(text, HasSubstr("{outcome=\"failed\"} 1"));
  EXPECT_THAT(text, HasSubstr("postern_dmarcd_redis_redirections_total 1"));
  EXPECT_THAT(text, HasSubstr("postern_dmarcd_redis_breaker_opened_total 1"));
}

TEST(MetersTest, NeedsNoRegistry) {
  Meters meters(nullptr, "dmarcd");
  meters.CountCommand(absl::OkStatus(), absl::ZeroDuration());
  meters.ShowUp(false);
}

}  // namespace
}  // namespace postern::redis
