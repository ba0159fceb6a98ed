// The database under the spool: RocksDB, tuned for mail that lives for seconds.
//
// Most messages are gone before the memtable that holds them is full; chunks
// are deleted with SingleDelete, so a flush writes neither them nor their
// deletion. What RocksDB has to say goes to our log.
//
// After a write found the disk full, the handle is given up and the directory
// opened anew (Reopen()): RocksDB 7.8 can be resumed, but may then write behind
// the torn record in its log, or fail an assertion of its own.
//
// A log that is damaged before its end is kept in damaged-logs/ below the
// directory, and what stands before the damage is used; our log says so.
//
// Errors:  Open(): FailedPrecondition if another program has it open, NotFound,
//          PermissionDenied. All: ResourceExhausted (the disk is full),
//          DataLoss (damaged: see docs/formats/spool.md), Unavailable.
// Threads: safe from any thread; Reopen() waits for the calls that are running,
//          and new ones for it.
// Limits:  36 MiB of memtables, 8 MiB of block cache.

#ifndef POSTERN_MTA_QUEUE_SPOOL_DATABASE_H_
#define POSTERN_MTA_QUEUE_SPOOL_DATABASE_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "rocksdb/db.h"
#include "rocksdb/write_batch.h"

namespace postern::mta::queue {

class SpoolDatabase {
 public:
  // Opens or makes the database in `directory`; `env` may be null.
  static absl::StatusOr<std::unique_ptr<SpoolDatabase>> Open(
      const std::string& directory, rocksdb::Env* env);
  SpoolDatabase(const SpoolDatabase&) = delete;
  SpoolDatabase& operator=(const SpoolDatabase&) = delete;
  ~SpoolDatabase();

  // NotFound: no such key.
  absl::StatusOr<std::string> Get(absl::string_view key) const;

  // Calls `visit(key, value)` for every entry whose key starts with `prefix`,
  // in order.
  absl::Status ForEach(
      absl::string_view prefix,
      const std::function<void(absl::string_view key, absl::string_view value)>&
          visit) const;
  // Returns the last key that starts with the letter `table`; empty: none does.
  absl::StatusOr<std::string> LastKey(char table) const;

  // Writes without a sync.
  absl::Status Write(rocksdb::WriteBatch& batch);
  // Makes all durable that was written before. What is written meanwhile waits.
  absl::Status SyncLog();

  // Closes and opens it, if there is room to work with. Until that succeeds,
  // every call fails.
  absl::Status Reopen();

  // Opening found a log damaged before its end, and what stood behind that is
  // only in KeptLogs() now.
  bool lost_some_log() const { return lost_some_log_; }
  // Where damaged logs are kept, for a person to look at.
  std::string KeptLogs() const;

  absl::StatusOr<int64_t> FreeBytes() const;
  // What the tables take on disk, without the log.
  int64_t StoredBytes() const;
  // Rewrites the tables without what was deleted.
  absl::Status Compact();

 private:
  SpoolDatabase(std::string directory, rocksdb::Env* env);
  absl::Status OpenHandle() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status KeepLogs() const;
  // Deletes the oldest of what KeptLogs() has with this ending.
  absl::Status ForgetOldest(absl::string_view ending, size_t most) const;

  // Calls `call(db)`, which returns RocksDB's status, while it is open.
  template <typename Call>
  absl::Status With(absl::string_view what, const Call& call) const;

  const std::string directory_;
  rocksdb::Env* const env_;
  bool lost_some_log_ = false;  // Since Open().
  mutable absl::Mutex mutex_;
  // Null: Reopen() has closed it and could not open it.
  std::unique_ptr<rocksdb::DB> db_ ABSL_GUARDED_BY(mutex_);
};

// Our views as RocksDB's.
inline rocksdb::Slice AsSlice(absl::string_view text) {
  return rocksdb::Slice(text.data(), text.size());
}

}  // namespace postern::mta::queue

#endif  // POSTERN_MTA_QUEUE_SPOOL_DATABASE_H_
