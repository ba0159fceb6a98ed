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
// While the spool takes no changes, and before something is tried again that
// went wrong here, not at the next hop.
constexpr absl::Duration kTroubleWait = absl::Seconds(1);
constexpr absl::Duration kUnreadableWait = absl::Minutes(1);
constexpr absl::Duration kReclaimWait = absl::Minutes(5);
constexpr int64_t kHeldBytes = 32 << 20;

// Remembers that a piece was damaged, whatever the courier makes of it.
class WatchedContent final : public Content {
 public:
  explicit WatchedContent(const Content& content) : content_(content) {}

  int64_t size_bytes() const override { return content_.size_bytes(); }
  int pieces() const override { return content_.pieces(); }
  absl::StatusOr<std::string> Piece(int index) const override {
    absl::StatusOr<std::string> piece = content_.Piece(index);
    if (absl::IsDataLoss(piece.status())) damage_ = piece.status();
    return piece;
  }

  const absl::Status& damage() const { return damage_; }

 private:
  const Content& content_;
  mutable absl::Status damage_;
};

}  // namespace

Scheduler::Scheduler(const SchedulerParts& parts, SchedulerOptions options)
    : parts_(parts), options_(std::move(options)), metrics_(parts.registry) {}

Scheduler::~Scheduler() { parts_.spool.OnCommitted(nullptr); }

