// Delivers what is queued: gives each message to the courier when it is due and
// records what became of it.
//
//   auto scheduler = std::make_unique<Scheduler>(parts, std::move(options));
//   RETURN_IF_ERROR(scheduler->Start());   // before the first Spool::Begin()
//
// A message that has just come in is tried at once; a deferred one when its
// RetrySchedule says; what was in the spool at the start is spread out a
// little. No sender and no destination takes all the room there is for attempts
// (fair_share.h). Delivered recipients are recorded in the spool after each
// attempt; what failed for good leaves the queue in the same edit that adds the
// report. So a crash repeats at most the attempts that were running. Without a
// working spool nothing is attempted, since nothing could be recorded. A
// message that is held (Envelope.hold) is never tried and never too old, until
// it is released.
//
// Draining: no new attempts, unless DeliverInDrain() says so; those that run
// are tasks of the drain.
//
// Threads: safe from any thread; Delete() and List() read the disk: not from a
//          reactor.
// Limits:  active_limit attempts at a time; 32 MiB of content in memory.

#ifndef POSTERN_MTA_QUEUE_SCHEDULER_H_
#define POSTERN_MTA_QUEUE_SCHEDULER_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "lib/base/clock.h"
#include "lib/metrics/metrics.h"
#include "lib/net/drain.h"
#include "lib/net/event.h"
#include "lib/net/runtime.h"
#include "lib/net/task.h"
#include "mta/queue/arrivals.h"
#include "mta/queue/courier.h"
#include "mta/queue/queue_index.h"
#include "mta/queue/queue_metrics.h"
#include "mta/queue/removal.h"
#include "mta/queue/reporter.h"
#include "mta/queue/retry_schedule.h"
#include "mta/queue/settlement.h"
#include "mta/queue/spool.h"

namespace postern::mta::queue {

struct SchedulerOptions {
  RetrySchedule schedule;
  RetrySchedule bounce_schedule;      // For the null sender.
  RetrySchedule tls_report_schedule;  // For Envelope.is_tls_report.
  ReporterOptions reporter;
  // delay_warning_time; zero: only who asks is told of delay.
  absl::Duration delay_warning_time;
  size_t active_limit = 20'000;  // qmgr_message_active_limit
};

// All of them outlive the scheduler.
struct SchedulerParts {
  Spool& spool;
  Courier& courier;
  net::Runtime& runtime;
  net::Drain& drain;
  const Clock& clock;
  metrics::Registry& registry;
  // Replaces the recipients of a report of ours by what they stand for. On an
  // error it is tried again later. None: they are who they are.
  std::function<net::Task<absl::Status>(spool::v1::Envelope&)> rewrite =
      nullptr;
  // Looks at mail that we wrote ourselves before it is queued, and may change
  // it; false: it is to be dropped. It ends in time. None: it stays as it is.
  FilterOwnMail filter = nullptr;
  // Is told of what other relays have handed over, at the start.
  Arrivals* arrivals = nullptr;
};

class Scheduler {
 public:
  Scheduler(const SchedulerParts& parts, SchedulerOptions options);
  Scheduler(const Scheduler&) = delete;
  Scheduler& operator=(const Scheduler&) = delete;
  // No attempt may be running.
  ~Scheduler();

  // Reads what the spool holds and begins. Once, not from a reactor.
  absl::Status Start();

  // Looks for due messages now: after a change of the clock.
  void Wake();

  // For the operator (posternctl queue).

