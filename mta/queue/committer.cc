#include "mta/queue/committer.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "lib/base/log.h"
#include "lib/net/deadline.h"
#include "lib/net/event.h"
#include "mta/queue/spool_database.h"
#include "rocksdb/db.h"
#include "rocksdb/write_batch.h"

namespace postern::mta::queue {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr absl::Duration kReopenWait = absl::Seconds(1);
constexpr size_t kGroupBytes = 4 << 20;

}  // namespace

struct Committer::Request {
  Request(Edit edit, bool is_waited_for)
      : edit(std::move(edit)),
        is_waited_for(is_waited_for),
        since(SteadyClock::now()) {}

  size_t Bytes() const {
    size_t bytes = 0;
    for (const Edit::Write& write : edit.writes_) {
      bytes += write.key.size() + write.value.size();
    }
    return bytes;
  }

  void AddTo(rocksdb::WriteBatch& batch) const {
    using Kind = Edit::Write::Kind;
    for (const auto& [kind, key, value] : edit.writes_) {
      if (kind == Kind::kPut) batch.Put(AsSlice(key), AsSlice(value));
      if (kind == Kind::kDelete) batch.Delete(AsSlice(key));
      if (kind == Kind::kSingleDelete) batch.SingleDelete(AsSlice(key));
    }
  }

  Edit edit;
  const bool is_waited_for;
  const SteadyClock::time_point since;
  // The waiter has gone: not worth writing any more.
  std::atomic<bool> is_abandoned = false;
  absl::Mutex mutex;
  bool is_done = false;  // With the mutex, for CommitBlocking().
  absl::Status result;
  net::Event done;  // For Commit().
};

Committer::Committer(SpoolDatabase& database, metrics::Registry& registry)
    : database_(database),
      latency_(registry.AddHistogram(
          "postern_mta_queue_commit_seconds",
          "From asking for a change of the spool until it is on disk.",
          metrics::LatencyBounds())),
      group_size_(registry.AddHistogram(
          "postern_mta_queue_commit_group_size",
          "Changes of the spool that became durable in one sync.",
          {1, 2, 4, 8, 16, 32, 64, 128, 256})),
      syncs_(registry.AddCounter("postern_mta_queue_syncs_total",
                                 "Syncs of the spool's write-ahead log.")),
      sync_latency_(registry.AddHistogram(
          "postern_mta_queue_sync_seconds",
          "How long a sync of the spool's write-ahead log took.",
          metrics::LatencyBounds())),
      failed_gauge_(registry.AddGauge(
          "postern_mta_queue_failed",
          "1 after a write or sync failed: mail is refused until restart.")),
      full_gauge_(registry.AddGauge(
          "postern_mta_queue_disk_full",
          "1 while mail is refused because a write found the disk full.")),
      thread_([this] { Run(); }) {}

Committer::~Committer() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  thread_.join();
}

void Committer::OnAdded(std::function<void(NewMessage)> call) {
  absl::MutexLock lock(&on_added_mutex_);
  on_added_ = std::move(call);
}

net::Task<absl::Status> Committer::Commit(Edit edit, absl::Duration patience) {
  const auto request = std::make_shared<Request>(std::move(edit), true);
  Submit(request);
  const net::Deadline deadline = net::Deadline::After(patience);
  const bool in_time = co_await request->done.Wait(deadline);
  if (!in_time) {
    request->is_abandoned = true;
    co_return absl::DeadlineExceededError("the queue's disk does not answer");
  }
  co_return request->result;
}

absl::Status Committer::CommitBlocking(Edit edit) {
  const auto request = std::make_shared<Request>(std::move(edit), true);
  Submit(request);
  absl::MutexLock lock(&request->mutex);
  request->mutex.Await(absl::Condition(&request->is_done));
  return request->result;
}

void Committer::WriteLater(Edit edit) {
  Submit(std::make_shared<Request>(std::move(edit), false));
}

absl::Status Committer::ok() const {
  absl::MutexLock lock(&mutex_);
  return reason_;
}

void Committer::Submit(std::shared_ptr<Request> request) {
  absl::MutexLock lock(&mutex_);
  (request->is_waited_for ? waiting_ : later_).push_back(std::move(request));
}

bool Committer::HasWork() const {
  if (stopping_ || !waiting_.empty()) return true;
  return state_ != State::kFull && !later_.empty();
}

bool Committer::HasReasonToWake() const {
  return HasWork() || state_ == State::kFull;
}

