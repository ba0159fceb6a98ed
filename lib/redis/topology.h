// Who is to be asked: the one server, the master that Sentinel names, or the
// node of a Cluster that serves a slot. One for each reactor.
//
// Threads: of one reactor.

#ifndef POSTERN_LIB_REDIS_TOPOLOGY_H_
#define POSTERN_LIB_REDIS_TOPOLOGY_H_

#include <cstdint>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "lib/net/endpoint.h"
#include "lib/net/task.h"

namespace postern::redis {

class Topology {
 public:
  virtual ~Topology() = default;

  // Returns who serves `slot`, nullptr if that is not known. Valid until the
  // topology changes.
  virtual const net::Endpoint* NodeOf(uint16_t slot) const = 0;

  // Returns all that may be returned by NodeOf().
  virtual std::vector<net::Endpoint> Nodes() const = 0;

  // Finds out anew. What was known stays in force until there is something
  // better.
  virtual net::Task<absl::Status> Learn() = 0;

  // Tells whether servers may send us elsewhere (MOVED, ASK).
  virtual bool FollowsRedirections() const = 0;

  // Notes that `slot` has moved to `node`; only where redirections are
  // followed.
  virtual void Move(uint16_t slot, const net::Endpoint& node) = 0;

  // Notes that `node` cannot be reached or has become a replica. Returns
  // whether Learn() may know more.
  virtual bool Lose(const net::Endpoint& node) = 0;
};

// One server for everything, whatever happens to it.
class SingleServer final : public Topology {
 public:
  explicit SingleServer(net::Endpoint server) : server_(std::move(server)) {}

  const net::Endpoint* NodeOf(uint16_t) const override { return &server_; }
  std::vector<net::Endpoint> Nodes() const override { return {server_}; }
  net::Task<absl::Status> Learn() override { co_return absl::OkStatus(); }
  bool FollowsRedirections() const override { return false; }
  void Move(uint16_t, const net::Endpoint&) override {}
  bool Lose(const net::Endpoint&) override { return false; }

 private:
  net::Endpoint server_;
};

}  // namespace postern::redis

#endif  // POSTERN_LIB_REDIS_TOPOLOGY_H_
