#include "greylistd/late_writes.h"

#include <utility>

#include "absl/hash/hash.h"
#include "lib/base/log.h"
#include "lib/base/status_macros.h"

namespace postern::greylistd {
namespace {

constexpr size_t kMostWaiting = 64 << 10;
constexpr absl::Duration kLate = absl::Milliseconds(20);
// Few enough that whoever writes at the same time does not wait long.
constexpr size_t kBatch = 128;

}  // namespace

LateWrites::LateWrites(kv::Store& store, KnownKeys& keys)
    : store_(store), keys_(keys), thread_([this] { Run(); }) {}

LateWrites::~LateWrites() {
  {
    absl::MutexLock lock(&run_mutex_);
    is_to_end_ = true;
  }
  thread_.join();
  const absl::Status status = Flush();
  if (!status.ok()) log::Error("new_triplets_lost", {{"error", status}});
}

const LateWrites::Shard& LateWrites::ShardOf(absl::string_view key) const {
  return shards_[absl::Hash<absl::string_view>()(key) % kShards];
}

LateWrites::Shard& LateWrites::ShardOf(absl::string_view key) {
  return shards_[absl::Hash<absl::string_view>()(key) % kShards];
}

std::optional<std::string> LateWrites::Find(absl::string_view key) const {
  if (waiting_ == 0) return std::nullopt;
  const Shard& shard = ShardOf(key);
  absl::MutexLock lock(&shard.mutex);
  for (const Values* values : {&shard.waiting, &shard.writing}) {
    const auto it = values->find(key);
    if (it != values->end()) return it->second.text;
  }
  return std::nullopt;
}

bool LateWrites::Put(std::string key, std::string value, absl::Time expires) {
  if (is_failing_ || waiting_ >= kMostWaiting) return false;
  Shard& shard = ShardOf(key);
  {
    absl::MutexLock lock(&shard.mutex);
    const auto [at, is_new] = shard.waiting.insert_or_assign(
        std::move(key), Value{std::move(value), expires});
    if (!is_new || waiting_.fetch_add(1) != 0) return true;
  }
  // The first one wakes the thread.
  absl::MutexLock lock(&run_mutex_);
  has_work_ = true;
  return true;
}

void LateWrites::Withdraw(absl::string_view key) {
  if (waiting_ == 0) return;
  Shard& shard = ShardOf(key);
  {
    absl::MutexLock lock(&shard.mutex);
    waiting_ -= shard.waiting.erase(key);
    if (!shard.writing.contains(key)) return;
  }
  // A flush holds its mutex until what it is writing is written, or waits
  // again because it could not be.
  absl::MutexLock flush_lock(&flush_mutex_);
  absl::MutexLock lock(&shard.mutex);
  waiting_ -= shard.waiting.erase(key);
}

absl::Status LateWrites::Flush() {
  absl::MutexLock lock(&flush_mutex_);
  absl::Status status;
  for (Shard& shard : shards_) status.Update(FlushShard(shard));
  is_failing_ = !status.ok();
  return status;
}

absl::Status LateWrites::FlushShard(Shard& shard) {
  const Values* values = nullptr;
  {
    absl::MutexLock lock(&shard.mutex);
    if (shard.waiting.empty()) return absl::OkStatus();
    shard.writing.swap(shard.waiting);
    values = &shard.writing;
  }
  // Nobody else changes it meanwhile.
  const absl::Status status = Write(*values);
  absl::MutexLock lock(&shard.mutex);
  if (status.ok()) {
    waiting_ -= shard.writing.size();
  } else {
    // They wait again, but for those that have been replaced since.
    for (auto& [key, value] : shard.writing) {
      if (!shard.waiting.emplace(key, std::move(value)).second) --waiting_;
    }
  }
  shard.writing.clear();
  return status;
}

absl::Status LateWrites::Write(const Values& values) {
  kv::Batch batch;
  size_t count = 0;
  for (const auto& [key, value] : values) {
    batch.Put(key, value.text, value.expires);
    if (++count % kBatch != 0 && count != values.size()) continue;
    RETURN_IF_ERROR(store_.Write(std::move(batch)));
    batch = kv::Batch();
  }
  for (const auto& [key, value] : values) keys_.Add(key);
  return absl::OkStatus();
}

bool LateWrites::AwaitWork() {
  const auto should_wake = [this]() ABSL_SHARED_LOCKS_REQUIRED(run_mutex_) {
    return has_work_ || is_to_end_;
  };
  absl::MutexLock lock(&run_mutex_);
  run_mutex_.Await(absl::Condition(&should_wake));
  if (run_mutex_.AwaitWithTimeout(absl::Condition(&is_to_end_), kLate)) {
    return false;
  }
  has_work_ = false;
  return true;
}

void LateWrites::Run() {
  while (AwaitWork()) {
    const bool was_failing = is_failing_;
    const absl::Status status = Flush();
    if (!status.ok() && !was_failing) {
      log::Warning("new_triplets_not_written", {{"error", status}});
    }
    if (waiting_ == 0) continue;
    // What came during the flush, or could not be written.
    absl::MutexLock lock(&run_mutex_);
    has_work_ = true;
  }
}

}  // namespace postern::greylistd