void Committer::Run() {
  bool is_last = false;
  while (!is_last) {
    {
      absl::MutexLock lock(&mutex_);
      mutex_.Await(absl::Condition(this, &Committer::HasReasonToWake));
      // A full disk is looked at again after a while, or when somebody asks.
      mutex_.AwaitWithTimeout(absl::Condition(this, &Committer::HasWork),
                              kReopenWait);
    }
    Group group = TakeGroup();
    is_last = group.is_last;
    const absl::Status status = WriteGroup(group);
    Answer(std::move(group), status);
  }
}

Committer::Group Committer::TakeGroup() {
  absl::MutexLock lock(&mutex_);
  Group group;
  size_t bytes = 0;
  for (Requests* source : {&later_, &waiting_}) {
    while (!source->empty() && bytes < kGroupBytes) {
      std::shared_ptr<Request> request = std::move(source->front());
      source->pop_front();
      if (request->is_abandoned) continue;
      bytes += request->Bytes();
      group.is_waited_for |= request->is_waited_for;
      group.requests.push_back(std::move(request));
    }
  }
  group.is_last = stopping_ && later_.empty() && waiting_.empty();
  return group;
}

absl::Status Committer::WriteGroup(const Group& group) {
  const absl::Status resumed = ReopenIfFull();
  if (!resumed.ok() || group.requests.empty()) return resumed;
  rocksdb::WriteBatch batch;
  for (const auto& request : group.requests) request->AddTo(batch);
  // Written and synced apart, so that we learn which of the two failed.
  const absl::Status status = database_.Write(batch);
  if (!status.ok()) return ReportWriteError(status);
  if (!group.is_waited_for) return absl::OkStatus();
  const SteadyClock::time_point begun = SteadyClock::now();
  const absl::Status synced = database_.SyncLog();
  sync_latency_.Observe(
      std::chrono::duration<double>(SteadyClock::now() - begun).count());
  if (!synced.ok()) return ReportSyncError(synced);
  syncs_.Increment();
  group_size_.Observe(static_cast<double>(group.requests.size()));
  return absl::OkStatus();
}

void Committer::Answer(Group group, const absl::Status& status) {
  if (status.ok()) TellOfAdded(group);
  if (absl::IsResourceExhausted(status)) KeepForLater(group);
  const SteadyClock::time_point now = SteadyClock::now();
  for (const auto& request : group.requests) {
    latency_.Observe(
        std::chrono::duration<double>(now - request->since).count());
    {
      absl::MutexLock lock(&request->mutex);
      request->result = status;
      request->is_done = true;
    }
    request->done.Set();
  }
}

void Committer::TellOfAdded(const Group& group) {
  absl::MutexLock lock(&on_added_mutex_);
  if (on_added_ == nullptr) return;
  for (const auto& request : group.requests) {
    for (NewMessage& message : request->edit.added_) {
      on_added_(std::move(message));
    }
  }
}

void Committer::KeepForLater(Group& group) {
  absl::MutexLock lock(&mutex_);
  if (state_ == State::kFailed || stopping_) return;
  const auto waited_for = std::stable_partition(
      group.requests.begin(), group.requests.end(),
      [](const auto& request) { return !request->is_waited_for; });
  later_.insert(later_.begin(), std::make_move_iterator(group.requests.begin()),
                std::make_move_iterator(waited_for));
  group.requests.erase(group.requests.begin(), waited_for);
}

absl::Status Committer::ReopenIfFull() {
  {
    absl::MutexLock lock(&mutex_);
    if (state_ != State::kFull) return reason_;
  }
  const absl::Status status = database_.Reopen();
  if (!status.ok()) return ReportWriteError(status);
  absl::MutexLock lock(&mutex_);
  if (state_ == State::kFailed) return reason_;
  state_ = State::kWorking;
  reason_ = absl::OkStatus();
  full_gauge_.Set(0);
  log::Info("disk_has_room");
  return absl::OkStatus();
}

absl::Status Committer::ReportWriteError(const absl::Status& status) {
  if (!absl::IsResourceExhausted(status)) return ReportSyncError(status);
  absl::MutexLock lock(&mutex_);
  if (state_ != State::kWorking) return reason_;
  state_ = State::kFull;
  reason_ = absl::ResourceExhaustedError("the disk of the queue is full");
  full_gauge_.Set(1);
  log::Error("disk_full", {{"error", status}});
  return reason_;
}

absl::Status Committer::ReportSyncError(const absl::Status& status) {
  absl::MutexLock lock(&mutex_);
  if (state_ == State::kFailed) return reason_;
  state_ = State::kFailed;
  reason_ = absl::ResourceExhaustedError(
      absl::StrCat("restart needed: ", status.message()));
  failed_gauge_.Set(1);
  log::Error("queue_refuses", {{"error", reason_}});
  return reason_;
}

}  // namespace postern::mta::queue
