// A disk for tests that loses power, fills up and breaks.
//
// It keeps the files in a real directory but knows of each what has been
// synced. When the power goes, nothing is written any more; Recover() then
// leaves of every file what was synced and by chance some of the rest, and
// takes back renames and new names whose directory was not synced. That is the
// most that POSIX allows a disk to forget.
//
//   UnsyncedFileSystem disk;
//   disk.LosePowerAfter(500);           // operations
//   …                                   // use a spool with env = disk.env()
//   spool.reset();
//   disk.Recover(seed);
//
// Threads: locks internally; Recover() while no file is open.
// Limits:  one directory and those in it.

#ifndef POSTERN_MTA_QUEUE_UNSYNCED_FILE_SYSTEM_H_
#define POSTERN_MTA_QUEUE_UNSYNCED_FILE_SYSTEM_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "rocksdb/env.h"
#include "rocksdb/file_system.h"

namespace postern::mta::queue {

class UnsyncedFileSystem {
 public:
  enum class Operation { kAppend, kSync };

  UnsyncedFileSystem();
  ~UnsyncedFileSystem();

  // For SpoolOptions; lives as long as this.
  rocksdb::Env* env() { return env_.get(); }

  // After so many more appends, syncs and changes of names the power goes.
  void LosePowerAfter(int64_t operations);
  bool has_lost_power() const;
  // Gives the power back. `seed` decides what of the unsynced is there.
  void Recover(uint64_t seed);

  // Has every `operation` fail from now on, until Heal(). An append that finds
  // the disk full has written half of its data.
  void Fail(Operation operation, rocksdb::IOStatus status);
  void Heal();
  // Once `bytes` more are written, every append finds the disk full; nullopt:
  // it has room again.
  void SetCapacity(std::optional<int64_t> bytes);
  // What GetFreeSpace() tells; nullopt: the truth.
  void SetFreeBytes(std::optional<uint64_t> bytes);

  int64_t syncs() const;

 private:
  class Layer;
  class File;
  class Directory;

  struct FileState {
    uint64_t size = 0;
    uint64_t synced_size = 0;
  };
  // A new file, or a rename if `from` is not empty.
  struct NameChange {
    std::string from;
    std::string to;
    std::optional<std::string> replaced;  // The old content of `to`.
  };

  // OK if the operation may be done now.
  rocksdb::IOStatus Permit(std::optional<Operation> operation,
                           size_t bytes = 0);
  void Grow(const std::string& path, uint64_t bytes);
  uint64_t SizeOf(const std::string& path) const;
  void MarkSynced(const std::string& path, uint64_t size);
  void MarkNamesSynced(const std::string& directory);
  void Undo(const NameChange& change) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void ForgetTail(const std::string& path, const FileState& state,
                  std::mt19937_64& random);

  mutable absl::Mutex mutex_;
  std::map<std::string, FileState> files_ ABSL_GUARDED_BY(mutex_);
  // Since the last sync of the directory.
  std::vector<NameChange> name_changes_ ABSL_GUARDED_BY(mutex_);
  std::optional<int64_t> operations_left_ ABSL_GUARDED_BY(mutex_);
  std::map<Operation, rocksdb::IOStatus> failures_ ABSL_GUARDED_BY(mutex_);
  std::optional<int64_t> capacity_ ABSL_GUARDED_BY(mutex_);
  std::optional<uint64_t> free_bytes_ ABSL_GUARDED_BY(mutex_);
  int64_t syncs_ ABSL_GUARDED_BY(mutex_) = 0;
  std::unique_ptr<rocksdb::Env> env_;
};

}  // namespace postern::mta::queue

#endif  // POSTERN_MTA_QUEUE_UNSYNCED_FILE_SYSTEM_H_
