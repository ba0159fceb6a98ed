#include "lib/kv/syncer.h"

#include <utility>

#include "lib/base/log.h"
#include "lib/kv/rocksdb_status.h"

namespace postern::kv {

Syncer::Syncer(rocksdb::DB& db, std::string directory, absl::Duration interval)
    : db_(db), directory_(std::move(directory)), interval_(interval) {
  thread_ = std::thread([this] { Run(); });
}

Syncer::~Syncer() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  thread_.join();
  if (dirty_.load()) Sync().IgnoreError();
}

absl::Status Syncer::NoteFailure(absl::Status failure) {
  write_failures_.fetch_add(1, std::memory_order_relaxed);
  absl::MutexLock lock(&mutex_);
  if (write_status_.ok()) {
    log::Error("store cannot write", {{"error", failure}});
  }
  write_status_ = failure;
  return failure;
}

absl::Status Syncer::Sync() {
  // Before the sync: what is written while it runs wants the next one.
  dirty_.store(false);
  const absl::Status status = ToStatus(db_.SyncWAL(), directory_);
  absl::MutexLock lock(&mutex_);
  if (!status.ok()) {
    dirty_.store(true);
    sync_failures_.fetch_add(1, std::memory_order_relaxed);
    if (sync_status_.ok()) log::Error("store cannot sync", {{"error", status}});
  }
  sync_status_ = status;
  return status;
}

absl::Status Syncer::Healthy() const {
  absl::MutexLock lock(&mutex_);
  return write_status_.ok() ? sync_status_ : write_status_;
}

void Syncer::Run() {
  absl::MutexLock lock(&mutex_);
  while (!mutex_.AwaitWithTimeout(absl::Condition(&stopping_), interval_)) {
    const bool broken = !write_status_.ok();
    mutex_.Unlock();
    if (broken) TryToResume();
    if (dirty_.load()) Sync().IgnoreError();
    mutex_.Lock();
  }
}

// RocksDB refuses writes after one has failed, until it is told to look again.
void Syncer::TryToResume() {
  const absl::Status status = ToStatus(db_.Resume(), directory_);
  absl::MutexLock lock(&mutex_);
  write_status_ = status;
  if (status.ok()) log::Info("store can write again", {{"store", directory_}});
}

}  // namespace postern::kv
