// A Redis Cluster: which node serves a slot, as its own nodes tell.
//
// Source:  Redis Cluster specification; CLUSTER SLOTS.
// Errors:  Learn(): Unavailable or DeadlineExceeded, with what the last node
//          said.
// Threads: of one reactor.

#ifndef POSTERN_LIB_REDIS_CLUSTER_H_
#define POSTERN_LIB_REDIS_CLUSTER_H_

#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "lib/net/endpoint.h"
#include "lib/net/task.h"
#include "lib/redis/dialer.h"
#include "lib/redis/slot_map.h"
#include "lib/redis/topology.h"

namespace postern::redis {

class Cluster final : public Topology {
 public:
  // At most so many nodes are asked in one Learn().
  static constexpr size_t kMaxAsked = 8;

  // `seeds` are asked when no node is known or none answers. `dialer` must
  // outlive the cluster; `timeout` is for each question.
  Cluster(std::vector<net::Endpoint> seeds, const Dialer& dialer,
          absl::Duration timeout);

  const net::Endpoint* NodeOf(uint16_t slot) const override;
  std::vector<net::Endpoint> Nodes() const override;
  net::Task<absl::Status> Learn() override;
  bool FollowsRedirections() const override { return true; }
  void Move(uint16_t slot, const net::Endpoint& node) override;
  bool Lose(const net::Endpoint& node) override;

 private:
  net::Task<absl::Status> LearnFrom(net::Endpoint node);
  // Whom to ask: some of the nodes in random order, then seeds.
  std::vector<net::Endpoint> Candidates() const;

  const std::vector<net::Endpoint> seeds_;
  const Dialer& dialer_;
  const absl::Duration timeout_;
  SlotMap map_;
};

}  // namespace postern::redis

#endif  // POSTERN_LIB_REDIS_CLUSTER_H_
