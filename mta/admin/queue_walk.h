// Goes through the queue for the operator, the oldest message first, without
// standing in the scheduler's way: the index is looked at in pages, envelopes
// are read between them.
//
//   QueueWalk walk(spool, scheduler, filter, after);
//   while (std::optional<QueueWalk::Step> step = walk.Next()) …
//   response.set_next(walk.next());
//
// One walk looks at a limited number of messages, so that a call has its answer
// in time however long the queue is: next() says where another may go on.
//
// Threads: one at a time; reads the disk.
// Limits:  kMessages messages a walk, kPage at a time under the lock.

#ifndef POSTERN_MTA_ADMIN_QUEUE_WALK_H_
#define POSTERN_MTA_ADMIN_QUEUE_WALK_H_

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "mta/admin/queue_filter.h"
#include "mta/queue/scheduler.h"
#include "mta/queue/spool.h"

namespace postern::mta::admin {

class QueueWalk {
 public:
  static constexpr size_t kPage = 1000;
  static constexpr size_t kMessages = 50'000;

  struct Step {
    queue::QueueId id;
    queue::QueueIndex::Entry entry;
    // Read when the filter needs it, or `reads` was set.
    std::optional<spool::v1::Envelope> envelope;
  };

  struct Range {
    std::optional<queue::QueueId> after;  // Not this one, nor what is older.
    std::optional<queue::QueueId> until;  // Nothing that is newer.
  };

  // Spool, scheduler and filter must outlive the walk. `reads`: every envelope
  // is wanted.
  QueueWalk(const queue::Spool& spool, const queue::Scheduler& scheduler,
            const QueueFilter& filter, const Range& range, bool reads);

  // Returns the next message that matches; nullopt: there is none, or the walk
  // has gone far enough.
  std::optional<Step> Next();
  // Returns the latest message that was looked at, or "" if it was the last of
  // the queue.
  std::string next() const;

 private:
  bool Fetch();

  const queue::Spool& spool_;
  const queue::Scheduler& scheduler_;
  const QueueFilter& filter_;
  const bool reads_;
  Range range_;
  std::vector<std::pair<queue::QueueId, queue::QueueIndex::Entry>> page_;
  size_t place_ = 0;  // In the page.
  size_t seen_ = 0;
  bool is_over_ = false;
};

}  // namespace postern::mta::admin

#endif  // POSTERN_MTA_ADMIN_QUEUE_WALK_H_
