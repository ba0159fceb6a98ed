// Sightings in Redis, shared by any number of greylistds.
//
// A decision is one script in one round trip (redis_script.h). All keys of one
// client network carry one hash tag, so a cluster spreads the networks over its
// nodes. A retry may reach another greylistd than the first attempt did.
//
// Threads: see sightings.h.

#ifndef POSTERN_GREYLISTD_REDIS_SIGHTINGS_H_
#define POSTERN_GREYLISTD_REDIS_SIGHTINGS_H_

#include <memory>
#include <string>
#include <vector>

#include "greylistd/sightings.h"
#include "lib/redis/client.h"

namespace postern::greylistd {

class RedisSightings final : public Sightings {
 public:
  // With `privacy`, values do not show what the keys are hashes of.
  // `is_cluster` says that List() has to ask all nodes.
  RedisSightings(std::unique_ptr<redis::Client> client, bool privacy,
                 bool is_cluster);

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
  void Close() override;

  redis::Client& client() { return *client_; }

 private:
  std::string Key(char kind, absl::string_view network,
                  absl::string_view name) const;
  // Returns a key for each master of a cluster, by which it can be addressed;
  // one key if there is no cluster.
  net::Task<absl::StatusOr<std::vector<std::string>>> NodeKeys(
      net::Deadline deadline);
  // Appends the record under `key` to the page, if it is one.
  net::Task<absl::Status> AppendEntry(std::string key, Page& page,
                                      net::Deadline deadline);

  const std::unique_ptr<redis::Client> client_;
  const bool privacy_;
  const bool is_cluster_;
};

}  // namespace postern::greylistd

#endif  // POSTERN_GREYLISTD_REDIS_SIGHTINGS_H_
