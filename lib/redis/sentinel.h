// The master that sentinels name.
//
// Each sentinel is asked in turn until one names a server that says itself that
// it is the master: a sentinel may be behind the times, and so may a server.
//
// Source:  Redis, "Guidelines for Redis clients with support for Redis
//          Sentinel".
// Errors:  Learn(): Unavailable or DeadlineExceeded, with what the last one
//          said.
// Threads: of one reactor.

#ifndef POSTERN_LIB_REDIS_SENTINEL_H_
#define POSTERN_LIB_REDIS_SENTINEL_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "lib/redis/dialer.h"
#include "lib/redis/reply.h"
#include "lib/redis/topology.h"

namespace postern::redis {

// Reads the reply to SENTINEL GET-MASTER-ADDR-BY-NAME.
absl::StatusOr<net::Endpoint> MasterFromReply(const Reply& reply);

class SentinelMaster final : public Topology {
 public:
  struct Options {
    std::vector<net::Endpoint> sentinels;  // At least one.
    std::string master_name;
    const Dialer& sentinel_dialer;
    const Dialer& server_dialer;  // Lets only a master pass.
    absl::Duration timeout;       // Of each question.
  };

  explicit SentinelMaster(Options options);

  const net::Endpoint* NodeOf(uint16_t slot) const override;
  std::vector<net::Endpoint> Nodes() const override;
  net::Task<absl::Status> Learn() override;
  bool FollowsRedirections() const override { return false; }
  void Move(uint16_t, const net::Endpoint&) override {}
  bool Lose(const net::Endpoint& node) override;

 private:
  net::Task<absl::StatusOr<net::Endpoint>> Ask(net::Endpoint sentinel) const;
  // Asks one sentinel and then the server that it names.
  net::Task<absl::Status> LearnFrom(net::Endpoint sentinel);

  Options options_;
  std::optional<net::Endpoint> master_;
};

}  // namespace postern::redis

#endif  // POSTERN_LIB_REDIS_SENTINEL_H_