absl::Status Scheduler::Start() {
  std::vector<std::pair<QueueId, QueueIndex::Entry>> overdue;
  const absl::Time now = parts_.clock.Now();
  {
    absl::MutexLock lock(&mutex_);
    RETURN_IF_ERROR(parts_.spool.ForEach(
        [&](QueueId id, const spool::v1::Envelope& envelope) {
          mutex_.AssertHeld();
          const QueueIndex::Entry entry = {
              .due_us = envelope.next_attempt_us(),
              .size_bytes = envelope.size_bytes(),
              .state = envelope.failures() > 0 ? QueueIndex::State::kDeferred
                                               : QueueIndex::State::kWaiting};
          if (entry.due_us > absl::ToUnixMicros(now)) {
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
  bool starts = !parts_.drain.has_begun();
  {
    absl::MutexLock lock(&mutex_);
    const absl::Time due = NextAttemptTime(message.envelope);
    index_.Add(id, {.due_us = message.envelope.next_attempt_us(),
                    .size_bytes = message.envelope.size_bytes()});
    starts &= due <= parts_.clock.Now() &&
              index_.Count(QueueIndex::State::kActive) < options_.active_limit;
    if (starts) index_.Activate(id);
    if (!starts && due < planned_) wake_.Set();
    metrics_.ShowDepth(index_);
  }
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
    if (!parts_.spool.ok().ok()) {
      planned_ = now + kTroubleWait;
      return kTroubleWait;
    }
    while (index_.Count(QueueIndex::State::kActive) < options_.active_limit) {
      const std::optional<QueueId> id = index_.ActivateDue(now);
      if (!id) break;
      starting.push_back(*id);
    }
    const std::optional<absl::Time> next = index_.NextDue();
    // A message that is due although it was not started waits for Finish().
    if (next && *next > now) wait = std::min(wait, *next - now);
    planned_ = now + wait;
    metrics_.ShowDepth(index_);
  }
  for (const QueueId id : starting) {
    net::Spawn(parts_.drain, parts_.runtime.NextReactor(), TryStored(id));
  }
  return wait;
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

net::Task<> Scheduler::TryStored(QueueId id) {
  const absl::StatusOr<spool::v1::Envelope> envelope =
      parts_.spool.ReadEnvelope(id);
  if (envelope.ok()) {
    const std::unique_ptr<Content> content =
        parts_.spool.OpenContent(id, *envelope);
    co_await Try(id, *envelope, *content);
  } else if (absl::IsUnavailable(envelope.status())) {
    log::Error("message_unreadable",
               {{"queue_id", id.ToString()}, {"error", envelope.status()}});
    Finish(id, parts_.clock.Now() + kUnreadableWait);
  } else {
    co_await SetAside(id, envelope.status());
  }
}

net::Task<> Scheduler::TryNew(std::unique_ptr<NewMessage> message) {
  std::unique_ptr<Content> content;
  int64_t held_bytes = 0;
  if (message->content) {
    held_bytes = static_cast<int64_t>(message->content->size());
    content = std::make_unique<HeldContent>(*std::move(message->content));
  } else {
    content = parts_.spool.OpenContent(message->id, message->envelope);
  }
  co_await Try(message->id, message->envelope, *content);
  held_bytes_ -= held_bytes;
}

net::Task<> Scheduler::Try(QueueId id, const spool::v1::Envelope& envelope,
                           const Content& content) {
  const WatchedContent watched(content);
  const Errand errand = {id.ToString(), envelope, watched};
  const std::vector<Outcome> outcomes = co_await parts_.courier.Attempt(errand);
  if (!watched.damage().ok()) {
    co_await SetAside(id, watched.damage());
    co_return;
  }
  const absl::Time now = parts_.clock.Now();
  metrics_.CountAttempt(envelope, outcomes, now);
  const Settlement settlement = Settle(
      envelope, outcomes,
      HasNullSender(envelope) ? options_.bounce_schedule : options_.schedule,
      now);
  co_await Record(id, envelope, settlement, content);
}

net::Task<> Scheduler::Record(QueueId id, const spool::v1::Envelope& tried,
                              const Settlement& settlement,
                              const Content& content) {
  const bool is_deleted = IsDeleted(id);
  Edit edit;
  std::optional<absl::Time> next;
  if (is_deleted || settlement.envelope.recipients().empty()) {
    edit.Remove(id, tried.chunks());
  } else {
    edit.Update(id, settlement.envelope);
    next = NextAttemptTime(settlement.envelope);
  }
  if (!is_deleted && !settlement.failed.empty()) {
    const QueueId bounce_id = parts_.spool.NewId();
    const Undeliverable undeliverable = {
        id, tried, settlement.failed,
        HeadOf(content, options_.bounce.size_limit_bytes)};
    std::optional<Bounce> bounce = MakeBounce(
        bounce_id, undeliverable, options_.bounce, parts_.clock.Now());
    metrics_.CountFailed(id, tried, settlement,
                         bounce ? std::optional(bounce_id) : std::nullopt);
    if (bounce) {
      edit.Add(bounce_id, std::move(bounce->envelope),
               std::move(bounce->content));
    }
  }
  co_await ApplyUntilDone(id, edit);
  if (!Finish(id, next)) {
    Edit removal;
    removal.Remove(id, tried.chunks());
    co_await ApplyUntilDone(id, removal);
    Finish(id, std::nullopt);
  }
}

net::Task<> Scheduler::ApplyUntilDone(QueueId id, const Edit& edit) {
  for (int failures = 0;; ++failures) {
    Edit copy = edit;
    const absl::Status status = co_await parts_.spool.Apply(std::move(copy));
    if (status.ok()) co_return;
    if (failures == 0) {
      log::Error("attempt_not_recorded",
                 {{"queue_id", id.ToString()}, {"error", status}});
    }
    if (parts_.drain.has_begun()) co_return;
    co_await net::Sleep(kTroubleWait);
  }
}

net::Task<> Scheduler::SetAside(QueueId id, const absl::Status& why) {
  const absl::Status status = co_await net::Blocking(
      [this, id, &why] { return parts_.spool.SetAside(id, why.message()); });
  if (status.ok() || absl::IsNotFound(status)) {
    Finish(id, std::nullopt);
    co_return;
  }
  log::Error("set_aside_failed",
             {{"queue_id", id.ToString()}, {"error", status}});
  Finish(id, parts_.clock.Now() + kUnreadableWait);
}

bool Scheduler::Finish(QueueId id, std::optional<absl::Time> next) {
  absl::MutexLock lock(&mutex_);
  const QueueIndex::Entry* entry = index_.Find(id);
  if (entry == nullptr) return true;
  if (next && entry->is_deleted) return false;
  const bool was_full =
      index_.Count(QueueIndex::State::kActive) >= options_.active_limit;
  if (next) {
    index_.Defer(id, *next);
  } else {
    index_.Remove(id);
  }
  metrics_.ShowDepth(index_);
  if (was_full || (next && *next < planned_)) wake_.Set();
  return true;
}

bool Scheduler::IsDeleted(QueueId id) const {
  absl::MutexLock lock(&mutex_);
  const QueueIndex::Entry* entry = index_.Find(id);
  return entry != nullptr && entry->is_deleted;
}

}  // namespace postern::mta::queue
