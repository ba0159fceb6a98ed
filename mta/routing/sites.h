// Which domains have their mail taken by the same hosts: they share
// connections, limits and troubles.
//
//   const Site site = co_await sites.Of(next_hop, deadline);
//   line = lines[site.name];
//
// Threads: safe from any thread.
// Limits:  remembers 20000 domains for a minute each.

#ifndef POSTERN_MTA_ROUTING_SITES_H_
#define POSTERN_MTA_ROUTING_SITES_H_

#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/synchronization/mutex.h"
#include "lib/dns/mx.h"
#include "lib/dns/resolver.h"
#include "lib/net/deadline.h"
#include "lib/net/task.h"
#include "mta/routing/next_hop.h"

namespace postern::mta::routing {

struct Site {
  // Equal for next hops with the same exchangers at the same preferences and
  // the same port.
  std::string name;
  // The exchangers, in lower case; empty: only the next hop itself is known.
  std::vector<std::string> hosts;
};

// Returns the site of a domain that has these exchangers.
Site SiteOf(const NextHop& next_hop, const dns::MailHosts& mail);

class Sites {
 public:
  // `resolver` must outlive it.
  explicit Sites(dns::Resolver& resolver) : resolver_(resolver) {}

  // Returns the site of `next_hop`. A host, a list of places, or a domain whose
  // exchangers cannot be found out, is a site of its own.
  net::Task<Site> Of(NextHop next_hop, net::Deadline deadline);

 private:
  struct Known {
    Site site;
    net::Deadline until;
  };

  bool Recall(const NextHop& next_hop, Site& site) const;
  void Remember(const NextHop& next_hop, const Site& site);

  dns::Resolver& resolver_;
  mutable absl::Mutex mutex_;
  absl::flat_hash_map<NextHop, Known> known_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace postern::mta::routing

#endif  // POSTERN_MTA_ROUTING_SITES_H_
