#include "mta/queue/queue_index.h"

#include <algorithm>
#include <cassert>

namespace postern::mta::queue {
namespace {

QueueIndex::State StateOf(const spool::v1::Envelope& envelope) {
  if (envelope.hold()) return QueueIndex::State::kHeld;
  return envelope.failures() > 0 ? QueueIndex::State::kDeferred
                                 : QueueIndex::State::kWaiting;
}

bool IsTimed(QueueIndex::State state) {
  return state == QueueIndex::State::kWaiting ||
         state == QueueIndex::State::kDeferred;
}

}  // namespace

void QueueIndex::Add(QueueId id, const Entry& entry) {
  assert(entry.state != State::kActive);
  const bool is_new = entries_.emplace(id, entry).second;
  assert(is_new);
  (void)is_new;
  if (IsTimed(entry.state)) due_.Add(id, entry.due_us, entry.flow);
  NoteState(id, entry.state);
  total_bytes_ += entry.size_bytes;
}

void QueueIndex::NoteState(QueueId id, State state) {
  const int index = static_cast<int>(state);
  ++counts_[index];
  oldest_hints_[index] = std::min(oldest_hints_[index], id);
}

void QueueIndex::Activate(QueueId id) {
  const auto entry = entries_.find(id);
  assert(entry != entries_.end());
  Change(entry, State::kActive, entry->second.due_us);
}

std::optional<QueueId> QueueIndex::ActivateDue(absl::Time now, size_t limit) {
  has_passed_over_ = false;
  const std::optional<QueueId> id = due_.First(
      absl::ToUnixMicros(now),
      [this, limit](Flow flow) { return HasRoom(flow, limit); },
      has_passed_over_);
  if (id) Activate(*id);
  return id;
}

void QueueIndex::Defer(QueueId id, absl::Time due) {
  const auto entry = entries_.find(id);
  assert(entry != entries_.end());
  Change(entry, State::kDeferred, absl::ToUnixMicros(due));
}

void QueueIndex::Hold(QueueId id) {
  const auto entry = entries_.find(id);
  assert(entry != entries_.end());
  Change(entry, State::kHeld, entry->second.due_us);
}

bool QueueIndex::Advance(QueueId id, absl::Time due) {
  const auto entry = entries_.find(id);
  if (entry == entries_.end() || !IsTimed(entry->second.state)) return false;
  Change(entry, entry->second.state, absl::ToUnixMicros(due));
  return true;
}

void QueueIndex::BringForward(absl::Duration by) {
  due_ = DueOrder();
  for (auto& [id, entry] : entries_) {
    if (!IsTimed(entry.state)) continue;
    entry.due_us -= absl::ToInt64Microseconds(by);
    due_.Add(id, entry.due_us, entry.flow);
  }
}

void QueueIndex::Remove(QueueId id) {
  const auto entry = entries_.find(id);
  if (entry == entries_.end()) return;
  if (IsTimed(entry->second.state)) {
    due_.Remove(id, entry->second.due_us, entry->second.flow);
  } else if (entry->second.state == State::kActive) {
    share_.End(entry->second.flow);
  }
  --counts_[static_cast<int>(entry->second.state)];
  total_bytes_ -= entry->second.size_bytes;
  entries_.erase(entry);
}

bool QueueIndex::Mark(QueueId id, Wish wish) {
  const auto entry = entries_.find(id);
  if (entry == entries_.end() || entry->second.state != State::kActive) {
    return false;
  }
  if (entry->second.wish != Wish::kDelete) entry->second.wish = wish;
  return true;
}

const QueueIndex::Entry* QueueIndex::Find(QueueId id) const {
  const auto entry = entries_.find(id);
  return entry == entries_.end() ? nullptr : &entry->second;
}

std::vector<std::pair<QueueId, QueueIndex::Entry>> QueueIndex::After(
    std::optional<QueueId> after, size_t limit) const {
  std::vector<std::pair<QueueId, Entry>> entries;
  auto entry = after ? entries_.upper_bound(*after) : entries_.begin();
  for (; entry != entries_.end() && entries.size() < limit; ++entry) {
    entries.push_back(*entry);
  }
  return entries;
}

std::optional<QueueId> QueueIndex::NextAtRest(std::optional<QueueId> after,
                                              absl::Time spared) const {
  const int64_t spared_us = absl::ToUnixMicros(spared);
  auto entry = after ? entries_.upper_bound(*after) : entries_.begin();
  for (; entry != entries_.end(); ++entry) {
    const auto& [id, known] = *entry;
    if (known.state == State::kHeld) return id;
    if (IsTimed(known.state) && known.due_us >= spared_us) return id;
  }
  return std::nullopt;
}

std::optional<absl::Time> QueueIndex::NextDue(absl::Time now) const {
  const std::optional<int64_t> next = due_.NextAfter(absl::ToUnixMicros(now));
  if (!next) return std::nullopt;
  return absl::FromUnixMicros(*next);
}

std::optional<QueueId> QueueIndex::Oldest() const {
  if (entries_.empty()) return std::nullopt;
  return entries_.begin()->first;
}

std::optional<QueueId> QueueIndex::OldestIn(State state) {
  if (Count(state) == 0) return std::nullopt;
  QueueId& hint = oldest_hints_[static_cast<int>(state)];
  auto entry = entries_.lower_bound(hint);
  while (entry->second.state != state) ++entry;
  hint = entry->first;
  return hint;
}

void QueueIndex::Change(Entries::iterator entry, State state, int64_t due_us) {
  const auto& [id, old] = *entry;
  if (IsTimed(old.state)) due_.Remove(id, old.due_us, old.flow);
  if (old.state == State::kActive) share_.End(old.flow);
  --counts_[static_cast<int>(old.state)];
  entry->second.state = state;
  entry->second.due_us = due_us;
  entry->second.wish = Wish::kNone;
  NoteState(id, state);
  if (IsTimed(state)) due_.Add(id, due_us, entry->second.flow);
  if (state == State::kActive) share_.Begin(entry->second.flow);
}

QueueIndex::Entry EntryFor(const spool::v1::Envelope& envelope) {
  return {.due_us = envelope.next_attempt_us(),
          .size_bytes = envelope.size_bytes(),
          .state = StateOf(envelope),
          .flow = FlowOf(envelope)};
}

}  // namespace postern::mta::queue
