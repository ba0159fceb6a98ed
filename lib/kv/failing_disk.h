// A disk for tests that becomes full, or stops syncing, when told to.

#ifndef POSTERN_LIB_KV_FAILING_DISK_H_
#define POSTERN_LIB_KV_FAILING_DISK_H_

#include <atomic>
#include <memory>
#include <string>
#include <utility>

#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "rocksdb/env.h"
#include "rocksdb/file_system.h"

namespace postern::kv {

struct Faults {
  std::atomic<bool> is_full = false;
  std::atomic<bool> fails_to_sync = false;
  std::atomic<int> syncs = 0;  // Of any file.

  // Waits until there were `count` of them; false after half a minute.
  bool AwaitSyncs(int count) {
    absl::MutexLock lock(&mutex_);
    const auto enough = [this, count] { return syncs >= count; };
    return mutex_.AwaitWithTimeout(absl::Condition(&enough), absl::Seconds(30));
  }

  void CountSync() {
    absl::MutexLock lock(&mutex_);
    ++syncs;
  }

 private:
  absl::Mutex mutex_;
};

class FailingFile final : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  FailingFile(std::unique_ptr<rocksdb::FSWritableFile> file,
              std::shared_ptr<Faults> faults)
      : FSWritableFileOwnerWrapper(std::move(file)),
        faults_(std::move(faults)) {}

  rocksdb::IOStatus Append(const rocksdb::Slice& data,
                           const rocksdb::IOOptions& options,
                           rocksdb::IODebugContext* context) override {
    if (faults_->is_full) return NoSpace();
    return FSWritableFileOwnerWrapper::Append(data, options, context);
  }

  rocksdb::IOStatus Append(const rocksdb::Slice& data,
                           const rocksdb::IOOptions& options,
                           const rocksdb::DataVerificationInfo& info,
                           rocksdb::IODebugContext* context) override {
    if (faults_->is_full) return NoSpace();
    return FSWritableFileOwnerWrapper::Append(data, options, info, context);
  }

  rocksdb::IOStatus Sync(const rocksdb::IOOptions& options,
                         rocksdb::IODebugContext* context) override {
    faults_->CountSync();
    if (faults_->fails_to_sync) return rocksdb::IOStatus::IOError("sync");
    return FSWritableFileOwnerWrapper::Sync(options, context);
  }

 private:
  // As RocksDB's own file says it for ENOSPC.
  static rocksdb::IOStatus NoSpace() {
    rocksdb::IOStatus status = rocksdb::IOStatus::NoSpace("full");
    status.SetRetryable(true);
    return status;
  }

  const std::shared_ptr<Faults> faults_;
};

class FailingFileSystem final : public rocksdb::FileSystemWrapper {
 public:
  explicit FailingFileSystem(std::shared_ptr<Faults> faults)
      : FileSystemWrapper(rocksdb::FileSystem::Default()),
        faults_(std::move(faults)) {}

  const char* Name() const override { return "FailingFileSystem"; }

  rocksdb::IOStatus NewWritableFile(
      const std::string& name, const rocksdb::FileOptions& options,
      std::unique_ptr<rocksdb::FSWritableFile>* result,
      rocksdb::IODebugContext* context) override {
    std::unique_ptr<rocksdb::FSWritableFile> file;
    rocksdb::IOStatus status =
        FileSystemWrapper::NewWritableFile(name, options, &file, context);
    if (status.ok()) {
      *result = std::make_unique<FailingFile>(std::move(file), faults_);
    }
    return status;
  }

 private:
  const std::shared_ptr<Faults> faults_;
};

// Use faults() to make it fail. Must outlive the store that uses it.
class FailingDisk {
 public:
  FailingDisk()
      : faults_(std::make_shared<Faults>()),
        env_(rocksdb::NewCompositeEnv(
            std::make_shared<FailingFileSystem>(faults_))) {}

  Faults& faults() { return *faults_; }
  rocksdb::Env* env() { return env_.get(); }

 private:
  const std::shared_ptr<Faults> faults_;
  const std::unique_ptr<rocksdb::Env> env_;
};

}  // namespace postern::kv

#endif  // POSTERN_LIB_KV_FAILING_DISK_H_
