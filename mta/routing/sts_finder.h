// Finds out what a domain wants of the TLS to its mail exchangers (MTA-STS).
//
// What is known of a domain is answered at once and, now and then, looked at
// again beside that: whether its record names another policy, or the policy is
// half through its time. Only who asks for a domain that nothing is known of
// waits, and all who do so wait for the same look-up. A policy that is known
// counts until it expires, whatever becomes of the record, of the web server or
// of us (with a store).
//
//   const std::shared_ptr<const StsFound> found =
//       co_await finder.For("example.org");
//   if (found->is_any()) …
//
// Source:  RFC 8461 section 3.1, 3.3, 5.1, 10.2. A policy is looked at only
//          while there is mail for its domain.
// Errors:  none: that a policy cannot be had is a value, and so is that there
//          is none.
// Threads: any reactor; locks internally, never across a wait.
// Limits:  one look-up takes 5 s for the DNS, 1 s for Redis and fetch_timeout;
//          a web server that failed is asked again after 5 minutes. 1000
//          look-ups at a time, 20000 domains and 16 MiB of policies in memory.

#ifndef POSTERN_MTA_ROUTING_STS_FINDER_H_
#define POSTERN_MTA_ROUTING_STS_FINDER_H_

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "lib/base/clock.h"
#include "lib/dns/resolver.h"
#include "lib/metrics/metrics.h"
#include "lib/net/drain.h"
#include "lib/net/event.h"
#include "lib/net/task.h"
#include "mta/routing/host_tls.h"
#include "mta/routing/sts_fetch.h"
#include "mta/routing/sts_store.h"

namespace postern::mta::routing {

class StsFinder {
 public:
  static constexpr size_t kMaxLookUps = 1000;
  static constexpr size_t kMaxDomains = 20'000;
  static constexpr size_t kMaxPolicyBytes = 16 << 20;

  struct Parts {
    dns::Resolver& resolver;
    HttpsGet get;
    std::unique_ptr<StsStore> store;  // nullptr: in memory only.
    const Clock& clock;
    net::Drain& drain;  // Counts the look-ups; they must end before this does.
    metrics::Registry& metrics;
    absl::Duration fetch_timeout = absl::Seconds(10);
  };

  explicit StsFinder(Parts parts);
  StsFinder(const StsFinder&) = delete;
  StsFinder& operator=(const StsFinder&) = delete;
  ~StsFinder();

  // Never nullptr. `domain` is in lower case; the finder must outlive the task.
  net::Task<std::shared_ptr<const StsFound>> For(std::string domain);

 private:
  struct Meters;

  // What is known of a domain.
  struct Known {
    std::shared_ptr<const StsFound> found;
    std::string id;      // Of the policy; empty: there is none.
    absl::Time fetched;  // The policy.
    absl::Time expires;  // Forget it then,
    absl::Time due;      // look at it again from here on.
    size_t bytes = 0;    // Of the policy.

    bool has_policy() const { return !id.empty(); }
  };
  struct LookUp {
    std::shared_ptr<const StsFound> found;
    std::vector<std::shared_ptr<net::Event>> waiters;
  };

  std::shared_ptr<LookUp> Join(const std::string& domain,
                               std::shared_ptr<net::Event> done);
  std::optional<Known> Recall(const std::string& domain) const;
  void Remember(const std::string& domain, const Known& known);
  net::Task<> Run(std::string domain, std::shared_ptr<LookUp> look_up);
  net::Task<std::optional<Known>> RecallStored(std::string domain) const;
  net::Task<Known> Find(std::string domain) const;
  net::Task<Known> Fetch(std::string domain, std::string id,
                         std::optional<Known> before) const;

  const Parts parts_;
  const std::unique_ptr<Meters> meters_;
  mutable absl::Mutex mutex_;
  absl::flat_hash_map<std::string, Known> known_ ABSL_GUARDED_BY(mutex_);
  size_t known_bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  absl::flat_hash_map<std::string, std::shared_ptr<LookUp>> pending_
      ABSL_GUARDED_BY(mutex_);
};

}  // namespace postern::mta::routing

#endif  // POSTERN_MTA_ROUTING_STS_FINDER_H_
