#include "lib/kv/syncer.h"

#include <utility>

#include "lib/base/log.h"
#include "lib/base/status_macros.h"
#include "lib/kv/log_sync.h"
#include "lib/kv/rocksdb_status.h"

namespace postern::kv {

Syncer::Syncer(Database& database, std::shared_ptr<BackgroundErrors> errors,
               absl::Duration interval)
    : database_(database), errors_(std::move(errors)), interval_(interval) {
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
    log::Error("store_cannot_write", {{"error", failure}});
  }
  write_status_ = failure;
  return failure;
}

absl::Status Syncer::Sync() {
  RETURN_IF_ERROR(ResumeIfBroken());
  // Before the sync: what is written while it runs wants the next one.
  dirty_.store(false);
  const absl::Status status = SyncDatabase();
  absl::MutexLock lock(&mutex_);
  if (!status.ok()) {
    dirty_.store(true);
    sync_failures_.fetch_add(1, std::memory_order_relaxed);
    if (sync_status_.ok()) log::Error("store_cannot_sync", {{"error", status}});
  }
  sync_status_ = status;
  return status;
}

absl::Status Syncer::SyncDatabase() const {
  const Database::Use db(database_);
  if (!db) return database_.Closed();
  return ToStatus(SyncLog(*db), database_.directory());
}

absl::Status Syncer::Healthy() const {
  absl::MutexLock lock(&mutex_);
  if (!write_status_.ok()) return write_status_;
  if (!sync_status_.ok()) return sync_status_;
  return ToStatus(errors_->status(), database_.directory());
}

void Syncer::Run() {
  absl::MutexLock lock(&mutex_);
  while (!mutex_.AwaitWithTimeout(absl::Condition(&stopping_), interval_)) {
    mutex_.Unlock();
    if (!Healthy().ok() || dirty_.load()) Sync().IgnoreError();
    mutex_.Lock();
  }
}

bool Syncer::MayHaveBrokenLog() const {
  absl::MutexLock lock(&mutex_);
  return !write_status_.ok() || !sync_status_.ok();
}

// It never takes writes again after an error other than a full disk.
absl::Status Syncer::ResumeIfBroken() {
  if (Healthy().ok()) return absl::OkStatus();
  // An error that comes while it resumes is a new one.
  const rocksdb::Status error = errors_->status();
  errors_->Clear();
  const absl::Status status = database_.Revive(MayHaveBrokenLog());
  absl::MutexLock lock(&mutex_);
  if (!status.ok()) {
    if (errors_->status().ok()) errors_->Set(error);
    return status;
  }
  if (!write_status_.ok()) {
    log::Info("store_recovered", {{"store", database_.directory()}});
  }
  write_status_ = absl::OkStatus();
  return status;
}

}  // namespace postern::kv
