#include "mta/queue/scheduler.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "lib/base/log.h"
#include "lib/base/status_macros.h"
#include "mta/queue/envelope.h"
#include "mta/queue/stored_content.h"

namespace postern::mta::queue {
namespace {

// What was overdue at the start begins at this rate, but within this time.
constexpr absl::Duration kStartStep = absl::Milliseconds(5);
constexpr absl::Duration kStartSpread = absl::Minutes(1);
constexpr absl::Duration kLongestWait = absl::Minutes(1);
// While the spool takes no changes.
constexpr absl::Duration kTroubleWait = absl::Seconds(1);
// A clock that is put right by less is nothing to act on.
constexpr absl::Duration kClockSlack = absl::Seconds(1);
constexpr absl::Duration kReclaimWait = absl::Minutes(5);
constexpr int64_t kHeldBytes = 32 << 20;

}  // namespace

Scheduler::Scheduler(const SchedulerParts& parts, SchedulerOptions options)
    : parts_(parts),
      options_(std::move(options)),
      reporter_(options_.reporter,
                [&spool = parts.spool] { return spool.NewId(); }),
      metrics_(parts.registry) {
  parts_.registry.OnRender([seen = seen_] {
    absl::MutexLock lock(&seen->mutex);
    if (seen->scheduler != nullptr) seen->scheduler->ShowOldest();
  });
}

Scheduler::~Scheduler() {
  parts_.spool.OnCommitted(nullptr);
  absl::MutexLock lock(&seen_->mutex);
  seen_->scheduler = nullptr;
}

void Scheduler::ShowOldest() {
  absl::MutexLock lock(&mutex_);
  metrics_.ShowOldest(index_);
}

absl::Status Scheduler::Start() {
  std::vector<std::pair<QueueId, QueueIndex::Entry>> overdue;
  const absl::Time now = parts_.clock.Now();
  {
    absl::MutexLock lock(&mutex_);
    RETURN_IF_ERROR(parts_.spool.ForEach(
        [&](QueueId id, const spool::v1::Envelope& envelope) {
          mutex_.AssertHeld();
          if (parts_.arrivals) parts_.arrivals->Remember(id, envelope);
          const QueueIndex::Entry entry = EntryFor(envelope);
          // Later than any wait: the clock has gone back since.
          const absl::Time latest = now + ScheduleFor(envelope).longest_wait();
          const bool is_due = entry.due_us <= absl::ToUnixMicros(now) ||
                              entry.due_us > absl::ToUnixMicros(latest);
          if (entry.state == QueueIndex::State::kHeld || !is_due) {
            index_.Add(id, entry);
          } else {
            overdue.emplace_back(id, entry);
          }
        }));
    const absl::Duration step =
        overdue.empty()
            ? kStartStep
            : std::min(kStartStep,
                       kStartSpread / static_cast<int64_t>(overdue.size()));
    absl::Time due = now;
    for (auto& [id, entry] : overdue) {
      entry.due_us = absl::ToUnixMicros(due);
      index_.Add(id, entry);
      due += step;
    }
    metrics_.ShowDepth(index_);
    log::Info("queue_opened", {{"messages", index_.size()},
                               {"bytes", index_.total_bytes()},
                               {"due", overdue.size()}});
  }
  parts_.spool.OnCommitted(
      [this](NewMessage message) { OnCommitted(std::move(message)); });
  net::Reactor& reactor = parts_.runtime.reactor(0);
  net::Spawn(parts_.drain, reactor, Dispatch());
  net::Spawn(parts_.drain, reactor, Housekeep());
  return absl::OkStatus();
}

void Scheduler::Wake() { wake_.Set(); }

void Scheduler::OnCommitted(NewMessage message) {
  const QueueId id = message.id;
  const bool is_held = message.envelope.hold();
  bool starts = !is_held && (!parts_.drain.has_begun() || delivers_in_drain_);
  {
    absl::MutexLock lock(&mutex_);
    const absl::Time due = NextAttemptTime(message.envelope);
    const QueueIndex::Entry entry = EntryFor(message.envelope);
    index_.Add(id, entry);
    starts &= due <= parts_.clock.Now() &&
              index_.HasRoom(entry.flow, options_.active_limit);
    if (starts) index_.Activate(id);
    if (!starts && !is_held && due < planned_) wake_.Set();
    metrics_.ShowDepth(index_);
  }
  if (is_held) log::Info("held", {{"queue_id", id.ToString()}});
  if (!starts) return;
  if (message.content) {
    const auto bytes = static_cast<int64_t>(message.content->size());
    if (held_bytes_ + bytes > kHeldBytes) {
      message.content.reset();
    } else {
      held_bytes_ += bytes;
    }
  }
  net::Spawn(parts_.drain, parts_.runtime.NextReactor(),
             TryNew(std::make_unique<NewMessage>(std::move(message))));
}

net::Task<> Scheduler::Dispatch() {
  const net::DrainWatch watch(parts_.drain, [this] { wake_.Set(); });
  while (!parts_.drain.has_begun()) {
    wake_.Reset();
    const absl::Duration wait = StartDue();
    const net::Deadline deadline = net::Deadline::After(wait);
    co_await wake_.Wait(deadline);
  }
}

absl::Duration Scheduler::StartDue() {
  const absl::Time now = parts_.clock.Now();
  std::vector<QueueId> starting;
  absl::Duration wait = kLongestWait;
  {
    absl::MutexLock lock(&mutex_);
    FollowClock(now);
    if (!parts_.spool.ok().ok()) {
      planned_ = now + kTroubleWait;
      return kTroubleWait;
    }
    ended_ = 0;
    while (const std::optional<QueueId> id =
               index_.ActivateDue(now, options_.active_limit)) {
      starting.push_back(*id);
    }
    // A message that is due although it was not started waits for Finish().
    const std::optional<absl::Time> next = index_.NextDue(now);
    if (next) wait = std::min(wait, *next - now);
    planned_ = now + wait;
    metrics_.ShowDepth(index_);
  }
  for (const QueueId id : starting) {
    net::Spawn(parts_.drain, parts_.runtime.NextReactor(), TryStored(id));
  }
  return wait;
}

void Scheduler::FollowClock(absl::Time now) {
  if (now + kClockSlack < looked_) {
    const absl::Duration back = looked_ - now;
    log::Warning("clock_went_back", {{"by", absl::FormatDuration(back)}});
    index_.BringForward(back);
  }
  looked_ = now;
}

net::Task<> Scheduler::Housekeep() {
  const net::DrainWatch watch(parts_.drain,
                              [this] { stop_housekeeping_.Set(); });
  while (!parts_.drain.has_begun()) {
    const net::Deadline deadline = net::Deadline::After(kReclaimWait);
    const bool stops = co_await stop_housekeeping_.Wait(deadline);
    if (stops) break;
    co_await net::Blocking([this] {
      int64_t live_bytes;
      {
        absl::MutexLock lock(&mutex_);
        live_bytes = index_.total_bytes();
      }
      parts_.spool.Reclaim(live_bytes);
    });
  }
}

}  // namespace postern::mta::queue
