// A set of hosts that mail goes to, and what it may be given.
//
// Threads: a value.

#ifndef POSTERN_MTA_OUTBOUND_DESTINATION_H_
#define POSTERN_MTA_OUTBOUND_DESTINATION_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "mta/outbound/concurrency_window.h"

namespace postern::mta::outbound {

struct Destination {
  // Parcels with the same name may go over the same connections, so it has
  // everything in it that a connection depends on.
  std::string name;
  // Domains may share it: what the DNS says of one is not true of the others.
  bool is_shared = false;
  // The exchangers, in lower case; empty: they are not known.
  std::vector<std::string> hosts;
  ConcurrencyWindow::Limits concurrency;
  // From the beginning of one delivery to that of the next.
  absl::Duration rate_delay;
  size_t reuse_limit = 100;  // Deliveries over one connection.
  size_t limit_class = 0;    // Whose limits they are (destination_limits.h).
};

}  // namespace postern::mta::outbound

#endif  // POSTERN_MTA_OUTBOUND_DESTINATION_H_
