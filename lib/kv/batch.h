// Changes to a store that are made together or not at all (store.h).
//
// Threads: one at a time.
// Limits:  see store.h; a batch that breaks them is refused when it is
//          written.

#ifndef POSTERN_LIB_KV_BATCH_H_
#define POSTERN_LIB_KV_BATCH_H_

#include <cstdint>
#include <memory>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace rocksdb {
class WriteBatch;
}  // namespace rocksdb

namespace postern::kv {

class Batch {
 public:
  Batch();
  Batch(Batch&&) noexcept;
  Batch& operator=(Batch&&) noexcept;
  ~Batch();

  // The later of two changes to one key wins.
  void Put(absl::string_view key, absl::string_view value, absl::Time expires);
  void Delete(absl::string_view key);

  bool empty() const;
  void Clear();

  // For lib/kv alone: the first broken limit, the stripes of the keys (one bit
  // each) and the changes as the engine takes them.
  const absl::Status& status() const { return status_; }
  uint64_t stripes() const { return stripes_; }
  rocksdb::WriteBatch& changes() { return *changes_; }

 private:
  std::unique_ptr<rocksdb::WriteBatch> changes_;
  uint64_t stripes_ = 0;
  absl::Status status_;
};

}  // namespace postern::kv

#endif  // POSTERN_LIB_KV_BATCH_H_
