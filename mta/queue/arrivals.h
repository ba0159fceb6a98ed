// Knows what other relays have handed over, so that a message that comes again,
// because its acknowledgement was lost, does not become two.
//
//   const Arrivals::Claim claim = arrivals.Begin(envelope);
//   if (claim.state == Arrivals::State::kKnown) return Acknowledge(claim.id);
//   if (claim.state == Arrivals::State::kBusy) return TryLater();
//   …commit…
//   arrivals.End(envelope, committed ? std::optional(id) : std::nullopt);
//
// A message is the same if it comes from the same entry of the same spool with
// the same sender and recipients; the entries that it was before count as well.
// What is still queued is known after a restart too (Remember()), what has been
// delivered since is not.
//
// Threads: safe from any thread.
// Limits:  kMost messages, kKept long: the oldest are forgotten.

#ifndef POSTERN_MTA_QUEUE_ARRIVALS_H_
#define POSTERN_MTA_QUEUE_ARRIVALS_H_

#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "lib/base/clock.h"
#include "mta/queue/queue_id.h"
#include "proto/spool/v1/envelope.pb.h"

namespace postern::mta::queue {

class Arrivals {
 public:
  static constexpr size_t kMost = 200'000;
  static constexpr absl::Duration kKept = absl::Hours(24);

  enum class State {
    kNew,    // The caller's: End() must follow.
    kBusy,   // Somebody else's, who has not come to an end.
    kKnown,  // It is here, or was.
  };
  struct Claim {
    State state = State::kNew;
    QueueId id;  // Of kKnown.
  };

  // `clock` must outlive it; `most` is for tests.
  explicit Arrivals(const Clock& clock, size_t most = kMost)
      : clock_(clock), most_(most) {}
  Arrivals(const Arrivals&) = delete;
  Arrivals& operator=(const Arrivals&) = delete;

  // `envelope` is of ParseHandedOver().
  Claim Begin(const spool::v1::Envelope& envelope);
  // It is here as `id`; nullopt: it is not.
  void End(const spool::v1::Envelope& envelope, std::optional<QueueId> id);

  // Takes note of what is in the queue at the start, whatever it is.
  void Remember(QueueId id, const spool::v1::Envelope& envelope);

 private:
  static std::vector<std::string> KeysOf(const spool::v1::Envelope& envelope);
  void Note(const std::string& key, QueueId id)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Forget() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const Clock& clock_;
  const size_t most_;
  absl::Mutex mutex_;
  // nullopt: somebody has begun with it.
  absl::flat_hash_map<std::string, std::optional<QueueId>> known_
      ABSL_GUARDED_BY(mutex_);
  std::deque<std::pair<absl::Time, std::string>> order_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace postern::mta::queue

#endif  // POSTERN_MTA_QUEUE_ARRIVALS_H_
