// What is in the queue and when each message is due: about 80 bytes a message.
//
// Threads: one at a time; the scheduler's lock guards it.

#ifndef POSTERN_MTA_QUEUE_QUEUE_INDEX_H_
#define POSTERN_MTA_QUEUE_QUEUE_INDEX_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/time/time.h"
#include "mta/queue/due_order.h"
#include "mta/queue/fair_share.h"
#include "mta/queue/queue_id.h"
#include "proto/spool/v1/envelope.pb.h"

namespace postern::mta::queue {

class QueueIndex {
 public:
  enum class State : uint8_t {
    kWaiting,   // Not tried yet.
    kActive,    // An attempt is running.
    kDeferred,  // Tried before, waits for the next attempt.
    kHeld,      // Waits until somebody releases it.
  };
  // What the operator wants of a message once its attempt has ended.
  enum class Wish : uint8_t { kNone, kHold, kDelete };
  struct Entry {
    int64_t due_us = 0;
    int64_t size_bytes = 0;
    State state = State::kWaiting;
    Wish wish = Wish::kNone;  // Of an active message.
    Flow flow;
  };

  // Adds a message that is not active.
  void Add(QueueId id, const Entry& entry);
  // Marks a message that is not active as active.
  void Activate(QueueId id);
  // Tells whether a message of this flow may become active when `limit` may be.
  bool HasRoom(Flow flow, size_t limit) const {
    return share_.HasRoom(flow, limit);
  }
  // Returns and activates the message that has been due longest of those that
  // there is room for (fair_share.h), or nullopt if none is due at `now`.
  std::optional<QueueId> ActivateDue(absl::Time now, size_t limit);
  // The latest ActivateDue() found mail that there was no room for.
  bool has_passed_over() const { return has_passed_over_; }
  // Ends an attempt: the message is deferred until `due`.
  void Defer(QueueId id, absl::Time due);
  // Ends an attempt, or whatever an active message was taken for: it is held.
  void Hold(QueueId id);
  // Makes a message that waits or is deferred due at `due`; false if it is
  // not there, or is active or held.
  bool Advance(QueueId id, absl::Time due);
  // Makes each of them due earlier: the clock went back by so much.
  void BringForward(absl::Duration by);
  void Remove(QueueId id);
  // Remembers the wish for an active message; false if it is not active. What
  // is to be deleted is deleted, whatever is wished later.
  bool Mark(QueueId id, Wish wish);

  // Returns the entry, or nullptr; valid until the next change.
  const Entry* Find(QueueId id) const;
  // Returns the entries in order of age, from the first after `after`, at most
  // `limit`.
  std::vector<std::pair<QueueId, Entry>> After(std::optional<QueueId> after,
                                               size_t limit) const;

  // Returns the first after `after` that is not active, nor waits to be tried
  // before `spared`.
  std::optional<QueueId> NextAtRest(std::optional<QueueId> after,
                                    absl::Time spared) const;

  // When the next message is due after `now`; nullopt: none waits.
  std::optional<absl::Time> NextDue(absl::Time now) const;
  std::optional<QueueId> Oldest() const;
  // The same among those of a state. Goes on where it found the last one, so
  // that it is quick as a rule; at worst it looks at all.
  std::optional<QueueId> OldestIn(State state);
  size_t size() const { return entries_.size(); }
  size_t Count(State state) const { return counts_[static_cast<int>(state)]; }
  int64_t total_bytes() const { return total_bytes_; }

 private:
  using Entries = absl::btree_map<QueueId, Entry>;

  void Change(Entries::iterator entry, State state, int64_t due_us);
  void NoteState(QueueId id, State state);

  Entries entries_;
  // Those that wait or are deferred.
  DueOrder due_;
  // Those that are active.
  FairShare share_;
  bool has_passed_over_ = false;
  size_t counts_[4] = {};
  // No message of a state is older than that.
  QueueId oldest_hints_[4];
  int64_t total_bytes_ = 0;
};

// Returns what is known of a message that is not active.
QueueIndex::Entry EntryFor(const spool::v1::Envelope& envelope);

}  // namespace postern::mta::queue

#endif  // POSTERN_MTA_QUEUE_QUEUE_INDEX_H_
