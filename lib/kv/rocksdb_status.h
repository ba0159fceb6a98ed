// Turns what RocksDB says into a Status of ours.

#ifndef POSTERN_LIB_KV_ROCKSDB_STATUS_H_
#define POSTERN_LIB_KV_ROCKSDB_STATUS_H_

#include <string>

#include "absl/status/status.h"
#include "rocksdb/status.h"

namespace postern::kv {

// Returns the status as store.h lists them; the text starts with `directory`.
absl::Status ToStatus(const rocksdb::Status& status,
                      const std::string& directory);

}  // namespace postern::kv

#endif  // POSTERN_LIB_KV_ROCKSDB_STATUS_H_
