// Brings RocksDB's write-ahead log to stable storage.
//
// It is an empty write with a sync, which takes its turn behind the writes that
// are under way, so it meets the log whole or gets an error; what is written
// meanwhile waits. RocksDB's own SyncWAL() beside a write that fails ends the
// process: Debian's build asserts that nobody touches such a file again.
//
// Errors:  what the write or the sync met, or an earlier error after which the
//          database takes no writes.
// Threads: any; blocks.

#ifndef POSTERN_LIB_KV_LOG_SYNC_H_
#define POSTERN_LIB_KV_LOG_SYNC_H_

#include "rocksdb/db.h"
#include "rocksdb/status.h"

namespace postern::kv {

// Makes all durable that was written to `db` before.
rocksdb::Status SyncLog(rocksdb::DB& db);

}  // namespace postern::kv

#endif  // POSTERN_LIB_KV_LOG_SYNC_H_
