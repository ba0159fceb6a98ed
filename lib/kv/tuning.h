// How RocksDB is set up for millions of small values in little memory.
//
// The figures behind the choices are in the comments of tuning.cc; measure
// with store_benchmark before changing one.

#ifndef POSTERN_LIB_KV_TUNING_H_
#define POSTERN_LIB_KV_TUNING_H_

#include <memory>

#include "lib/base/clock.h"
#include "lib/kv/background_errors.h"
#include "lib/kv/store_options.h"
#include "rocksdb/cache.h"
#include "rocksdb/options.h"

namespace postern::kv {

struct Tuning {
  rocksdb::Options options;
  std::shared_ptr<rocksdb::Cache> cache;  // Blocks and memtables count here.
  std::shared_ptr<BackgroundErrors> errors;
};

// `clock` must outlive the database that is opened with the result.
Tuning TuningFor(const Options& options, const Clock& clock);

}  // namespace postern::kv

#endif  // POSTERN_LIB_KV_TUNING_H_
