// Remembers what went wrong in RocksDB's own threads, and keeps it from
// recovering by itself: the syncer does that.
//
// Threads: locks internally.

#ifndef POSTERN_LIB_KV_BACKGROUND_ERRORS_H_
#define POSTERN_LIB_KV_BACKGROUND_ERRORS_H_

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "rocksdb/listener.h"

namespace postern::kv {

class BackgroundErrors final : public rocksdb::EventListener {
 public:
  // Returns the last error, OK when there was none since Clear().
  rocksdb::Status status() const {
    absl::MutexLock lock(&mutex_);
    return status_;
  }

  void Clear() { Set(rocksdb::Status::OK()); }
  void Set(const rocksdb::Status& status) {
    absl::MutexLock lock(&mutex_);
    status_ = status;
  }

  void OnBackgroundError(rocksdb::BackgroundErrorReason,
                         rocksdb::Status* error) override {
    Set(*error);
  }

  void OnErrorRecoveryBegin(rocksdb::BackgroundErrorReason, rocksdb::Status,
                            bool* auto_recovery) override {
    *auto_recovery = false;
  }

 private:
  mutable absl::Mutex mutex_;
  rocksdb::Status status_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace postern::kv

#endif  // POSTERN_LIB_KV_BACKGROUND_ERRORS_H_