  // Returns what is queued, the oldest first, from the first after `after`, at
  // most `limit`.
  std::vector<std::pair<QueueId, QueueIndex::Entry>> List(
      std::optional<QueueId> after, size_t limit) const;
  // Returns one of them; nullopt: no such message.
  std::optional<QueueIndex::Entry> Find(QueueId id) const;
  // What there is of each state, and the size of all of it.
  struct Totals {
    size_t waiting = 0;
    size_t active = 0;
    size_t deferred = 0;
    size_t held = 0;
    int64_t bytes = 0;
  };
  Totals CountAll() const;
  // Makes those due that wait, but not what is held; returns how many.
  size_t FlushEach(const std::vector<QueueId>& ids);
  // NotFound: no such message, or it is held or being delivered right now.
  absl::Status Flush(QueueId id);
  // Deletes without a bounce, also what was set aside; returns how many there
  // were. A message that is being delivered is deleted when the attempt ends.
  absl::StatusOr<size_t> Delete(const std::vector<QueueId>& ids);
  // Holds; returns how many of them are held now. A message that is being
  // delivered is held when the attempt ends, if anything is left of it.
  absl::StatusOr<size_t> Hold(const std::vector<QueueId>& ids);
  // Makes those due that are held; returns how many there were. How old they
  // are counts again from now on.
  absl::StatusOr<size_t> Release(const std::vector<QueueId>& ids);
  // What has been done to messages; those in delivery are left alone.
  struct Changed {
    size_t messages = 0;
    size_t busy = 0;
  };
  // Begins anew, held or not: recipients are rewritten again, but neither what
  // an alias made of them nor its owner is, failures are forgotten.
  absl::StatusOr<Changed> Requeue(const std::vector<QueueId>& ids);
  // Fails all recipients now with this status code and text; the sender is told
  // as if the next hop had said so.
  absl::StatusOr<Changed> Bounce(const std::vector<QueueId>& ids,
                                 absl::string_view status,
                                 absl::string_view text);
  // Takes messages out of delivery, so that they can be given away; those in
  // delivery are counted as `busy`. Each must be given to GiveAway() or
  // Unclaim().
  struct Claimed {
    QueueId id;
    QueueIndex::Entry before;
  };
  std::vector<Claimed> Claim(absl::Span<const QueueId> ids, size_t& busy);
  // Deletes what somebody else has now; on an error it is queued as before.
  absl::Status GiveAway(const std::vector<Claimed>& claimed);
  // Queues them as before, or as the operator has wished meanwhile.
  void Unclaim(const std::vector<Claimed>& claimed);
  // Begins anew with one recipient in the place of all; what is held stays so.
  absl::StatusOr<Changed> Redirect(const std::vector<QueueId>& ids,
                                   absl::string_view address);

  // For the end of the program, once the drain has begun (leaving.cc).

  // Starts what is due; until StopInDrain() what comes in is tried as well.
  // Call it at times.
  void DeliverInDrain();
  void StopInDrain() { delivers_in_drain_ = false; }
  // A message on its way to another relay; no attempt begins meanwhile.
  struct Leaving {
    Claimed claimed;
    absl::StatusOr<spool::v1::Envelope> envelope;
    std::unique_ptr<Content> content;  // If there is an envelope.

    QueueId id() const { return claimed.id; }
  };
  // Takes the first message after `after` that is not in delivery, nor due
  // before `spared`, and that `is_wanted`, which is asked under a lock.
  // EndLeaving() or StayBehind() must follow. Reads the disk.
  std::optional<Leaving> TakeLeaving(
      std::optional<QueueId> after, absl::Time spared,
      const std::function<bool(QueueId)>& is_wanted);
  // The other relay has it: removes it here. On an error it stays.
  net::Task<absl::Status> EndLeaving(Leaving leaving);
  // It stays as it was, or as the operator has wished meanwhile.
  net::Task<> StayBehind(Leaving leaving);
  struct Rest {
    size_t messages = 0;
    size_t held = 0;
    size_t in_delivery = 0;  // Or on their way to another relay.
  };
  Rest WhatIsLeft() const;

 private:
  using Wish = QueueIndex::Wish;

