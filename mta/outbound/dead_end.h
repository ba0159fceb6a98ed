// What becomes of mail that no host is asked about: the transports error, retry
// and discard.
//
//   if (IsDeadEnd(hop)) outcome = DeadEndOutcome(hop, recipient);
//
// Source:  error(8), discard(8): the text may begin with an enhanced status
//          code, whose class is the transport's, whatever is written.
// Threads: pure.

#ifndef POSTERN_MTA_OUTBOUND_DEAD_END_H_
#define POSTERN_MTA_OUTBOUND_DEAD_END_H_

#include "absl/strings/string_view.h"
#include "mta/queue/outcome.h"
#include "mta/routing/next_hop.h"

namespace postern::mta::outbound {

bool IsDeadEnd(const routing::NextHop& hop);

// `hop` is one.
queue::Outcome DeadEndOutcome(const routing::NextHop& hop,
                              absl::string_view recipient);

}  // namespace postern::mta::outbound

#endif  // POSTERN_MTA_OUTBOUND_DEAD_END_H_
