#include "mta/queue/queue_config.h"

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "lib/base/file.h"
#include "lib/base/status_macros.h"
#include "lib/config/config.h"

namespace postern::mta::queue {
namespace {

constexpr size_t kLongestTemplates = 64 << 10;
// RFC 8460 section 5.5.
constexpr absl::Duration kTlsReportLifetime = absl::Hours(24);

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

// A duration under its name and a unit, as bounce(5) has them.
void AddDuration(absl::string_view name,
                 const google::protobuf::Duration& duration,
                 std::map<std::string, std::string>& variables) {
  const std::pair<const char*, absl::Duration> units[] = {
      {"_seconds", absl::Seconds(1)},
      {"_minutes", absl::Minutes(1)},
      {"_hours", absl::Hours(1)},
      {"_days", absl::Hours(24)},
      {"_weeks", absl::Hours(24 * 7)}};
  for (const auto& [unit, size] : units) {
    variables[absl::StrCat(name, unit)] =
        absl::StrCat(config::FromProto(duration) / size);
  }
}

absl::StatusOr<BounceTemplates> TemplatesFrom(const config::v1::Mta& config,
                                              const std::string& myhostname) {
  if (config.bounce_template_file().empty()) return BounceTemplates();
  std::map<std::string, std::string> variables = {
      {"myhostname", myhostname},
      {"mydomain", config.mydomain()},
      {"myorigin", config.myorigin()},
      {"bounce_size_limit", absl::StrCat(config.bounce_size_limit())}};
  const config::v1::Queue& queue = config.queue();
  AddDuration("delay_warning_time", config.delay_warning_time(), variables);
  AddDuration("maximal_queue_lifetime", queue.maximal_queue_lifetime(),
              variables);
  AddDuration("bounce_queue_lifetime", queue.bounce_queue_lifetime(),
              variables);
  ASSIGN_OR_RETURN(const std::string text,
                   ReadFile(config.bounce_template_file(), kLongestTemplates));
  return ParseBounceTemplates(text, variables);
}

absl::StatusOr<ReporterOptions> ReporterFrom(const config::v1::Mta& config,
                                             std::string myhostname) {
  absl::StatusOr<BounceTemplates> templates = TemplatesFrom(config, myhostname);
  if (!templates.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat("bounce_template_file: ", templates.status().message()));
  }
  return ReporterOptions{
      .report = {.myhostname = std::move(myhostname),
                 .size_limit_bytes = config.bounce_size_limit(),
                 .templates = *std::move(templates)},
      .limits = {.each = config.queue().reader_report_rate_limit(),
                 .all = config.queue().report_rate_limit()},
      .double_bounce_recipient = config.double_bounce_notice_recipient(),
      .reports_on_automatic_mail = config.queue().report_automatic_mail()};
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
  ASSIGN_OR_RETURN(ReporterOptions reporter,
                   ReporterFrom(config, std::move(myhostname)));
  return SchedulerOptions{
      .schedule = schedule,
      .bounce_schedule = *std::move(bounce_schedule),
      .tls_report_schedule = schedule.EndingAfter(kTlsReportLifetime),
      .reporter = std::move(reporter),
      .delay_warning_time = config::FromProto(config.delay_warning_time()),
      .active_limit = queue.qmgr_message_active_limit()};
}

}  // namespace postern::mta::queue
