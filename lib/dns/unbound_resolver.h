// Resolves names with libunbound: its cache, forwarding or full recursion,
// DNSSEC, and records of our own.
//
//   ASSIGN_OR_RETURN(std::unique_ptr<dns::UnboundResolver> resolver,
//                    dns::UnboundResolver::Create(config.dns()));
//
// Errors:  Create() returns InvalidArgument; the text starts with the field of
//          `dns` at fault. See resolver.h for the rest.
// Threads: serves all reactors; two threads of its own.
// Limits:  config: timeout for one look-up, max_queries at the same time; one
//          more is Unavailable at once.

#ifndef POSTERN_LIB_DNS_UNBOUND_RESOLVER_H_
#define POSTERN_LIB_DNS_UNBOUND_RESOLVER_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "lib/dns/resolver.h"
#include "lib/net/deadline.h"
#include "lib/net/task.h"

namespace postern::config::v1 {
class Dns;
}  // namespace postern::config::v1

namespace postern::dns {

// Counted since the start; for metrics.
struct ResolverStats {
  uint64_t queries = 0;
  uint64_t nxdomain = 0;
  uint64_t server_failures = 0;  // SERVFAIL and the like, malformed answers.
  uint64_t bogus = 0;            // Failed DNSSEC validation.
  uint64_t timeouts = 0;
  uint64_t refused = 0;  // More than max_queries at the same time.
};

class UnboundResolver final : public Resolver {
 public:
  // What `config` leaves out has the defaults of dns.proto.
  static absl::StatusOr<std::unique_ptr<UnboundResolver>> Create(
      const config::v1::Dns& config);
  UnboundResolver(const UnboundResolver&) = delete;
  UnboundResolver& operator=(const UnboundResolver&) = delete;
  // No task may be waiting any more.
  ~UnboundResolver() override;

  net::Task<absl::StatusOr<Answer>> Resolve(std::string name, Type type,
                                            net::Deadline deadline) override;

  ResolverStats stats() const;

 private:
  class Engine;
  explicit UnboundResolver(std::unique_ptr<Engine> engine);

  std::unique_ptr<Engine> engine_;
};

}  // namespace postern::dns

#endif  // POSTERN_LIB_DNS_UNBOUND_RESOLVER_H_
