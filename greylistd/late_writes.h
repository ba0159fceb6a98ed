// Writes to the store a moment later, many at once: for what may be lost in a
// crash of the program, because the sender will simply come back.
//
// What waits to be written is found here, so nobody sees the difference. When
// the store fails, Put() refuses, and the caller learns the reason from its own
// write.
//
//   if (!late.Put(key, value, expires)) RETURN_IF_ERROR(store.Put(...));
//
// Threads: safe from any thread; the caller sees to it that one key is not used
//          by two at the same time.
// Limits:  written after 20 ms; at most 64 Ki writes wait.

#ifndef POSTERN_GREYLISTD_LATE_WRITES_H_
#define POSTERN_GREYLISTD_LATE_WRITES_H_

#include <array>
#include <atomic>
#include <cstddef>
#include <optional>
#include <string>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "greylistd/known_keys.h"
#include "lib/kv/store.h"

namespace postern::greylistd {

class LateWrites {
 public:
  // `store` and `keys`, which gets every key that is written, must outlive it.
  LateWrites(kv::Store& store, KnownKeys& keys);
  LateWrites(const LateWrites&) = delete;
  LateWrites& operator=(const LateWrites&) = delete;
  // Writes what waits.
  ~LateWrites();

  // Returns the value that waits to be written under `key`.
  std::optional<std::string> Find(absl::string_view key) const;

  // Writes soon. False: write it yourself, now.
  bool Put(std::string key, std::string value, absl::Time expires);

  // Call before writing or deleting `key` by other means: what waits for it is
  // dropped or, if it is being written, awaited.
  void Withdraw(absl::string_view key);

  // Writes all that waits.
  absl::Status Flush();

 private:
  struct Value {
    std::string text;
    absl::Time expires;
  };
  using Values = absl::flat_hash_map<std::string, Value>;
  struct Shard {
    mutable absl::Mutex mutex;
    Values waiting ABSL_GUARDED_BY(mutex);
    // Changed by Flush() alone, under the mutex.
    Values writing ABSL_GUARDED_BY(mutex);
  };
  static constexpr size_t kShards = 16;

  Shard& ShardOf(absl::string_view key);
  const Shard& ShardOf(absl::string_view key) const;
  void Run();
  // Waits until there is work and some more has come; false when told to end.
  bool AwaitWork();
  absl::Status FlushShard(Shard& shard)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(flush_mutex_);
  absl::Status Write(const Values& values);

  kv::Store& store_;
  KnownKeys& keys_;
  std::array<Shard, kShards> shards_;
  std::atomic<size_t> waiting_ = 0;
  std::atomic<bool> is_failing_ = false;
  absl::Mutex flush_mutex_;
  absl::Mutex run_mutex_;
  bool has_work_ ABSL_GUARDED_BY(run_mutex_) = false;
  bool is_to_end_ ABSL_GUARDED_BY(run_mutex_) = false;
  std::thread thread_;
};

}  // namespace postern::greylistd

#endif  // POSTERN_GREYLISTD_LATE_WRITES_H_
