// How much each client did of late, as this process saw it.
//
// The count slides: what was done in the unit of time before this one weighs
// as much as is left of it in the last unit's length, so a client cannot do
// twice its share around the turn of a unit.
//
//   if (!counts.Fits(account, limit)) Refuse();
//   counts.Add(account);
//
// Threads: locks internally, 16 ways.
// Limits:  kMaxAccounts accounts (about 64 MiB); when there are more, those
//          that did nothing of late go first, then any.

#ifndef POSTERN_MTA_LIMITS_LOCAL_COUNTS_H_
#define POSTERN_MTA_LIMITS_LOCAL_COUNTS_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "lib/base/clock.h"
#include "lib/net/ip.h"
#include "mta/limits/event.h"

namespace postern::mta::limits {

// Whose doings of which kind.
struct Account {
  Event event;
  net::Network who;

  friend bool operator==(const Account&, const Account&) = default;
  template <typename H>
  friend H AbslHashValue(H h, const Account& a) {
    return H::combine(std::move(h), a.event, a.who);
  }
};

class LocalCounts {
 public:
  static constexpr size_t kMaxAccounts = size_t{1} << 19;

  // `unit` is the time that limits are meant for. The clock must outlive it.
  LocalCounts(const Clock& clock, absl::Duration unit);

  // Tells whether one more fits into `limit`.
  bool Fits(const Account& account, uint32_t limit) const;

  void Add(const Account& account);

  size_t size() const;

 private:
  static constexpr size_t kShards = 16;
  struct Count {
    int64_t unit = 0;  // Which unit of time `now` is of.
    uint64_t now = 0;
    uint64_t before = 0;
  };
  struct Moment {
    int64_t unit;
    double left;  // Of the unit, 0 to 1.
  };
  struct alignas(64) Shard {
    mutable absl::Mutex mutex;
    absl::flat_hash_map<Account, Count> counts ABSL_GUARDED_BY(mutex);
  };

  Moment Now() const;
  Shard& ShardOf(const Account& account);
  // Brings `count` to the unit of time `unit`.
  static void Turn(Count& count, int64_t unit);
  static void MakeRoom(Shard& shard, int64_t unit)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(shard.mutex);

  const Clock& clock_;
  const absl::Duration unit_;
  std::array<Shard, kShards> shards_;
};

}  // namespace postern::mta::limits

#endif  // POSTERN_MTA_LIMITS_LOCAL_COUNTS_H_
