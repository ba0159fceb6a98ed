// What the operator decides in the place of the next hops: the part of
// Scheduler that begins mail anew, gives it up, or sends it to somebody else.

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "lib/base/log.h"
#include "lib/base/status_macros.h"
#include "mta/queue/envelope.h"
#include "mta/queue/scheduler.h"

namespace postern::mta::queue {
namespace {

// So many messages are taken out of delivery at a time; reports on them are in
// memory together.
constexpr size_t kTogether = 100;

void BeginAnew(absl::Time now, spool::v1::Envelope& envelope) {
  envelope.set_failures(0);
  envelope.set_next_attempt_us(absl::ToUnixMicros(now));
  envelope.set_to_be_rewritten(true);
  for (spool::v1::Recipient& recipient : *envelope.mutable_recipients()) {
    recipient.clear_last_reply();
    recipient.clear_last_status();
    recipient.clear_last_host();
  }
}

}  // namespace

absl::StatusOr<Scheduler::Changed> Scheduler::Requeue(
    const std::vector<QueueId>& ids) {
  return OverrideEach(
      ids, "requeued",
      [now = parts_.clock.Now()](QueueId id, spool::v1::Envelope& envelope,
                                 Edit& edit) {
        BeginAnew(now, envelope);
        envelope.set_hold(false);
        edit.Update(id, envelope);
      });
}

absl::StatusOr<Scheduler::Changed> Scheduler::Redirect(
    const std::vector<QueueId>& ids, absl::string_view address) {
  return OverrideEach(
      ids, "redirected",
      [address, now = parts_.clock.Now()](
          QueueId id, spool::v1::Envelope& envelope, Edit& edit) {
        envelope.clear_recipients();
        envelope.add_recipients()->set_address(std::string(address));
        BeginAnew(now, envelope);
        edit.Update(id, envelope);
      });
}

absl::StatusOr<Scheduler::Changed> Scheduler::Bounce(
    const std::vector<QueueId>& ids, absl::string_view status,
    absl::string_view text) {
  const Outcome outcome = {Outcome::Kind::kFailed, std::string(status),
                           std::string(text), ""};
  return OverrideEach(
      ids, "bounced_by_operator",
      [this, &outcome](QueueId id, spool::v1::Envelope& envelope, Edit& edit) {
        const std::vector<Outcome> outcomes(envelope.recipients_size(),
                                            outcome);
        const Settlement settlement =
            Settle(envelope, outcomes, ScheduleFor(envelope),
                   options_.delay_warning_time, parts_.clock.Now());
        const auto content = parts_.spool.OpenContent(id, envelope);
        parts_.runtime.BlockOn(
            AddReport(id, envelope, settlement, *content, edit));
        edit.Remove(id, envelope);
        envelope.clear_recipients();
        LifeTally tally = settlement.tally;
        --tally.attempts;  // Nobody was asked.
        StoreTally(tally, envelope);
      });
}

absl::StatusOr<Scheduler::Changed> Scheduler::OverrideEach(
    const std::vector<QueueId>& ids, absl::string_view event,
    const Override& change) {
  absl::MutexLock control(&control_mutex_);
  Changed changed;
  for (size_t begin = 0; begin < ids.size(); begin += kTogether) {
    RETURN_IF_ERROR(
        OverrideSome(absl::MakeConstSpan(ids).subspan(begin, kTogether), event,
                     change, changed));
  }
  return changed;
}

absl::Status Scheduler::OverrideSome(absl::Span<const QueueId> ids,
                                     absl::string_view event,
                                     const Override& change, Changed& changed) {
  std::vector<Taken> taken = TakeForOverride(ids, changed.busy);
  Edit edit;
  for (Taken& message : taken) {
    auto envelope = parts_.spool.ReadEnvelope(message.id);
    if (!envelope.ok()) continue;  // An attempt sets it aside.
    message.after = *std::move(envelope);
    change(message.id, *message.after, edit);
  }
  const absl::Status status = parts_.spool.ApplyBlocking(std::move(edit));
  EndOverride(taken, status.ok());
  RETURN_IF_ERROR(status);
  for (const Taken& message : taken) {
    if (!message.after) continue;
    ++changed.messages;
    log::Info(event, {{"queue_id", message.id.ToString()}});
    if (!message.after->recipients().empty()) continue;
    metrics_.CountRemoval({.id = message.id,
                           .envelope = *message.after,
                           .tally = TallyOf(*message.after),
                           .now = parts_.clock.Now()});
  }
  return absl::OkStatus();
}

std::vector<Scheduler::Taken> Scheduler::TakeForOverride(
    absl::Span<const QueueId> ids, size_t& busy) {
  std::vector<Taken> taken;
  for (const Claimed& claim : Claim(ids, busy)) {
    taken.push_back({claim.id, claim.before, std::nullopt});
  }
  return taken;
}

void Scheduler::EndOverride(const std::vector<Taken>& taken, bool is_done) {
  absl::MutexLock lock(&mutex_);
  for (const Taken& message : taken) {
    const bool is_changed = is_done && message.after;
    index_.Remove(message.id);
    if (!is_changed) {
      index_.Add(message.id, message.before);
    } else if (!message.after->recipients().empty()) {
      index_.Add(message.id, EntryFor(*message.after));
    }
  }
  metrics_.ShowDepth(index_);
  wake_.Set();
}

}  // namespace postern::mta::queue
