#include "lib/redis/connection.h"

#include <algorithm>
#include <chrono>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "lib/base/status_macros.h"
#include "lib/redis/reply_reader.h"

namespace postern::redis {
namespace {

constexpr size_t kReadBytes = 16 << 10;

net::Deadline Never() { return net::Deadline::After(absl::InfiniteDuration()); }

absl::Status Closed() { return absl::UnavailableError("redis: closed"); }

}  // namespace

// Lives in the task that waits, and leaves the queues when that ends in
// whatever way.
class Connection::Pending {
 public:
  enum class Place { kNowhere, kQueued, kOwed };

  Pending(Connection& connection, absl::string_view wire, int prelude)
      : wire(wire), prelude(prelude), connection_(connection) {}
  Pending(const Pending&) = delete;
  Pending& operator=(const Pending&) = delete;
  ~Pending() { connection_.Forget(*this); }

  void Finish(Answer result) {
    place = Place::kNowhere;
    answer = std::move(result);
    done.Set();
  }

  const absl::string_view wire;
  const int prelude;
  Place place = Place::kNowhere;
  uint64_t number = 0;  // Within its queue.
  Answer answer;
  net::Event done;

 private:
  Connection& connection_;
};

Connection::Connection(Options options) : options_(std::move(options)) {}

net::Task<Answer> Connection::Roundtrip(absl::string_view wire, int prelude,
                                        net::Deadline deadline) {
  if (is_closed_) co_return Answer::Failed(Answer::Fate::kRefused, Closed());
  if (queued_.size() + owed_.size() >= kMaxUnderWay) {
    co_return Answer::Failed(
        Answer::Fate::kRefused,
        absl::UnavailableError("redis: too many commands under way"));
  }
  Pending pending(*this, wire, prelude);
  Enqueue(pending);
  const bool is_done = co_await pending.done.Wait(deadline);
  if (is_done) co_return std::move(pending.answer);
  const bool was_sent = pending.place == Pending::Place::kOwed;
  BreakIfStuck();
  co_return Answer::Failed(
      was_sent ? Answer::Fate::kTimedOut : Answer::Fate::kNotSent,
      absl::DeadlineExceededError(absl::StrCat(
          "redis: ", options_.endpoint.ToString(),
          was_sent ? ": no reply in time" : ": not sent in time")));
}

void Connection::Enqueue(Pending& pending) {
  BreakIfStuck();
  pending.place = Pending::Place::kQueued;
  pending.number = first_queued_ + queued_.size();
  queued_.push_back(&pending);
  if (is_writer_idle_) {
    is_writer_idle_ = false;
    work_.Set();
  } else if (!is_serving_) {
    is_serving_ = true;
    net::Spawn(options_.drain, Serve(shared_from_this()));
  }
}

void Connection::Forget(Pending& pending) {
  if (pending.place == Pending::Place::kQueued) {
    queued_[pending.number - first_queued_] = nullptr;
  } else if (pending.place == Pending::Place::kOwed) {
    owed_[pending.number - first_owed_].waiter = nullptr;
  }
  pending.place = Pending::Place::kNowhere;
}

net::Task<> Connection::Serve(std::shared_ptr<Connection> self) {
  while (!self->is_closed_ && !self->queued_.empty()) {
    absl::StatusOr<net::Stream> stream =
        co_await self->options_.dialer.Dial(self->options_.endpoint);
    self->options_.meters.CountConnect(stream.ok());
    if (!stream.ok()) {
      self->FailQueued(Answer::Fate::kNotSent, stream.status());
      if (!self->is_closed_) self->options_.on_broken(stream.status());
      break;
    }
    self->stream_ = *std::move(stream);
    const absl::Status why = co_await self->Converse();
    self->stream_.reset();
    self->FailOwed(why);
    if (!self->is_closed_) self->options_.on_broken(why);
  }
  self->is_serving_ = false;
}

net::Task<absl::Status> Connection::Converse() {
  if (is_closed_) co_return Closed();
  break_reason_ = absl::OkStatus();
  writer_ended_.Reset();
  net::Spawn(options_.drain, WriteLoop(shared_from_this()));
  const absl::Status read = co_await ReadLoop();
  Break(read);
  co_await writer_ended_.Wait(Never());
  co_return absl::UnavailableError(absl::StrCat(options_.endpoint.ToString(),
                                                ": ", break_reason_.message()));
}

net::Task<> Connection::WriteLoop(std::shared_ptr<Connection> self) {
  while (self->break_reason_.ok()) {
    if (self->queued_.empty()) {
      self->work_.Reset();
      self->is_writer_idle_ = true;
      co_await self->work_.Wait(Never());
      continue;
    }
    self->TakeBatch();
    const net::Deadline deadline =
        net::Deadline::After(self->options_.patience);
    const absl::Status written =
        co_await self->stream_->Write(self->batch_, deadline);
    if (!written.ok()) self->Break(written);
  }
  self->is_writer_idle_ = false;
  self->writer_ended_.Set();
}

void Connection::TakeBatch() {
  batch_.clear();
  const TimePoint now = std::chrono::steady_clock::now();
  while (!queued_.empty() && batch_.size() < kMaxBatchBytes) {
    Pending* pending = queued_.front();
    queued_.pop_front();
    ++first_queued_;
    if (pending == nullptr) continue;
    absl::StrAppend(&batch_, pending->wire);
    pending->place = Pending::Place::kOwed;
    pending->number = first_owed_ + owed_.size();
    owed_.push_back({pending, pending->prelude, now});
  }
}

net::Task<absl::Status> Connection::ReadLoop() {
  ReplyReader reader;
  std::vector<char> buffer(kReadBytes);
  for (;;) {
    CO_ASSIGN_OR_RETURN(const size_t n, co_await stream_->Read(
                                            absl::MakeSpan(buffer), Never()));
    if (n == 0) co_return absl::UnavailableError("closed by the server");
    CO_RETURN_IF_ERROR(reader.Feed({buffer.data(), n}));
    for (;;) {
      CO_ASSIGN_OR_RETURN(std::optional<Reply> reply, reader.Next());
      if (!reply) break;
      CO_RETURN_IF_ERROR(Deliver(*std::move(reply)));
    }
  }
}

absl::Status Connection::Deliver(Reply reply) {
  if (owed_.empty()) {
    return absl::DataLossError("redis: a reply that nobody asked for");
  }
  Owed& owed = owed_.front();
  if (owed.prelude > 0) {
    --owed.prelude;
    return absl::OkStatus();
  }
  Pending* waiter = owed.waiter;
  owed_.pop_front();
  ++first_owed_;
  if (waiter != nullptr) {
    waiter->Finish({.fate = Answer::Fate::kReplied,
                    .status = absl::OkStatus(),
                    .reply = std::move(reply)});
  }
  return absl::OkStatus();
}

void Connection::BreakIfStuck() {
  if (!stream_ || owed_.empty()) return;
  const TimePoint limit =
      owed_.front().sent + absl::ToChronoNanoseconds(options_.patience);
  if (std::chrono::steady_clock::now() > limit) {
    Break(absl::UnavailableError("owed a reply for too long"));
  }
}

void Connection::Break(absl::Status why) {
  if (!stream_ || !break_reason_.ok()) return;
  break_reason_ = std::move(why);
  stream_->Interrupt();
  is_writer_idle_ = false;
  work_.Set();
}

void Connection::FailQueued(Answer::Fate fate, const absl::Status& why) {
  for (Pending* pending : queued_) {
    if (pending != nullptr) pending->Finish(Answer::Failed(fate, why));
  }
  first_queued_ += queued_.size();
  queued_.clear();
}

void Connection::FailOwed(const absl::Status& why) {
  for (const Owed& owed : owed_) {
    if (owed.waiter == nullptr) continue;
    owed.waiter->Finish(Answer::Failed(Answer::Fate::kLost, why));
  }
  first_owed_ += owed_.size();
  owed_.clear();
}

void Connection::Close() {
  is_closed_ = true;
  Break(Closed());
  FailQueued(Answer::Fate::kRefused, Closed());
}

}  // namespace postern::redis
