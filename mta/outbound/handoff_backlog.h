// What is still to be handed to other relays, as each of them may get it.
//
// Messages are taken from the scheduler one by one when somebody has room for
// them, so all that is not on its way stays where it is. What a peer has
// refused it is not offered again; another one may take it.
//
//   std::optional<Leaving> leaving = backlog.Take(peer);
//   …give it…
//   co_await backlog.PutBack(*std::move(leaving), peer, /*is_refused=*/true);
//
// Threads: safe from any thread; Take() reads the disk.

#ifndef POSTERN_MTA_OUTBOUND_HANDOFF_BACKLOG_H_
#define POSTERN_MTA_OUTBOUND_HANDOFF_BACKLOG_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "lib/net/task.h"
#include "mta/queue/scheduler.h"

namespace postern::mta::outbound {

class HandoffBacklog {
 public:
  using Leaving = queue::Scheduler::Leaving;

  // `scheduler` must outlive it.
  HandoffBacklog(queue::Scheduler& scheduler, size_t peers)
      : scheduler_(scheduler), peers_(peers) {}
  HandoffBacklog(const HandoffBacklog&) = delete;
  HandoffBacklog& operator=(const HandoffBacklog&) = delete;

  // Leaves alone what is due before `time`: it is about to be delivered.
  void Spare(absl::Time time);

  // Takes a message for this peer; nullopt: there is none now. One of the three
  // below must follow.
  std::optional<Leaving> Take(size_t peer);

  // The peer has it. On an error it stays.
  net::Task<absl::Status> End(Leaving leaving);
  // It stays for now; refused: this peer does not get it again.
  net::Task<> PutBack(Leaving leaving, size_t peer, bool is_refused);
  // It stays for good: no peer can have it.
  net::Task<> Keep(Leaving leaving);

  // Something has come to rest that was not: look again.
  void NoteChange();
  // Nothing is on its way, and since the last change none of `peers` has found
  // anything more.
  bool IsExhausted(const std::vector<size_t>& peers) const;
  // How many messages no peer can have.
  size_t kept() const;

 private:
  struct Peer {
    std::optional<queue::QueueId> cursor;  // Where it has come to.
    absl::flat_hash_set<queue::QueueId> refused;
    uint64_t found_nothing_at = 0;  // The change that it has seen.
  };

  void EndOne();

  queue::Scheduler& scheduler_;
  mutable absl::Mutex mutex_;
  std::vector<Peer> peers_ ABSL_GUARDED_BY(mutex_);
  absl::flat_hash_set<queue::QueueId> kept_ ABSL_GUARDED_BY(mutex_);
  absl::Time spared_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
  size_t on_their_way_ ABSL_GUARDED_BY(mutex_) = 0;
  uint64_t changes_ ABSL_GUARDED_BY(mutex_) = 1;
};

}  // namespace postern::mta::outbound

#endif  // POSTERN_MTA_OUTBOUND_HANDOFF_BACKLOG_H_
