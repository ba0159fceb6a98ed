#include "mta/queue/notify.h"

#include <string>

#include "absl/strings/match.h"
#include "gtest/gtest.h"

namespace postern::mta::queue {
namespace {

spool::v1::Recipient With(const std::string& notify) {
  spool::v1::Recipient recipient;
  recipient.set_notify_never(absl::StrContains(notify, "NEVER"));
  recipient.set_notify_success(absl::StrContains(notify, "SUCCESS"));
  recipient.set_notify_failure(absl::StrContains(notify, "FAILURE"));
  recipient.set_notify_delay(absl::StrContains(notify, "DELAY"));
  return recipient;
}

TEST(NotifyTest, TellsTheSenderWhatHeAskedFor) {
  constexpr absl::Duration kNever = absl::InfiniteDuration();
  constexpr absl::Duration kHour = absl::Hours(1);
  struct Case {
    const char* notify;
    bool failure;
    bool success;
    absl::Duration delay;             // With delay_warning_time = 0.
    absl::Duration configured_delay;  // With delay_warning_time = 1h.
  };
  const Case cases[] = {
      {"", true, false, kNever, kHour},
      {"NEVER", false, false, kNever, kNever},
      {"FAILURE", true, false, kNever, kNever},
      {"SUCCESS", false, true, kNever, kNever},
      {"DELAY", false, false, absl::Hours(4), kHour},
      {"SUCCESS,FAILURE,DELAY", true, true, absl::Hours(4), kHour},
      // A damaged envelope: the wish for silence counts.
      {"NEVER,SUCCESS,FAILURE,DELAY", false, false, kNever, kNever},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.notify);
    const spool::v1::Recipient recipient = With(c.notify);
    EXPECT_EQ(WantsFailureReport(recipient), c.failure);
    EXPECT_EQ(WantsSuccessReport(recipient), c.success);
    EXPECT_EQ(DelayReportAge(recipient, absl::ZeroDuration()), c.delay);
    EXPECT_EQ(DelayReportAge(recipient, kHour), c.configured_delay);
  }
}

}  // namespace
}  // namespace postern::mta::queue
