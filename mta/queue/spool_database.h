// The database under the spool: RocksDB, tuned for mail that lives for seconds.
//
// Most messages are gone before the memtable that holds them is full; chunks
// are deleted with SingleDelete, so a flush writes neither them nor their
// deletion. What RocksDB has to say goes to our log.
//
// Errors:  OpenDatabase(): FailedPrecondition if another program has it open,
//          NotFound, PermissionDenied, DataLoss (damaged: see
//          docs/formats/spool.md), Unavailable.
// Threads: safe from any thread.
// Limits:  36 MiB of memtables, 8 MiB of block cache.

#ifndef POSTERN_MTA_QUEUE_SPOOL_DATABASE_H_
#define POSTERN_MTA_QUEUE_SPOOL_DATABASE_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "rocksdb/db.h"

namespace postern::mta::queue {

// Opens or makes the database in `directory`; `env` may be null.
absl::StatusOr<std::unique_ptr<rocksdb::DB>> OpenDatabase(
    const std::string& directory, rocksdb::Env* env);

// Returns RocksDB's status as ours, "<what>: <its text>".
absl::Status FromRocksDb(absl::string_view what, const rocksdb::Status& status);

// Our views as RocksDB's.
inline rocksdb::Slice AsSlice(absl::string_view text) {
  return rocksdb::Slice(text.data(), text.size());
}
inline absl::string_view AsView(const rocksdb::Slice& slice) {
  return absl::string_view(slice.data(), slice.size());
}

}  // namespace postern::mta::queue

#endif  // POSTERN_MTA_QUEUE_SPOOL_DATABASE_H_
