#include "mta/queue/settlement.h"

#include <cassert>
#include <cstddef>
#include <optional>
#include <utility>

#include "lib/base/printable.h"
#include "mta/queue/envelope.h"

namespace postern::mta::queue {
namespace {

constexpr size_t kLongestReply = 500;

void Remember(const Outcome& outcome, spool::v1::Recipient& recipient) {
  recipient.set_last_reply(Printable(outcome.reply, kLongestReply));
  recipient.set_last_status(Printable(outcome.status, 16));
  recipient.set_last_host(Printable(outcome.host));
}

}  // namespace

Settlement Settle(spool::v1::Envelope envelope,
                  const std::vector<Outcome>& outcomes,
                  const RetrySchedule& schedule, absl::Time now) {
  assert(outcomes.size() == static_cast<size_t>(envelope.recipients_size()));
  Settlement settlement;
  google::protobuf::RepeatedPtrField<spool::v1::Recipient> recipients;
  recipients.Swap(envelope.mutable_recipients());
  settlement.envelope = std::move(envelope);
  spool::v1::Envelope& left = settlement.envelope;

  std::vector<const Outcome*> deferrals;
  for (size_t i = 0; i < outcomes.size(); ++i) {
    spool::v1::Recipient& recipient = recipients[static_cast<int>(i)];
    if (outcomes[i].kind == Outcome::Kind::kFailed) {
      settlement.failed.push_back({recipient.address(), outcomes[i], false});
    } else if (outcomes[i].kind == Outcome::Kind::kDeferred) {
      Remember(outcomes[i], recipient);
      left.mutable_recipients()->Add(std::move(recipient));
      deferrals.push_back(&outcomes[i]);
    }
  }
  if (deferrals.empty()) return settlement;

  left.set_failures(left.failures() + 1);
  const std::optional<absl::Time> next = schedule.NextAttempt(
      static_cast<int>(left.failures()), QueuedTime(left), now);
  if (next) {
    left.set_next_attempt_us(absl::ToUnixMicros(*next));
    return settlement;
  }
  for (size_t i = 0; i < deferrals.size(); ++i) {
    settlement.failed.push_back(
        {left.recipients(static_cast<int>(i)).address(), *deferrals[i], true});
  }
  left.clear_recipients();
  return settlement;
}

}  // namespace postern::mta::queue
