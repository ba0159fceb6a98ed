// What a store (store.h) is told when it is opened.

#ifndef POSTERN_LIB_KV_STORE_OPTIONS_H_
#define POSTERN_LIB_KV_STORE_OPTIONS_H_

#include <cstddef>
#include <string>

#include "absl/time/time.h"

namespace rocksdb {
class Env;
}  // namespace rocksdb

namespace postern::kv {

struct Options {
  // Made if it is missing.
  std::string directory;
  // For cached blocks and values not yet in a file, together.
  size_t memory_bytes = 16 << 20;
  // How much work a power failure may undo.
  absl::Duration sync_interval = absl::Seconds(1);
  // Every file is rewritten at least this often, which is when the expired
  // values in it lose their disk space.
  absl::Duration rewrite_interval = absl::Hours(24);
  // What reaches the disk; nullptr: the machine. Tests make it fail.
  rocksdb::Env* env = nullptr;
};

}  // namespace postern::kv

#endif  // POSTERN_LIB_KV_STORE_OPTIONS_H_
