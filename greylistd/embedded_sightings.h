// Sightings in the embedded store of this machine.
//
// A known triplet costs one read. Everything else is one Update() of triplet,
// client and network together; nothing is synced for a request: a crash of the
// program loses nothing, a power failure what the store has not synced yet
// (about a second). Expired records vanish by themselves.
//
// Threads: see sightings.h. Calls may wait for the disk where they are, as
//          lib/kv says.

#ifndef POSTERN_GREYLISTD_EMBEDDED_SIGHTINGS_H_
#define POSTERN_GREYLISTD_EMBEDDED_SIGHTINGS_H_

#include <memory>
#include <string>

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
  absl::StatusOr<Outcome> SeeNow(const Names& names, const Terms& terms);
  // Appends the key of a record: its kind, then its name or a hash of it.
  void AppendKey(char kind, absl::string_view name, std::string& out) const;
  std::string Key(char kind, absl::string_view name) const;

  const std::unique_ptr<kv::Store> store_;
  const Clock& clock_;
  const bool privacy_;
};

}  // namespace postern::greylistd

#endif  // POSTERN_GREYLISTD_EMBEDDED_SIGHTINGS_H_
