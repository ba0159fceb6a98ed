// Which relays there are to hand mail to.
//
//   const HandoffPeers peers =
//       co_await FindPeers(config.peers(), resolver, own, deadline);
//
// Threads: all must outlive the task.

#ifndef POSTERN_MTA_OUTBOUND_HANDOFF_PEERS_H_
#define POSTERN_MTA_OUTBOUND_HANDOFF_PEERS_H_

#include <string>
#include <vector>

#include "lib/dns/resolver.h"
#include "lib/net/deadline.h"
#include "lib/net/endpoint.h"
#include "lib/net/task.h"
#include "mta/routing/own_endpoints.h"

namespace postern::mta::outbound {

struct HandoffPeers {
  std::vector<net::Endpoint> endpoints;  // In any order, each once.
  std::string trouble;  // What could not be found out; empty: nothing.
};

// Returns the addresses of `names` ("mta.example.org:25"), without our own.
net::Task<HandoffPeers> FindPeers(std::vector<std::string> names,
                                  dns::Resolver& resolver,
                                  const routing::OwnEndpoints& own,
                                  net::Deadline deadline);

}  // namespace postern::mta::outbound

#endif  // POSTERN_MTA_OUTBOUND_HANDOFF_PEERS_H_
