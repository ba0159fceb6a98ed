// Leaves expired values out when RocksDB rewrites a file.
//
// A value whose format is not ours is kept: it may belong to a newer version.

#ifndef POSTERN_LIB_KV_EXPIRY_FILTER_H_
#define POSTERN_LIB_KV_EXPIRY_FILTER_H_

#include <memory>

#include "lib/base/clock.h"
#include "rocksdb/compaction_filter.h"

namespace postern::kv {

// `clock` must outlive the database that uses the factory.
std::shared_ptr<rocksdb::CompactionFilterFactory> MakeExpiryFilterFactory(
    const Clock& clock);

}  // namespace postern::kv

#endif  // POSTERN_LIB_KV_EXPIRY_FILTER_H_
