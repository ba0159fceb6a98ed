#include "mta/queue/queue_config.h"

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/base/file.h"
#include "lib/testing/status_matchers.h"
#include "lib/testing/temp_dir.h"

namespace postern::mta::queue {
namespace {

using ::postern::testing::IsOk;
using ::postern::testing::StatusIs;
using ::testing::StartsWith;

config::v1::Mta UsualConfig() {
  config::v1::Mta config;
  config.set_message_size_limit(1000);
  config.set_bounce_size_limit(77);
  config::v1::Queue& queue = *config.mutable_queue();
  config.mutable_delay_warning_time()->set_seconds(4 * 3600);
  queue.set_directory("/spool");
  queue.set_queue_minfree(5000);
  queue.set_qmgr_message_active_limit(9);
  queue.add_retry_waits()->set_seconds(60);
  queue.mutable_maximal_queue_lifetime()->set_seconds(600);
  queue.mutable_bounce_queue_lifetime()->set_seconds(300);
  return config;
}

TEST(QueueConfigTest, TakesTheSettingsOver) {
  const SpoolOptions spool = SpoolOptionsFrom(UsualConfig());
  EXPECT_EQ(spool.directory, "/spool");
  EXPECT_EQ(spool.queue_minfree_bytes, 5000);
  EXPECT_EQ(spool.message_size_limit_bytes, 1000);
  const auto options = SchedulerOptionsFrom(UsualConfig(), "mx.example.org");
  ASSERT_THAT(options, IsOk());
  EXPECT_EQ(options->active_limit, 9u);
  EXPECT_EQ(options->delay_warning_time, absl::Hours(4));
  EXPECT_EQ(options->reporter.report.myhostname, "mx.example.org");
  EXPECT_EQ(options->reporter.report.size_limit_bytes, 77);
  const absl::Time now = absl::FromUnixSeconds(1'700'000'000);
  const absl::Time late = now + absl::Minutes(5);
  EXPECT_TRUE(options->schedule.NextAttempt(1, now, late).has_value());
  EXPECT_FALSE(options->bounce_schedule.NextAttempt(1, now, late).has_value());
}

TEST(QueueConfigTest, NamesTheFieldAtFault) {
  config::v1::Mta config = UsualConfig();
  config.mutable_queue()->mutable_bounce_queue_lifetime()->set_seconds(1);
  EXPECT_THAT(SchedulerOptionsFrom(config, "mx"),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       StartsWith("queue.bounce_queue_lifetime:")));
  config = UsualConfig();
  config.mutable_queue()->mutable_maximal_queue_lifetime()->set_seconds(1);
  EXPECT_THAT(SchedulerOptionsFrom(config, "mx"),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       StartsWith("queue.maximal_queue_lifetime:")));
}

TEST(QueueConfigTest, ReadsTheTextsOfReports) {
  const testing::TempDir dir;
  config::v1::Mta config = UsualConfig();
  const std::string path = dir.path() + "/bounce.cf";
  config.set_bounce_template_file(path);
  ASSERT_THAT(
      WriteFile(
          path,
          "failure_template = <<E\n\nat $myhostname for "
          "$maximal_queue_lifetime_minutes minutes, $delay_warning_time_hours\n"
          "E\n"),
      IsOk());
  const auto options = SchedulerOptionsFrom(config, "mx.example.org");
  ASSERT_THAT(options, IsOk());
  EXPECT_EQ(options->reporter.report.templates.failure->body,
            "at mx.example.org for 10 minutes, 4\r\n");
  ASSERT_THAT(WriteFile(path, "x\n"), IsOk());
  EXPECT_THAT(SchedulerOptionsFrom(config, "mx.example.org").status(),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       StartsWith("bounce_template_file: line 1: ")));
}

}  // namespace
}  // namespace postern::mta::queue
