// Says that a thread is inside RocksDB, for the sake of ThreadSanitizer.
//
//   const InsideRocksdb inside;
//   status = db.Write(options, &batch);
//
// While it lives, the sanitizer does not watch this thread: Debian's RocksDB is
// not instrumented, so its way of handing batches from thread to thread cannot
// be seen. Nothing in other builds.
//
// Threads: of one thread.

#ifndef POSTERN_LIB_KV_INSIDE_ROCKSDB_H_
#define POSTERN_LIB_KV_INSIDE_ROCKSDB_H_

#include "absl/base/dynamic_annotations.h"

namespace postern::kv {

class InsideRocksdb {
 public:
  InsideRocksdb() { ABSL_ANNOTATE_IGNORE_READS_AND_WRITES_BEGIN(); }
  InsideRocksdb(const InsideRocksdb&) = delete;
  InsideRocksdb& operator=(const InsideRocksdb&) = delete;
  ~InsideRocksdb() { ABSL_ANNOTATE_IGNORE_READS_AND_WRITES_END(); }
};

}  // namespace postern::kv

#endif  // POSTERN_LIB_KV_INSIDE_ROCKSDB_H_
