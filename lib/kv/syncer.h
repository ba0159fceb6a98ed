// The store's background thread: brings what was written to stable storage,
// and the database back to life after a failed write.
//
// Threads: safe to share.

#ifndef POSTERN_LIB_KV_SYNCER_H_
#define POSTERN_LIB_KV_SYNCER_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "lib/kv/background_errors.h"
#include "lib/kv/database.h"

namespace postern::kv {

class Syncer {
 public:
  // `database` must outlive the syncer and report to `errors`.
  Syncer(Database& database, std::shared_ptr<BackgroundErrors> errors,
         absl::Duration interval);
  Syncer(const Syncer&) = delete;
  Syncer& operator=(const Syncer&) = delete;
  // Syncs a last time.
  ~Syncer();

  // Something was written, or could not be.
  void NoteWrite() { dirty_.store(true, std::memory_order_relaxed); }
  absl::Status NoteFailure(absl::Status failure);

  // Makes the database writable again first, if it is not.
  absl::Status Sync();

  absl::Status Healthy() const;
  uint64_t write_failures() const { return write_failures_.load(); }
  uint64_t sync_failures() const { return sync_failures_.load(); }

 private:
  void Run();
  absl::Status ResumeIfBroken();
  bool MayHaveBrokenLog() const;

  absl::Status SyncDatabase() const;

  Database& database_;
  const std::shared_ptr<BackgroundErrors> errors_;
  const absl::Duration interval_;
  std::atomic<bool> dirty_ = false;
  std::atomic<uint64_t> write_failures_ = 0;
  std::atomic<uint64_t> sync_failures_ = 0;
  mutable absl::Mutex mutex_;
  absl::Status write_status_ ABSL_GUARDED_BY(mutex_);
  absl::Status sync_status_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace postern::kv

#endif  // POSTERN_LIB_KV_SYNCER_H_
