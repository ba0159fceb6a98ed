// The connections to all next hops: how many at a time, how long they are kept,
// which next hop is down.
//
// A parcel goes onto the line of its destination: the hosts that take mail for
// its next hop, which many domains may share. Workers, one a connection, take
// parcels from the line as long as there are any, then keep the connection for
// a moment. So a burst to one host costs few connections. How many there may be
// adapts to what the destination takes, up to its limit.
//
//   const std::vector<queue::Outcome> outcomes =
//       co_await pool.Deliver(next_hop, parcel);
//
// A destination that cannot be reached destination_failure_limit times in a row
// is down for destination_down_time: all that waits for it, and all that comes,
// is deferred at once with the same words. Then one connection tries again.
// What goes under one login never goes over a connection of another one.
// A host that breaks off before any content was sent is followed by the next
// host of the list, a stale kept connection by a fresh one.
//
// Threads: Deliver() on any reactor; locks internally, never across a wait.
// Limits:  connection_limit in all; a parcel waits destination_wait_limit for
//          its turn and is then deferred with 4.4.5; it is given to three
//          connections at most in one attempt.

#ifndef POSTERN_MTA_OUTBOUND_POOL_H_
#define POSTERN_MTA_OUTBOUND_POOL_H_

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "lib/base/clock.h"
#include "lib/dns/resolver.h"
#include "lib/metrics/metrics.h"
#include "lib/net/drain.h"
#include "lib/net/task.h"
#include "lib/net/tls.h"
#include "lib/table/table.h"
#include "mta/outbound/connector.h"
#include "mta/outbound/destination.h"
#include "mta/outbound/destination_limits.h"
#include "mta/outbound/family_order.h"
#include "mta/outbound/lines.h"
#include "mta/outbound/logins.h"
#include "mta/outbound/parcel.h"
#include "mta/outbound/session.h"
#include "mta/outbound/suspensions.h"
#include "mta/queue/courier.h"
#include "mta/routing/mx.h"
#include "mta/routing/next_hop.h"
#include "mta/routing/sites.h"
#include "mta/routing/sts_finder.h"
#include "mta/routing/tls_finding.h"
#include "mta/routing/tls_policies.h"
#include "proto/config/v1/mta.pb.h"
#include "proto/config/v1/smtp.pb.h"

namespace postern::mta::outbound {

struct PoolOptions {
  std::string own_name;  // Myhostname.
  std::shared_ptr<const Connector> connector;
  absl::Duration connect_timeout;
  absl::Duration connect_fallback_time;
  absl::Duration command_timeout;
  absl::Duration data_done_timeout;
  absl::Duration idle_time;   // connection_cache_time_limit.
  absl::Duration down_time;   // destination_down_time.
  absl::Duration wait_limit;  // destination_wait_limit.
  size_t connection_limit;    // In all.
  size_t failure_limit;       // In a row, then the destination is down.
  DestinationLimits limits;
  const Clock* clock = &Clock::System();
  // nullptr: no TLS.
  std::shared_ptr<routing::TlsPolicies> tls_policies = nullptr;
  std::shared_ptr<net::TlsContext> tls_context = nullptr;
  absl::Duration tls_timeout = absl::Minutes(1);
  bool tls_wrapper = false;  // smtp_tls_wrappermode.
  // nullptr: AUTH is not used.
  std::shared_ptr<Logins> logins = nullptr;
  FamilyOrder::Preference address_preference = FamilyOrder::Preference::kAny;
  // nullptr: no domain is asked for a policy of its own.
  routing::StsFinder* sts = nullptr;
  // Hears what became of the TLS to each host, at its end; may be empty. On any
  // reactor; must not wait.
  std::function<void(const routing::TlsFinding&)> on_tls = nullptr;

  // Errors: InvalidArgument; the text starts with the config field at fault.
  static absl::StatusOr<PoolOptions> FromConfig(
      const config::v1::Mta& config, const table::Environment& tables);
};

class Pool {
 public:
  // `resolver`, `finder` and `registry` must outlive the pool, and the pool the
  // tasks of `drain`, in which its workers are counted.
  Pool(PoolOptions options, dns::Resolver& resolver,
       const routing::MxFinder& finder, net::Drain& drain,
       metrics::Registry& registry);
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;
  ~Pool();

  // Hands `parcel` to `next_hop` (not a mailbox) and returns what became of its
  // recipients, in their order. `parcel` must outlive the task.
  net::Task<std::vector<queue::Outcome>> Deliver(routing::NextHop next_hop,
                                                 const Parcel& parcel);

  // Reads what connections depend on again: authorities, tables of policies and
  // of passwords. On an error what was read before stays in use. It blocks.
  absl::Status Refresh();

  // For the operator, from any thread.

  // What goes on at the destinations with the most waiting mail.
  std::vector<Lines::State> Look(size_t limit) const {
    return lines_->Look(limit);
  }
  size_t waiting() const { return lines_->waiting(); }
  size_t down() const { return lines_->down(); }
  // Defers what waits for such destinations, and what comes, without a try.
  // What is being sent is sent. It writes a file.
  absl::Status Suspend(Suspension suspension);
  Suspensions& suspensions() { return suspensions_; }
  // Holds for the next message to such a destination.
  absl::Status ChangeLimits(const DestinationLimits::Change& change);
  // Takes the limits of a configuration that was read anew, instead of all that
  // were configured or changed before.
  absl::Status ReloadLimits(const config::v1::Smtp& config);
  std::vector<DestinationLimits::Shown> ShowLimits() const;
  const std::vector<std::string>& limit_classes() const {
    return options_.limits.classes();
  }

 private:
  friend class Worker;
  struct Metrics;

  net::Task<Destination> DestinationOf(routing::NextHop next_hop);
  // Whether connections to it are good for no other domain.
  net::Task<bool> IsApart(routing::NextHop next_hop) const;
  Destination LimitsFor(const routing::NextHop& next_hop,
                        const std::vector<std::string>& hosts) const;
  std::optional<queue::Outcome> FindSuspension(
      const Destination& destination, const routing::NextHop& next_hop) const;
  // Starts a worker that Lines has already counted.
  void Start(Lines::Line& line);
  static net::Task<> Work(Pool& pool, Lines::Line& line);

  const PoolOptions options_;
  dns::Resolver& resolver_;
  mutable absl::Mutex limits_mutex_;
  DestinationLimits limits_ ABSL_GUARDED_BY(limits_mutex_);
  Suspensions suspensions_;
  routing::Sites sites_;
  FamilyOrder family_order_;
  const routing::MxFinder& finder_;
  net::Drain& drain_;
  // Shared with the callback of the metrics, which may outlive the pool.
  const std::shared_ptr<Lines> lines_;
  const std::unique_ptr<Metrics> metrics_;
};

}  // namespace postern::mta::outbound

#endif  // POSTERN_MTA_OUTBOUND_POOL_H_
