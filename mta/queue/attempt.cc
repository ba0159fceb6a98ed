// What an attempt does with a message: the part of Scheduler that runs once a
// message has been taken out of the index as active.

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "lib/base/log.h"
#include "lib/net/runtime.h"
#include "mta/queue/envelope.h"
#include "mta/queue/report.h"
#include "mta/queue/scheduler.h"
#include "mta/queue/stored_content.h"

namespace postern::mta::queue {
namespace {

// While the spool takes no changes, and before something is tried again that
// went wrong here, not at the next hop.
constexpr absl::Duration kTroubleWait = absl::Seconds(1);
constexpr absl::Duration kUnreadableWait = absl::Minutes(1);
// While mail waits for room, it is looked for this often until all that is in
// delivery has ended.
constexpr size_t kLooksAFill = 256;

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

// What an alias made of a recipient is no address to look up again: others of
// the alias may have the mail already.
bool IsMadeByAlias(const spool::v1::Recipient& recipient) {
  return !recipient.owner().empty() || !recipient.verdict().empty() ||
         !recipient.file().empty() || !recipient.command().empty() ||
         recipient.expansion() != spool::v1::EXPANSION_NONE;
}

// Takes such recipients out of the envelope.
std::vector<spool::v1::Recipient> TakeMadeByAlias(
    spool::v1::Envelope& envelope) {
  std::vector<spool::v1::Recipient> taken;
  google::protobuf::RepeatedPtrField<spool::v1::Recipient> all;
  all.Swap(envelope.mutable_recipients());
  for (spool::v1::Recipient& recipient : all) {
    if (IsMadeByAlias(recipient)) {
      taken.push_back(std::move(recipient));
    } else {
      *envelope.add_recipients() = std::move(recipient);
    }
  }
  return taken;
}

Outcome NotRewritten() {
  Outcome outcome;
  outcome.status = "4.3.0";
  outcome.reply = "the recipient cannot be looked up";
  return outcome;
}

}  // namespace

net::Task<> Scheduler::TryStored(QueueId id) {
  const absl::StatusOr<spool::v1::Envelope> envelope =
      parts_.spool.ReadEnvelope(id);
  if (envelope.ok() && envelope->hold()) {
    absl::MutexLock lock(&mutex_);
    FinishLocked(id, std::nullopt, /*holds=*/true);
  } else if (envelope.ok()) {
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

net::Task<bool> Scheduler::Rewrite(QueueId id, spool::v1::Envelope& envelope) {
  if (envelope.to_be_rewritten() && parts_.rewrite) {
    std::vector<spool::v1::Recipient> kept = TakeMadeByAlias(envelope);
    const absl::Status status = co_await parts_.rewrite(envelope);
    for (spool::v1::Recipient& recipient : kept) {
      *envelope.add_recipients() = std::move(recipient);
    }
    if (!status.ok()) {
      log::Warning("rewriting_waits",
                   {{"queue_id", id.ToString()}, {"error", status}});
      co_return false;
    }
  }
  envelope.set_to_be_rewritten(false);
  co_return true;
}

net::Task<> Scheduler::Try(QueueId id, const spool::v1::Envelope& stored,
                           const Content& content) {
  spool::v1::Envelope envelope = stored;
  const WatchedContent watched(content);
  LastAttempt last = {.begun = parts_.clock.Now()};
  const bool is_rewritten = co_await Rewrite(id, envelope);
  std::vector<Outcome> outcomes(envelope.recipients_size(), NotRewritten());
  if (is_rewritten) {
    const Errand errand = {id.ToString(), envelope, watched};
    outcomes = co_await parts_.courier.Attempt(errand);
  }
  if (!watched.damage().ok()) {
    co_await SetAside(id, watched.damage());
    co_return;
  }
  const absl::Time now = parts_.clock.Now();
  last.connecting = LongestConnecting(outcomes);
  last.ended = now;
  metrics_.CountAttempt(envelope, outcomes, now);
  const Settlement settlement =
      Settle(envelope, outcomes, ScheduleFor(envelope),
             options_.delay_warning_time, now);
  co_await Record(id, envelope, settlement, content, last);
}

net::Task<> Scheduler::Record(QueueId id, const spool::v1::Envelope& tried,
                              const Settlement& settlement,
                              const Content& content, const LastAttempt& last) {
  spool::v1::Envelope left = settlement.envelope;
  Wish wish = WishFor(id);
  Edit edit = EditFor(id, wish, left);
  if (wish != Wish::kDelete) {
    co_await AddReport(id, tried, settlement, content, edit);
  }
  co_await ApplyUntilDone(id, edit);
  // The operator may have changed his mind while the disk was writing.
  while (!FinishAs(id, wish, left)) {
    wish = WishFor(id);
    Edit change = EditFor(id, wish, left);
    co_await ApplyUntilDone(id, change);
  }
  const bool is_deleted = wish == Wish::kDelete;
  if (!is_deleted && !left.recipients().empty()) co_return;
  metrics_.CountRemoval(
      {.id = id,
       .envelope = left,
       .tally = settlement.tally,
       .deleted = static_cast<uint32_t>(left.recipients_size()),
       .last = last,
       .now = parts_.clock.Now()});
}

net::Task<> Scheduler::AddReport(QueueId id, const spool::v1::Envelope& tried,
                                 const Settlement& settlement,
                                 const Content& content, Edit& edit) {
  const Reporter::Settled settled = {
      .id = id,
      .tried = tried,
      .settlement = settlement,
      .content = content,
      .retry_until = QueuedTime(tried) + ScheduleFor(tried).give_up_after(),
      .now = parts_.clock.Now()};
  Reporter::Reason reason;
  std::optional<QueueId> report_id;
  std::vector<Reporter::Letter> letters = reporter_.ReportsOn(settled, reason);
  for (Reporter::Letter& letter : letters) {
    if (parts_.filter) {
      const bool is_kept = co_await parts_.filter(
          letter.id, letter.report.envelope, letter.report.content);
      if (!is_kept) continue;
    }
    report_id = letter.id;
    edit.Add(letter.id, std::move(letter.report.envelope),
             std::move(letter.report.content));
  }
  metrics_.CountReport(id, tried, settlement, report_id, reason);
}

const RetrySchedule& Scheduler::ScheduleFor(
    const spool::v1::Envelope& envelope) const {
  if (envelope.is_tls_report()) return options_.tls_report_schedule;
  return HasNullSender(envelope) ? options_.bounce_schedule : options_.schedule;
}

// What the wish makes of the message; `left` gets its hold.
Edit Scheduler::EditFor(QueueId id, Wish wish,
                        spool::v1::Envelope& left) const {
  Edit edit;
  left.set_hold(wish == Wish::kHold);
  if (wish == Wish::kDelete || left.recipients().empty()) {
    edit.Remove(id, left);
  } else {
    edit.Update(id, left);
  }
  return edit;
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

bool Scheduler::FinishAs(QueueId id, Wish wish,
                         const spool::v1::Envelope& left) {
  if (wish == Wish::kDelete || left.recipients().empty()) {
    Finish(id, std::nullopt);
    return true;
  }
  absl::MutexLock lock(&mutex_);
  const QueueIndex::Entry* entry = index_.Find(id);
  if (entry == nullptr) return true;
  if (entry->wish != wish) return false;
  FinishLocked(id, NextAttemptTime(left), wish == Wish::kHold);
  return true;
}

void Scheduler::Finish(QueueId id, std::optional<absl::Time> next) {
  absl::MutexLock lock(&mutex_);
  if (index_.Find(id) != nullptr) FinishLocked(id, next, /*holds=*/false);
}

void Scheduler::FinishLocked(QueueId id, std::optional<absl::Time> next,
                             bool holds) {
  if (holds) {
    index_.Hold(id);
  } else if (next) {
    FollowClock(parts_.clock.Now());  // `next` is by this clock.
    index_.Defer(id, *next);
  } else {
    index_.Remove(id);
  }
  metrics_.ShowDepth(index_);
  // To look again for each would be too much where many wait for room.
  const bool has_room = index_.has_passed_over() &&
                        ++ended_ > options_.active_limit / kLooksAFill;
  if (has_room || (next && *next < planned_)) wake_.Set();
}

QueueIndex::Wish Scheduler::WishFor(QueueId id) const {
  absl::MutexLock lock(&mutex_);
  const QueueIndex::Entry* entry = index_.Find(id);
  return entry == nullptr ? Wish::kNone : entry->wish;
}

}  // namespace postern::mta::queue
