// Where a recipient's copy of a message goes: what the envelope, the tables and
// the settings say of it together.
//
//   const RouteFinder finder(std::move(router));
//   const Guides guides = {*parts.addresses(), *parts.transports()};
//   routing::Route route =
//       co_await finder.RouteOf(guides, envelope, index, outcome);
//
// Errors:  none. A route that leads nowhere comes with an outcome: what was
//          decided before, or 4.3.0 for a table that cannot be asked and 4.3.5
//          for one that says what cannot be.
// Threads: immutable; safe to share.

#ifndef POSTERN_MTA_OUTBOUND_ROUTE_FINDER_H_
#define POSTERN_MTA_OUTBOUND_ROUTE_FINDER_H_

#include <string>
#include <utility>

#include "lib/net/task.h"
#include "mta/queue/outcome.h"
#include "mta/rewriting/address_book.h"
#include "mta/routing/next_hop.h"
#include "mta/routing/transport_map.h"
#include "proto/spool/v1/envelope.pb.h"

namespace postern::mta::outbound {

// What the tables say now.
struct Guides {
  const rewriting::AddressBook& addresses;
  const routing::TransportMap& transports;
};

class RouteFinder {
 public:
  explicit RouteFinder(routing::Router router) : router_(std::move(router)) {}

  // Returns the way of recipient `index`. If it leads nowhere, `outcome` says
  // what becomes of it. The references must outlive the task.
  net::Task<routing::Route> RouteOf(const Guides& guides,
                                    const spool::v1::Envelope& envelope,
                                    int index, queue::Outcome& outcome) const;

  // The same for an address.
  net::Task<routing::NextHop> NextHopFor(const Guides& guides,
                                         std::string sender,
                                         std::string recipient,
                                         queue::Outcome& outcome) const;

 private:
  const routing::Router router_;
};

}  // namespace postern::mta::outbound

#endif  // POSTERN_MTA_OUTBOUND_ROUTE_FINDER_H_
