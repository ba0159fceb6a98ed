#include "mta/queue/notify.h"

namespace postern::mta::queue {
namespace {

constexpr absl::Duration kUsualDelay = absl::Hours(4);

bool SaysNothing(const spool::v1::Recipient& recipient) {
  return !recipient.notify_never() && !recipient.notify_success() &&
         !recipient.notify_failure() && !recipient.notify_delay();
}

}  // namespace

bool WantsFailureReport(const spool::v1::Recipient& recipient) {
  return SaysNothing(recipient) ||
         (recipient.notify_failure() && !recipient.notify_never());
}

bool WantsSuccessReport(const spool::v1::Recipient& recipient) {
  return recipient.notify_success() && !recipient.notify_never();
}

absl::Duration DelayReportAge(const spool::v1::Recipient& recipient,
                              absl::Duration delay_warning_time) {
  const bool asked = recipient.notify_delay() && !recipient.notify_never();
  if (delay_warning_time > absl::ZeroDuration()) {
    return asked || SaysNothing(recipient) ? delay_warning_time
                                           : absl::InfiniteDuration();
  }
  return asked ? kUsualDelay : absl::InfiniteDuration();
}

}  // namespace postern::mta::queue
