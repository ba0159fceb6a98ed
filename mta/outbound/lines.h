// Who waits for which destination: a line of parcels for each, and the numbers
// that decide whether one more connection may be opened.
//
// This is the bookkeeping of the pool (pool.h) without its sockets. A *job* is
// a parcel that waits; a *worker* is one connection that takes jobs from one
// line until there are none. Lines tells callers when to start a worker and
// settles jobs itself when their destination is down.
//
// A line's workers are as many as its window says (concurrency_window.h), which
// grows with what is delivered and shrinks with every trouble. Senders take
// turns in a line (turns.h).
//
// Threads: safe from any thread; one lock, never held across a wait.
// Limits:  a line exists only while somebody waits in it, works on it, or its
//          destination has failed lately.

#ifndef POSTERN_MTA_OUTBOUND_LINES_H_
#define POSTERN_MTA_OUTBOUND_LINES_H_

#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/functional/function_ref.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "lib/net/deadline.h"
#include "lib/net/event.h"
#include "mta/outbound/destination.h"
#include "mta/outbound/job.h"
#include "mta/queue/courier.h"

namespace postern::mta::outbound {

// A worker that keeps its connection and waits for a job.
struct IdleWorker {
  net::Event wake;
};

class Lines {
 public:
  struct Limits {
    size_t connections;  // Workers in all.
    size_t failures;     // In a row; then the destination is down.
    absl::Duration down_time;
  };

  class Line;

  explicit Lines(Limits limits);
  Lines(const Lines&) = delete;
  Lines& operator=(const Lines&) = delete;
  ~Lines();

  // Puts `job` into its line, or settles it at once if the destination is down.
  // The line has the limits of `destination` from now on.
  // Returns the line if the caller is to start a worker for it, else nullptr.
  [[nodiscard]] Line* Join(const Destination& destination, Job& job);

  // Takes `job` out of its line; false: it is no longer there.
  bool Leave(const Destination& destination, Job& job);

  // For workers: the next job, or nullptr.
  Job* Take(Line& line);
  // The next job, if there is one and no other worker will take it soon.
  Job* TakeIfCrowded(Line& line);
  // The next job; nullptr: the worker is registered as idle and is woken when
  // there is one (or is never woken: StopWaiting() then).
  Job* TakeOrWait(Line& line, IdleWorker& idle);
  void StopWaiting(Line& line, IdleWorker& idle);

  // A worker wants to end. If a job has come meanwhile it must go on with that;
  // else it is no longer counted, the line may be gone, and `start` is a line
  // for which a worker is to be started. A worker that `may_yield` ends also
  // with jobs left when other lines have been waiting for room.
  struct Ending {
    Job* job = nullptr;
    Line* start = nullptr;
  };
  [[nodiscard]] Ending End(Line& line, bool may_yield);

  // The destination has been reached, or a delivery has come to its end with
  // the connection still good. Returns true if one more worker is to be started
  // for `line`.
  [[nodiscard]] bool NoteReached(Line& line);
  [[nodiscard]] bool NoteServed(Line& line);
  // A connection broke off that had been made.
  void NoteBroken(Line& line);
  // None could be made; the last one in a row settles all who wait.
  void NoteUnreachable(Line& line, const queue::Outcome& why);

  // There are more workers than the window has room for: one should end.
  bool IsOverfull(const Line& line) const;
  // Returns how long the worker has to wait before its next delivery begins,
  // and keeps that time for it; nullopt: longer than `longest`.
  std::optional<absl::Duration> ReserveTime(Line& line, absl::Duration longest);

  // What does not change of it: name, is_shared, hosts.
  static const Destination& DestinationOf(const Line& line);
  // How many deliveries a connection is good for, and whether they are paced.
  struct Reuse {
    size_t limit;
    bool is_paced;
  };
  Reuse ReuseOf(const Line& line) const;

  // For the operator.

  // What goes on at a destination.
  struct State {
    std::string name;
    size_t limit_class = 0;
    size_t connections = 0;
    size_t waiting = 0;
    size_t window = 0;    // Connections that there may be now.
    size_t most = 0;      // That there may ever be.
    size_t failures = 0;  // In a row.
    std::optional<absl::Duration> down_for;
    queue::Outcome latest_trouble;
  };
  // Returns those with the most waiting jobs, at most `limit`.
  std::vector<State> Look(size_t limit) const;
  // Settles the jobs that wait and for which `why` has an outcome. It is called
  // under the lock.
  void SettleWaiting(
      absl::FunctionRef<std::optional<queue::Outcome>(
          const Destination& destination, const routing::NextHop& next_hop)>
          why);

  // For the metrics: jobs that wait, lines that exist, destinations that are
  // down, workers by their limit_class.
  size_t waiting() const;
  size_t known() const;
  size_t down() const;
  std::vector<size_t> WorkersByClass() const;

 private:
  Line& LineOf(const Destination& destination)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  size_t MostFor(const Line& line) const;
  size_t RoomIn(const Line& line) const ABSL_SHARED_LOCKS_REQUIRED(mutex_);
  bool AddWorker(Line& line) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Job* TakeFirst(Line& line) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Starve(Line& line) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Line* NextStarved() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Forget(Line& line) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void ForgetRecovered() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const Limits limits_;
  mutable absl::Mutex mutex_;
  // By the destination's name.
  absl::flat_hash_map<std::string, std::unique_ptr<Line>> lines_
      ABSL_GUARDED_BY(mutex_);
  // Lines that wait for connection_limit to leave room.
  std::deque<std::string> starved_ ABSL_GUARDED_BY(mutex_);
  size_t workers_ ABSL_GUARDED_BY(mutex_) = 0;
  size_t waiting_ ABSL_GUARDED_BY(mutex_) = 0;
  size_t forget_at_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace postern::mta::outbound

#endif  // POSTERN_MTA_OUTBOUND_LINES_H_
