// How often one signature was seen lately: who replays a signed message sends
// the same signature again and again (DK-14).
//
// The answer is for a metric, and at most for holding mail back; when it cannot
// be had, mail goes on without it.
//
// Errors:  See(): those of redis::Client; the local counter has none.
// Threads: safe to share.
// Limits:  the local counter remembers so many signatures, the latest.

#ifndef POSTERN_DKIMD_REPLAY_COUNTER_H_
#define POSTERN_DKIMD_REPLAY_COUNTER_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "lib/base/clock.h"
#include "lib/net/deadline.h"
#include "lib/net/task.h"
#include "lib/redis/client.h"

namespace postern::dkimd {

class ReplayCounter {
 public:
  virtual ~ReplayCounter() = default;

  // Counts one more sighting of `signature`, the text of its b=, and returns
  // how many there were in this window with it.
  virtual net::Task<absl::StatusOr<uint64_t>> See(std::string signature,
                                                  net::Deadline deadline) = 0;
};

// Of this process alone.
class LocalReplayCounter final : public ReplayCounter {
 public:
  // `clock` must outlive it.
  LocalReplayCounter(absl::Duration window, size_t max_entries,
                     const Clock& clock);

  net::Task<absl::StatusOr<uint64_t>> See(std::string signature,
                                          net::Deadline deadline) override;

 private:
  uint64_t Count(absl::string_view signature);

  const absl::Duration window_;
  const size_t max_entries_;
  const Clock& clock_;
  absl::Mutex mutex_;
  // By the hash of the signature.
  absl::flat_hash_map<uint64_t, uint64_t> counts_ ABSL_GUARDED_BY(mutex_);
  // When each window began, in order.
  std::deque<std::pair<absl::Time, uint64_t>> begun_ ABSL_GUARDED_BY(mutex_);
};

// Of all replicas together.
class RedisReplayCounter final : public ReplayCounter {
 public:
  // `redis` must outlive it.
  RedisReplayCounter(absl::Duration window, redis::Client& redis)
      : window_(window), redis_(redis) {}

  net::Task<absl::StatusOr<uint64_t>> See(std::string signature,
                                          net::Deadline deadline) override;

 private:
  const absl::Duration window_;
  redis::Client& redis_;
};

}  // namespace postern::dkimd

#endif  // POSTERN_DKIMD_REPLAY_COUNTER_H_
