// Sightings in the embedded store of this machine.
//
// A known triplet costs one read, a new one a read and a write. Nothing is
// synced for a request: a crash of the program loses nothing, a power failure
// what the store has not synced yet (about a second). Expired records vanish by
// themselves. How many senders of a network wait is counted in memory only
// (pending_counts.h).
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
#include "greylistd/client_filter.h"
#include "greylistd/pending_counts.h"
#include "greylistd/sightings.h"
#include "lib/base/clock.h"
#include "lib/kv/store.h"

namespace postern::greylistd {

class EmbeddedSightings final : public Sightings {
 public:
  // Takes the store and reads which clients it has. With `privacy`, keys are
  // hashes and no names are kept. `clock` must outlive it.
  static absl::StatusOr<std::unique_ptr<EmbeddedSightings>> Create(
      std::unique_ptr<kv::Store> store, const Clock& clock, bool privacy);

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

  EmbeddedSightings(std::unique_ptr<kv::Store> store, const Clock& clock,
                    bool privacy);

  absl::StatusOr<Outcome> SeeNow(const Names& names, const Terms& terms);
  absl::Status Keep(const Names& names, const Terms& terms,
                    const Records& change);
  absl::StatusOr<std::optional<TripletRecord>> FindTriplet(
      const std::string& triplet);
  absl::StatusOr<std::optional<ClientRecord>> FindClient(
      const std::string& client);
  std::string Key(char kind, absl::string_view name) const;
  Stripe& StripeOf(uint64_t network);

  const std::unique_ptr<kv::Store> store_;
  const Clock& clock_;
  const bool privacy_;
  ClientFilter clients_;
  std::vector<Stripe> stripes_;
};

}  // namespace postern::greylistd

#endif  // POSTERN_GREYLISTD_EMBEDDED_SIGHTINGS_H_
