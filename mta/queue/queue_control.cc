// What the operator does to the queue: the part of Scheduler that posternctl
// reaches.

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "lib/base/log.h"
#include "lib/base/status_macros.h"
#include "mta/queue/scheduler.h"

namespace postern::mta::queue {
namespace {

absl::Status NoSuchMessage(QueueId id) {
  return absl::NotFoundError(
      absl::StrCat(id.ToString(), ": no such message in the queue"));
}

}  // namespace

std::vector<std::pair<QueueId, QueueIndex::Entry>> Scheduler::List(
    std::optional<QueueId> after, size_t limit) const {
  absl::MutexLock lock(&mutex_);
  return index_.After(after, limit);
}

std::optional<QueueIndex::Entry> Scheduler::Find(QueueId id) const {
  absl::MutexLock lock(&mutex_);
  const QueueIndex::Entry* entry = index_.Find(id);
  return entry == nullptr ? std::nullopt : std::optional(*entry);
}

Scheduler::Totals Scheduler::CountAll() const {
  using State = QueueIndex::State;
  absl::MutexLock lock(&mutex_);
  return {.waiting = index_.Count(State::kWaiting),
          .active = index_.Count(State::kActive),
          .deferred = index_.Count(State::kDeferred),
          .held = index_.Count(State::kHeld),
          .bytes = index_.total_bytes()};
}

size_t Scheduler::FlushEach(const std::vector<QueueId>& ids) {
  absl::MutexLock lock(&mutex_);
  const absl::Time now = parts_.clock.Now();
  size_t count = 0;
  for (const QueueId id : ids) count += index_.Advance(id, now) ? 1 : 0;
  if (count > 0) {
    log::Info("queue_flushed", {{"messages", count}});
    wake_.Set();
  }
  return count;
}

absl::Status Scheduler::Flush(QueueId id) {
  absl::MutexLock lock(&mutex_);
  if (!index_.Advance(id, parts_.clock.Now())) {
    const QueueIndex::Entry* entry = index_.Find(id);
    if (entry == nullptr) return NoSuchMessage(id);
    return absl::NotFoundError(
        absl::StrCat(id.ToString(), entry->state == QueueIndex::State::kHeld
                                        ? ": is on hold: release it"
                                        : ": is being delivered right now"));
  }
  wake_.Set();
  return absl::OkStatus();
}

absl::StatusOr<size_t> Scheduler::Delete(const std::vector<QueueId>& ids) {
  absl::MutexLock control(&control_mutex_);
  size_t count = 0;
  const std::vector<QueueId> taken = TakeForDeletion(ids, count);
  Edit edit;
  std::vector<QueueId> unreadable;
  std::vector<std::pair<QueueId, spool::v1::Envelope>> readable;
  for (const QueueId id : taken) {
    auto envelope = parts_.spool.ReadEnvelope(id);
    if (envelope.ok()) {
      edit.Remove(id, *envelope);
      readable.emplace_back(id, *std::move(envelope));
    } else {
      unreadable.push_back(id);
    }
  }
  absl::Status status = parts_.spool.ApplyBlocking(std::move(edit));
  for (const QueueId id : unreadable) {
    if (status.ok()) status = parts_.spool.SetAside(id, "unreadable");
    if (status.ok()) status = parts_.spool.DeleteDamaged(id);
  }
  EndDeletion(taken, status);
  RETURN_IF_ERROR(status);
  for (const auto& [id, envelope] : readable) {
    metrics_.CountRemoval(
        {.id = id,
         .envelope = envelope,
         .tally = TallyOf(envelope),
         .deleted = static_cast<uint32_t>(envelope.recipients_size()),
         .now = parts_.clock.Now()});
  }
  count += taken.size();
  const std::map<QueueId, std::string> damaged = parts_.spool.Damaged();
  for (const QueueId id : ids) {
    if (damaged.count(id) == 0) continue;
    RETURN_IF_ERROR(parts_.spool.DeleteDamaged(id));
    ++count;
  }
  return count;
}

std::vector<QueueId> Scheduler::TakeForDeletion(const std::vector<QueueId>& ids,
                                                size_t& marked) {
  absl::MutexLock lock(&mutex_);
  std::vector<QueueId> taken;
  for (const QueueId id : ids) {
    if (index_.Mark(id, Wish::kDelete)) {
      ++marked;
    } else if (index_.Find(id) != nullptr) {
      index_.Activate(id);  // So that no attempt begins meanwhile.
      taken.push_back(id);
    }
  }
  return taken;
}

void Scheduler::EndDeletion(const std::vector<QueueId>& taken,
                            const absl::Status& status) {
  absl::MutexLock lock(&mutex_);
  for (const QueueId id : taken) {
    if (status.ok()) {
      index_.Remove(id);
      log::Info("deleted", {{"queue_id", id.ToString()}});
    } else {
      index_.Defer(id, parts_.clock.Now());
    }
  }
  metrics_.ShowDepth(index_);
  wake_.Set();
}

absl::StatusOr<size_t> Scheduler::Hold(const std::vector<QueueId>& ids) {
  return SetHold(ids, /*holds=*/true);
}

absl::StatusOr<size_t> Scheduler::Release(const std::vector<QueueId>& ids) {
  return SetHold(ids, /*holds=*/false);
}

absl::StatusOr<size_t> Scheduler::SetHold(const std::vector<QueueId>& ids,
                                          bool holds) {
  absl::MutexLock control(&control_mutex_);
  size_t count = 0;
  const std::vector<QueueId> taken = TakeForHold(ids, holds, count);
  Edit edit;
  std::vector<QueueId> readable;
  std::vector<QueueId> unreadable;  // An attempt sets them aside.
  for (const QueueId id : taken) {
    auto envelope = parts_.spool.ReadEnvelope(id);
    (envelope.ok() ? readable : unreadable).push_back(id);
    if (!envelope.ok()) continue;
    envelope->set_hold(holds);
    if (!holds) {
      envelope->set_next_attempt_us(absl::ToUnixMicros(parts_.clock.Now()));
    }
    edit.Update(id, *envelope);
  }
  const absl::Status status = parts_.spool.ApplyBlocking(std::move(edit));
  EndHold(readable, status.ok() == holds);
  EndHold(unreadable, /*is_held=*/false);
  RETURN_IF_ERROR(status);
  for (const QueueId id : readable) {
    log::Info(holds ? "held" : "released", {{"queue_id", id.ToString()}});
  }
  return count + readable.size();
}

std::vector<QueueId> Scheduler::TakeForHold(const std::vector<QueueId>& ids,
                                            bool holds, size_t& marked) {
  absl::MutexLock lock(&mutex_);
  std::vector<QueueId> taken;
  for (const QueueId id : ids) {
    const QueueIndex::Entry* entry = index_.Find(id);
    if (entry == nullptr) continue;
    const bool is_held = entry->state == QueueIndex::State::kHeld;
    if (entry->state == QueueIndex::State::kActive) {
      if (entry->wish != (holds ? Wish::kNone : Wish::kHold)) continue;
      index_.Mark(id, holds ? Wish::kHold : Wish::kNone);
      ++marked;
    } else if (is_held != holds) {
      index_.Activate(id);
      taken.push_back(id);
    }
  }
  return taken;
}

void Scheduler::EndHold(const std::vector<QueueId>& taken, bool is_held) {
  absl::MutexLock lock(&mutex_);
  for (const QueueId id : taken) {
    if (is_held) {
      index_.Hold(id);
    } else {
      index_.Defer(id, parts_.clock.Now());
    }
  }
  metrics_.ShowDepth(index_);
  wake_.Set();
}

}  // namespace postern::mta::queue
