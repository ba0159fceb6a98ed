// What the operator does to the queue: the part of Scheduler that posternctl
// reaches.

#include <optional>
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

size_t Scheduler::FlushAll() {
  absl::MutexLock lock(&mutex_);
  const size_t count = index_.AdvanceAll(parts_.clock.Now());
  log::Info("queue flushed", {{"messages", count}});
  wake_.Set();
  return count;
}

absl::Status Scheduler::Flush(QueueId id) {
  absl::MutexLock lock(&mutex_);
  if (!index_.Advance(id, parts_.clock.Now())) {
    return index_.Find(id) == nullptr
               ? NoSuchMessage(id)
               : absl::NotFoundError(absl::StrCat(
                     id.ToString(), ": is being delivered right now"));
  }
  wake_.Set();
  return absl::OkStatus();
}

absl::Status Scheduler::Delete(QueueId id) {
  {
    absl::MutexLock lock(&mutex_);
    if (index_.MarkDeleted(id)) return absl::OkStatus();
    if (index_.Find(id) != nullptr) {
      index_.Activate(id);  // So that no attempt begins meanwhile.
    } else if (parts_.spool.Damaged().count(id) == 0) {
      return NoSuchMessage(id);
    }
  }
  const absl::Status status = DeleteStored(id);
  absl::MutexLock lock(&mutex_);
  if (status.ok()) {
    log::Info("deleted by the operator", {{"queue_id", id.ToString()}});
    index_.Remove(id);
  } else if (index_.Find(id) != nullptr) {
    index_.Defer(id, parts_.clock.Now());
  }
  metrics_.ShowDepth(index_);
  wake_.Set();
  return status;
}

absl::Status Scheduler::DeleteStored(QueueId id) {
  const absl::StatusOr<spool::v1::Envelope> envelope =
      parts_.spool.ReadEnvelope(id);
  if (absl::IsNotFound(envelope.status())) {
    return parts_.spool.DeleteDamaged(id);
  }
  RETURN_IF_ERROR(envelope.status());
  Edit edit;
  edit.Remove(id, envelope->chunks());
  return parts_.spool.ApplyBlocking(std::move(edit));
}

}  // namespace postern::mta::queue
