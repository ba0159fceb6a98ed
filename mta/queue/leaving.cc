// How messages leave for another relay when the program ends: the part of
// Scheduler that mta/outbound/handoff.h works with.

#include <cstdint>
#include <utility>

#include "lib/base/log.h"
#include "lib/net/runtime.h"
#include "mta/queue/removal.h"
#include "mta/queue/scheduler.h"

namespace postern::mta::queue {

void Scheduler::DeliverInDrain() {
  delivers_in_drain_ = true;
  StartDue();
}

std::optional<Scheduler::Leaving> Scheduler::TakeLeaving(
    std::optional<QueueId> after, absl::Time spared,
    const std::function<bool(QueueId)>& is_wanted) {
  Claimed claimed;
  {
    absl::MutexLock lock(&mutex_);
    std::optional<QueueId> id = after;
    do {
      id = index_.NextAtRest(id, spared);
      if (!id) return std::nullopt;
    } while (!is_wanted(*id));
    claimed = {*id, *index_.Find(*id)};
    index_.Activate(*id);
  }
  Leaving leaving = {.claimed = claimed,
                     .envelope = parts_.spool.ReadEnvelope(claimed.id),
                     .content = nullptr};
  if (leaving.envelope.ok()) {
    leaving.content = parts_.spool.OpenContent(claimed.id, *leaving.envelope);
  }
  return leaving;
}

net::Task<absl::Status> Scheduler::EndLeaving(Leaving leaving) {
  const QueueId id = leaving.id();
  Edit edit;
  edit.Remove(id, *leaving.envelope);
  const absl::Status status = co_await parts_.spool.Apply(std::move(edit));
  if (!status.ok()) {
    log::Error("handoff_not_recorded",
               {{"queue_id", id.ToString()}, {"error", status}});
    co_await StayBehind(std::move(leaving));
    co_return status;
  }
  if (WishFor(id) != Wish::kNone) {  // Too late to be kept here.
    log::Warning("handed_off_all_the_same", {{"queue_id", id.ToString()}});
  }
  const spool::v1::Envelope& envelope = *leaving.envelope;
  metrics_.CountRemoval(
      {.id = id,
       .envelope = envelope,
       .tally = TallyOf(envelope),
       .given_away = static_cast<uint32_t>(envelope.recipients_size()),
       .now = parts_.clock.Now()});
  Finish(id, std::nullopt);
  co_return absl::OkStatus();
}

net::Task<> Scheduler::StayBehind(Leaving leaving) {
  co_await net::Blocking([this, &leaving] { Unclaim({leaving.claimed}); });
}

Scheduler::Rest Scheduler::WhatIsLeft() const {
  absl::MutexLock lock(&mutex_);
  return {.messages = index_.size(),
          .held = index_.Count(QueueIndex::State::kHeld),
          .in_delivery = index_.Count(QueueIndex::State::kActive)};
}

}  // namespace postern::mta::queue