  void OnCommitted(NewMessage message);
  // Starts attempts whenever a message is due.
  net::Task<> Dispatch();
  // Starts those that are due now; returns how long nothing more is due.
  absl::Duration StartDue();
  // What waits is due a day earlier when the clock goes back by a day.
  void FollowClock(absl::Time now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Gives room back to the disk at times.
  net::Task<> Housekeep();

  net::Task<> TryStored(QueueId id);
  net::Task<> TryNew(std::unique_ptr<NewMessage> message);
  net::Task<> Try(QueueId id, const spool::v1::Envelope& stored,
                  const Content& content);
  // Does what is still to be done to a report; false: not now.
  net::Task<bool> Rewrite(QueueId id, spool::v1::Envelope& envelope);
  // Puts what the attempt led to into the spool and the index.
  net::Task<> Record(QueueId id, const spool::v1::Envelope& tried,
                     const Settlement& settlement, const Content& content,
                     const LastAttempt& last);
  // Adds the report on what was settled to `edit`, if there is one to make.
  net::Task<> AddReport(QueueId id, const spool::v1::Envelope& tried,
                        const Settlement& settlement, const Content& content,
                        Edit& edit);
  const RetrySchedule& ScheduleFor(const spool::v1::Envelope& envelope) const;
  net::Task<> ApplyUntilDone(QueueId id, const Edit& edit);
  net::Task<> SetAside(QueueId id, const absl::Status& why);
  Edit EditFor(QueueId id, Wish wish, spool::v1::Envelope& left) const;
  // Ends the attempt as the spool has it now; false: what the operator wishes
  // is not `wish` any more.
  bool FinishAs(QueueId id, Wish wish, const spool::v1::Envelope& left);
  // Takes the message out of the index, or has it wait until `next`.
  void Finish(QueueId id, std::optional<absl::Time> next);
  void FinishLocked(QueueId id, std::optional<absl::Time> next, bool holds)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Wish WishFor(QueueId id) const;
  // Takes those that are not active, so that no attempt begins meanwhile, and
  // marks (and counts) those that are.
  std::vector<QueueId> TakeForDeletion(const std::vector<QueueId>& ids,
                                       size_t& marked);
  void EndDeletion(const std::vector<QueueId>& taken,
                   const absl::Status& status);
  // The same for holding (`holds`) and for releasing.
  std::vector<QueueId> TakeForHold(const std::vector<QueueId>& ids, bool holds,
                                   size_t& marked);
  absl::StatusOr<size_t> SetHold(const std::vector<QueueId>& ids, bool holds);
  void EndHold(const std::vector<QueueId>& taken, bool is_held);
  // A message taken for Requeue(), Bounce() or Redirect(), and how it was.
  struct Taken {
    QueueId id;
    QueueIndex::Entry before;
    // What is left of it; nullopt: it could not be read.
    std::optional<spool::v1::Envelope> after;
  };
  std::vector<Taken> TakeForOverride(absl::Span<const QueueId> ids,
                                     size_t& busy);
  // Does `change` to each envelope and puts it into the edit; no recipients
  // left: the message leaves the queue.
  using Override = std::function<void(QueueId, spool::v1::Envelope&, Edit&)>;
  absl::StatusOr<Changed> OverrideEach(const std::vector<QueueId>& ids,
                                       absl::string_view event,
                                       const Override& change);
  absl::Status OverrideSome(absl::Span<const QueueId> ids,
                            absl::string_view event, const Override& change,
                            Changed& changed);
  void EndOverride(const std::vector<Taken>& taken, bool is_done);

  // For a callback of the metrics, which may outlive the scheduler.
  struct Seen {
    explicit Seen(Scheduler* scheduler) : scheduler(scheduler) {}
    absl::Mutex mutex;
    Scheduler* scheduler ABSL_GUARDED_BY(mutex);
  };
  void ShowOldest();

  const SchedulerParts parts_;
  const SchedulerOptions options_;
  const std::shared_ptr<Seen> seen_ = std::make_shared<Seen>(this);
  Reporter reporter_;
  net::Event wake_;
  net::Event stop_housekeeping_;
  std::atomic<int64_t> held_bytes_ = 0;
  std::atomic<bool> delivers_in_drain_ = false;
  // One command of the operator at a time: what one has taken must not be
  // marked by another. Before mutex_.
  absl::Mutex control_mutex_ ABSL_ACQUIRED_BEFORE(mutex_);
  mutable absl::Mutex mutex_;
  QueueMetrics metrics_;
  QueueIndex index_ ABSL_GUARDED_BY(mutex_);
  // Attempts that have ended since Dispatch() looked.
  size_t ended_ ABSL_GUARDED_BY(mutex_) = 0;
  // When Dispatch() looks again by itself.
  absl::Time planned_ ABSL_GUARDED_BY(mutex_) = absl::InfiniteFuture();
  // What the clock said when it looked last.
  absl::Time looked_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
};

}  // namespace postern::mta::queue

#endif  // POSTERN_MTA_QUEUE_SCHEDULER_H_
