#include "mta/queue/queue_config.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "lib/base/status_macros.h"
#include "lib/config/config.h"

namespace postern::mta::queue {
namespace {

absl::StatusOr<RetrySchedule> ScheduleFrom(
    const config::v1::Queue& queue,
    const google::protobuf::Duration& lifetime) {
  std::vector<absl::Duration> waits;
  for (const auto& wait : queue.retry_waits()) {
    waits.push_back(config::FromProto(wait));
  }
  return RetrySchedule::Create(std::move(waits), config::FromProto(lifetime),
                               queue.retry_jitter());
}

}  // namespace

SpoolOptions SpoolOptionsFrom(const config::v1::Mta& config) {
  return {.directory = config.queue().directory(),
          .queue_minfree_bytes = config.queue().queue_minfree(),
          .message_size_limit_bytes = config.message_size_limit()};
}

absl::StatusOr<SchedulerOptions> SchedulerOptionsFrom(
    const config::v1::Mta& config, std::string myhostname) {
  const config::v1::Queue& queue = config.queue();
  ASSIGN_OR_RETURN(RetrySchedule schedule,
                   ScheduleFrom(queue, queue.maximal_queue_lifetime()));
  absl::StatusOr<RetrySchedule> bounce_schedule =
      ScheduleFrom(queue, queue.bounce_queue_lifetime());
  if (!bounce_schedule.ok()) {
    return absl::InvalidArgumentError(absl::StrReplaceAll(
        bounce_schedule.status().message(),
        {{"maximal_queue_lifetime", "bounce_queue_lifetime"}}));
  }
  return SchedulerOptions{
      .schedule = std::move(schedule),
      .bounce_schedule = *std::move(bounce_schedule),
      .report = {.myhostname = std::move(myhostname),
                 .size_limit_bytes = config.bounce_size_limit()},
      .delay_warning_time = config::FromProto(config.delay_warning_time()),
      .active_limit = queue.qmgr_message_active_limit()};
}

}  // namespace postern::mta::queue
