#include "mta/queue/settlement.h"

#include <cassert>
#include <cstddef>
#include <optional>
#include <utility>

#include "lib/base/printable.h"
#include "mta/queue/envelope.h"
#include "mta/queue/notify.h"

namespace postern::mta::queue {
namespace {

constexpr size_t kLongestReply = 500;

void Remember(const Outcome& outcome, spool::v1::Recipient& recipient) {
  recipient.set_last_reply(Printable(outcome.reply, kLongestReply));
  recipient.set_last_status(Printable(outcome.status, 16));
  recipient.set_last_host(Printable(outcome.host));
}

using Action = ReportedRecipient::Action;

void AddFailure(ReportedRecipient failed, Settlement& settlement) {
  ++(failed.is_expired ? settlement.tally.expired : settlement.tally.bounced);
  if (WantsFailureReport(failed.recipient)) {
    settlement.reported.push_back(failed);
  }
  settlement.failed.push_back(std::move(failed));
}

Action ActionOf(Outcome::Handover handover) {
  switch (handover) {
    case Outcome::Handover::kRelayed:
      return Action::kRelayed;
    case Outcome::Handover::kExpanded:
      return Action::kExpanded;
    case Outcome::Handover::kPassedOn:
    case Outcome::Handover::kMailbox:
    case Outcome::Handover::kDiscarded:
      break;
  }
  return Action::kDelivered;
}

void AddSuccess(const spool::v1::Recipient& recipient, const Outcome& outcome,
                Settlement& settlement) {
  // One that stands for others is counted with them.
  if (outcome.handover == Outcome::Handover::kDiscarded) {
    ++settlement.tally.discarded;
  } else if (outcome.handover != Outcome::Handover::kExpanded) {
    ++settlement.tally.delivered;
  }
  if (!WantsSuccessReport(recipient) ||
      outcome.handover == Outcome::Handover::kPassedOn) {
    return;
  }
  settlement.reported.push_back(
      {recipient, outcome, ActionOf(outcome.handover)});
}

// `deferrals` are those of the recipients that are left.
void AddDelays(const std::vector<const Outcome*>& deferrals,
               absl::Duration delay_warning_time, absl::Time now,
               Settlement& settlement) {
  spool::v1::Envelope& left = settlement.envelope;
  if (left.delay_reported()) return;
  const absl::Duration age = now - QueuedTime(left);
  for (size_t i = 0; i < deferrals.size(); ++i) {
    const spool::v1::Recipient& recipient =
        left.recipients(static_cast<int>(i));
    if (age < DelayReportAge(recipient, delay_warning_time)) continue;
    settlement.reported.push_back({recipient, *deferrals[i], Action::kDelayed});
    left.set_delay_reported(true);
  }
}

}  // namespace

LifeTally TallyOf(const spool::v1::Envelope& envelope) {
  const spool::v1::Tally& stored = envelope.settled();
  return {.attempts = stored.attempts(),
          .delivered = stored.delivered(),
          .bounced = stored.bounced(),
          .expired = stored.expired(),
          .discarded = stored.discarded()};
}

void StoreTally(const LifeTally& tally, spool::v1::Envelope& envelope) {
  spool::v1::Tally& stored = *envelope.mutable_settled();
  stored.set_attempts(tally.attempts);
  stored.set_delivered(tally.delivered);
  stored.set_bounced(tally.bounced);
  stored.set_expired(tally.expired);
  stored.set_discarded(tally.discarded);
}

Settlement Settle(spool::v1::Envelope envelope,
                  const std::vector<Outcome>& outcomes,
                  const RetrySchedule& schedule,
                  absl::Duration delay_warning_time, absl::Time now) {
  assert(outcomes.size() == static_cast<size_t>(envelope.recipients_size()));
  Settlement settlement;
  google::protobuf::RepeatedPtrField<spool::v1::Recipient> recipients;
  recipients.Swap(envelope.mutable_recipients());
  settlement.envelope = std::move(envelope);
  spool::v1::Envelope& left = settlement.envelope;
  settlement.tally = TallyOf(left);
  ++settlement.tally.attempts;

  std::vector<const Outcome*> deferrals;
  for (size_t i = 0; i < outcomes.size(); ++i) {
    spool::v1::Recipient& recipient = recipients[static_cast<int>(i)];
    if (outcomes[i].kind == Outcome::Kind::kFailed) {
      AddFailure({recipient, outcomes[i], Action::kFailed}, settlement);
    } else if (outcomes[i].kind == Outcome::Kind::kDeferred) {
      Remember(outcomes[i], recipient);
      left.mutable_recipients()->Add(std::move(recipient));
      deferrals.push_back(&outcomes[i]);
    } else {
      AddSuccess(recipient, outcomes[i], settlement);
    }
  }
  if (deferrals.empty()) return settlement;

  left.set_failures(left.failures() + 1);
  const std::optional<absl::Time> next = schedule.NextAttempt(
      static_cast<int>(left.failures()), QueuedTime(left), now);
  if (next) {
    left.set_next_attempt_us(absl::ToUnixMicros(*next));
    AddDelays(deferrals, delay_warning_time, now, settlement);
    StoreTally(settlement.tally, left);
    return settlement;
  }
  for (size_t i = 0; i < deferrals.size(); ++i) {
    AddFailure({left.recipients(static_cast<int>(i)), *deferrals[i],
                Action::kFailed, /*is_expired=*/true},
               settlement);
  }
  left.clear_recipients();
  return settlement;
}

}  // namespace postern::mta::queue
