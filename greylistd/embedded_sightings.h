// Sightings in the embedded store of this machine.
//
// A known triplet costs one read. That a triplet is new is known in memory
// (known_keys.h), and it is written a moment later, many at once
// (late_writes.h). How many senders of a network wait is counted in memory only
// (pending_counts.h). Expired records vanish by themselves.
//
// Nothing is synced for a request. What has passed survives a crash of the
// program, and a power failure once the store has synced, a second later; first
// attempts of the last 20 ms may be lost in a crash and then have to be made
// again.
//
// Threads: see sightings.h. Calls may wait for the disk where they are, as
//          lib/kv says.

#ifndef POSTERN_GREYLISTD_EMBEDDED_SIGHTINGS_H_
#define POSTERN_GREYLISTD_EMBEDDED_SIGHTINGS_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "greylistd/known_keys.h"
#include "greylistd/late_writes.h"
#include "greylistd/pending_counts.h"
#include "greylistd/sightings.h"
#include "lib/base/clock.h"
#include "lib/kv/store.h"

namespace postern::greylistd {

class EmbeddedSightings final : public Sightings {
 public:
  // With `privacy`, keys are hashes and no names are kept. `clock` must
  // outlive it.
  EmbeddedSightings(std::unique_ptr<kv::Store> store, const Clock& clock,
                    bool privacy);

  net::Task<absl::StatusOr<Outcome>> See(const Names& names, const Terms& terms,
                                         net::Deadline deadline) override;
  net::Task<absl::StatusOr<Records>> Peek(const Names& names,
                                          net::Deadline deadline) override;
  net::Task<absl::StatusOr<Page>> List(std::string cursor, size_t limit,
                                       net::Deadline deadline) override;
  net::Task<absl::Status> Remember(Entry entry,
                                   net::Deadline deadline) override;
  net::Task<absl::Status> Forget(Entry::Kind kind, std::string network,
                                 std::string name,
                                 net::Deadline deadline) override;
  absl::Status Healthy() const override;

  const kv::Store& store() const { return *store_; }

 private:
  // All records of a client network are read and written under one lock.
  struct Stripe {
    absl::Mutex mutex;
    PendingCounts pending ABSL_GUARDED_BY(mutex);
  };
  static constexpr size_t kStripes = 64;

  absl::StatusOr<Outcome> SeeNow(const Names& names, const Terms& terms);
  absl::Status Keep(const Names& names, const Terms& terms,
                    const Records& change);
  // Asks the store, unless it surely has no such key.
  absl::StatusOr<std::optional<std::string>> Get(const std::string& key) const;
  absl::StatusOr<std::optional<TripletRecord>> FindTriplet(
      const std::string& triplet) const;
  absl::StatusOr<std::optional<ClientRecord>> FindClient(
      const std::string& client) const;
  std::string Key(char kind, absl::string_view name) const;
  Stripe& StripeOf(uint64_t network);

  const std::unique_ptr<kv::Store> store_;
  const Clock& clock_;
  const bool privacy_;
  KnownKeys keys_;
  LateWrites late_;
  std::vector<Stripe> stripes_;
};

}  // namespace postern::greylistd

#endif  // POSTERN_GREYLISTD_EMBEDDED_SIGHTINGS_H_
