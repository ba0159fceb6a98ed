// Mail that goes elsewhere: the part of Scheduler that takes messages out of
// delivery, and deletes them once somebody else has them.

#include <optional>
#include <utility>
#include <vector>

#include "lib/base/log.h"
#include "mta/queue/scheduler.h"

namespace postern::mta::queue {

std::vector<Scheduler::Claimed> Scheduler::Claim(absl::Span<const QueueId> ids,
                                                 size_t& busy) {
  absl::MutexLock lock(&mutex_);
  std::vector<Claimed> claimed;
  for (const QueueId id : ids) {
    const QueueIndex::Entry* entry = index_.Find(id);
    if (entry == nullptr) continue;
    if (entry->state == QueueIndex::State::kActive) {
      ++busy;
      continue;
    }
    claimed.push_back({id, *entry});
    index_.Activate(id);
  }
  return claimed;
}

absl::Status Scheduler::GiveAway(const std::vector<Claimed>& claimed) {
  Edit edit;
  std::vector<std::pair<QueueId, spool::v1::Envelope>> given;
  std::vector<Claimed> unreadable;  // An attempt sets them aside.
  for (const Claimed& claim : claimed) {
    auto envelope = parts_.spool.ReadEnvelope(claim.id);
    if (envelope.ok()) {
      edit.Remove(claim.id, *envelope);
      given.emplace_back(claim.id, *std::move(envelope));
    } else {
      unreadable.push_back(claim);
    }
  }
  const absl::Status status = parts_.spool.ApplyBlocking(std::move(edit));
  if (!status.ok()) {
    Unclaim(claimed);
    return status;
  }
  {
    absl::MutexLock lock(&mutex_);
    for (const auto& [id, envelope] : given) index_.Remove(id);
    metrics_.ShowDepth(index_);
  }
  for (const auto& [id, envelope] : given) {
    metrics_.CountRemoval(
        {.id = id,
         .envelope = envelope,
         .tally = TallyOf(envelope),
         .given_away = static_cast<uint32_t>(envelope.recipients_size()),
         .now = parts_.clock.Now()});
  }
  Unclaim(unreadable);
  return absl::OkStatus();
}

void Scheduler::Unclaim(const std::vector<Claimed>& claimed) {
  if (claimed.empty()) return;
  std::vector<QueueId> to_delete;
  std::vector<QueueId> to_hold;
  {
    absl::MutexLock lock(&mutex_);
    for (const Claimed& claim : claimed) {
      const Wish wish = index_.Find(claim.id)->wish;
      if (wish == Wish::kDelete) to_delete.push_back(claim.id);
      if (wish == Wish::kHold) to_hold.push_back(claim.id);
      index_.Remove(claim.id);
      index_.Add(claim.id, claim.before);
    }
    metrics_.ShowDepth(index_);
  }
  wake_.Set();
  absl::Status status = Delete(to_delete).status();
  status.Update(Hold(to_hold).status());
  if (!status.ok()) log::Error("wish_not_done", {{"error", status}});
}

}  // namespace postern::mta::queue
