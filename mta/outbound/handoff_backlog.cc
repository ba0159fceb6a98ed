#include "mta/outbound/handoff_backlog.h"

#include <algorithm>
#include <utility>

namespace postern::mta::outbound {

using queue::QueueId;

void HandoffBacklog::Spare(absl::Time time) {
  absl::MutexLock lock(&mutex_);
  spared_ = time;
  ++changes_;
}

// The scheduler's lock comes before ours.
std::optional<HandoffBacklog::Leaving> HandoffBacklog::Take(size_t peer) {
  std::optional<QueueId> cursor;
  absl::Time spared;
  uint64_t changes;
  {
    absl::MutexLock lock(&mutex_);
    cursor = peers_[peer].cursor;
    spared = spared_;
    changes = changes_;
    ++on_their_way_;  // Before it is taken, so that it is never overlooked.
  }
  const auto is_wanted = [this, peer](QueueId id) {
    absl::MutexLock lock(&mutex_);
    return !kept_.contains(id) && !peers_[peer].refused.contains(id);
  };
  std::optional<Leaving> leaving =
      scheduler_.TakeLeaving(cursor, spared, is_wanted);
  if (!leaving && cursor) {  // From the beginning.
    leaving = scheduler_.TakeLeaving(std::nullopt, spared, is_wanted);
  }
  absl::MutexLock lock(&mutex_);
  if (leaving) {
    peers_[peer].cursor = leaving->id();
  } else {
    peers_[peer].cursor = std::nullopt;
    peers_[peer].found_nothing_at = changes;
    --on_their_way_;
  }
  return leaving;
}

net::Task<absl::Status> HandoffBacklog::End(Leaving leaving) {
  const absl::Status status =
      co_await scheduler_.EndLeaving(std::move(leaving));
  EndOne();
  co_return status;
}

net::Task<> HandoffBacklog::PutBack(Leaving leaving, size_t peer,
                                    bool is_refused) {
  if (is_refused) {
    absl::MutexLock lock(&mutex_);
    peers_[peer].refused.insert(leaving.id());
  }
  co_await scheduler_.StayBehind(std::move(leaving));
  EndOne();
}

net::Task<> HandoffBacklog::Keep(Leaving leaving) {
  {
    absl::MutexLock lock(&mutex_);
    kept_.insert(leaving.id());
  }
  co_await scheduler_.StayBehind(std::move(leaving));
  EndOne();
}

void HandoffBacklog::EndOne() {
  absl::MutexLock lock(&mutex_);
  --on_their_way_;
  ++changes_;
}

void HandoffBacklog::NoteChange() {
  absl::MutexLock lock(&mutex_);
  ++changes_;
}

bool HandoffBacklog::IsExhausted(const std::vector<size_t>& peers) const {
  absl::MutexLock lock(&mutex_);
  return on_their_way_ == 0 &&
         std::all_of(peers.begin(), peers.end(), [this](size_t peer) {
           mutex_.AssertHeld();
           return peers_[peer].found_nothing_at == changes_;
         });
}

size_t HandoffBacklog::kept() const {
  absl::MutexLock lock(&mutex_);
  return kept_.size();
}

}  // namespace postern::mta::outbound
