// The database below a store, which can be brought back to life while others
// use it.
//
//   const Database::Use db(database);
//   if (!db) return database.Closed();
//   db->Get(…);                        // stays open as long as `db` lives
//
// Source:  RocksDB refuses writes after one has failed, until Resume(). That
//          gives it a new log only if it has something in memory; with the old
//          one, which has seen an error, the next write would end the process
//          (Debian's build has asserts). Then it is closed and opened anew.
// Errors:  those of store.h; the text starts with the directory.
// Threads: safe to share; one Use a thread at a time.

#ifndef POSTERN_LIB_KV_DATABASE_H_
#define POSTERN_LIB_KV_DATABASE_H_

#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "rocksdb/db.h"
#include "rocksdb/options.h"

namespace postern::kv {

class Database {
 public:
  // `options` must keep RocksDB from recovering by itself
  // (background_errors.h).
  static absl::StatusOr<std::unique_ptr<Database>> Open(
      const rocksdb::Options& options, std::string directory);
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  class Use {
   public:
    explicit Use(const Database& database)
        : lock_(&database.mutex_), db_(Of(database)) {}

    // False: it could not be opened anew, see Closed().
    explicit operator bool() const { return db_ != nullptr; }
    rocksdb::DB* operator->() const { return db_; }
    rocksdb::DB& operator*() const { return *db_; }

   private:
    static rocksdb::DB* Of(const Database& database)
        ABSL_NO_THREAD_SAFETY_ANALYSIS {
      return database.db_.get();
    }

    const absl::ReaderMutexLock lock_;
    rocksdb::DB* const db_;
  };

  absl::Status Closed() const;

  // Makes it take writes again after an error, or returns why it cannot; reads
  // go on while the disk has no room. `log_is_broken`: a write has failed.
  // One thread at a time.
  absl::Status Revive(bool log_is_broken);

  const std::string& directory() const { return directory_; }

 private:
  Database(const rocksdb::Options& options, std::string directory);

  absl::Status OpenHandle() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Whether the disk takes what opening needs.
  absl::Status TryDisk() const;

  const rocksdb::Options options_;
  const std::string directory_;
  mutable absl::Mutex mutex_;
  std::unique_ptr<rocksdb::DB> db_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace postern::kv

#endif  // POSTERN_LIB_KV_DATABASE_H_
