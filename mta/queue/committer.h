// Makes changes durable: joins the edits of everyone who is waiting into one
// write and one sync.
//
// A thread of its own takes all edits that have come in, writes them as one
// batch, syncs the write-ahead log and wakes the waiters; meanwhile the next
// group gathers. So the number of syncs depends on the disk, not on the load.
//
// Errors:  see spool.h. A write that failed because the disk was full changes
//          nothing and the committer goes on once the disk has room;
//          any other failed write, and any failed sync, is the end: it refuses
//          until the program is started again.
// Threads: safe from any thread.

#ifndef POSTERN_MTA_QUEUE_COMMITTER_H_
#define POSTERN_MTA_QUEUE_COMMITTER_H_

#include <deque>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "lib/metrics/metrics.h"
#include "lib/net/task.h"
#include "mta/queue/edit.h"

namespace postern::mta::queue {

class SpoolDatabase;

class Committer {
 public:
  // Both must outlive it.
  Committer(SpoolDatabase& database, metrics::Registry& registry);
  Committer(const Committer&) = delete;
  Committer& operator=(const Committer&) = delete;
  // Finishes what has been submitted.
  ~Committer();

  // Called with every message that a group has added, after its sync and before
  // its waiters wake. Null: nobody is called any more, and no call is running.
  void OnAdded(std::function<void(NewMessage)> call);

  // Returns when `edit` is durable; DeadlineExceeded after `patience`: then it
  // may become so all the same.
  net::Task<absl::Status> Commit(Edit edit, absl::Duration patience);
  // The same for threads that may block.
  absl::Status CommitBlocking(Edit edit);
  // Writes `edit` at some time, without a sync of its own and without an
  // answer.
  void WriteLater(Edit edit);

  // OK while edits are taken; ResourceExhausted with the reason otherwise.
  absl::Status ok() const;

  // Says that a write outside of the committer failed; returns what to answer.
  absl::Status ReportWriteError(const absl::Status& status);
  // The same for a sync: no edit is taken any more.
  absl::Status ReportSyncError(const absl::Status& status);

 private:
  struct Request;
  using Requests = std::deque<std::shared_ptr<Request>>;
  // What one write and one sync make durable.
  struct Group {
    Requests requests;
    bool is_waited_for = false;  // Somebody waits: it needs the sync.
    bool is_last = false;        // Nothing comes after it.
  };

  void Submit(std::shared_ptr<Request> request);
  void Run();
  bool HasWork() const ABSL_SHARED_LOCKS_REQUIRED(mutex_);
  bool HasReasonToWake() const ABSL_SHARED_LOCKS_REQUIRED(mutex_);
  Group TakeGroup();
  absl::Status WriteGroup(const Group& group);
  void Answer(Group group, const absl::Status& status);
  void TellOfAdded(const Group& group);
  // Puts back what nobody waits for, after the disk was full.
  void KeepForLater(Group& group);
  // Tries to leave the state "disk full".
  absl::Status ReopenIfFull();

  enum class State { kWorking, kFull, kFailed };

  SpoolDatabase& database_;
  metrics::Histogram& latency_;
  metrics::Histogram& group_size_;
  metrics::Counter& syncs_;
  metrics::Histogram& sync_latency_;
  metrics::Gauge& failed_gauge_;
  metrics::Gauge& full_gauge_;

  absl::Mutex on_added_mutex_;
  std::function<void(NewMessage)> on_added_ ABSL_GUARDED_BY(on_added_mutex_);
  mutable absl::Mutex mutex_;
  Requests waiting_ ABSL_GUARDED_BY(mutex_);
  Requests later_ ABSL_GUARDED_BY(mutex_);  // Nobody waits for these.
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  State state_ ABSL_GUARDED_BY(mutex_) = State::kWorking;
  absl::Status reason_ ABSL_GUARDED_BY(mutex_);
  std::thread thread_;
};

}  // namespace postern::mta::queue

#endif  // POSTERN_MTA_QUEUE_COMMITTER_H_
