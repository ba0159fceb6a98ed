// What became of a recipient for whom there is nothing to send: it was decided
// when the envelope was rewritten (mta/rewriting/rewriter.h).
//
// Threads: pure.

#ifndef POSTERN_MTA_OUTBOUND_KNOWN_OUTCOME_H_
#define POSTERN_MTA_OUTBOUND_KNOWN_OUTCOME_H_

#include <optional>

#include "mta/queue/outcome.h"
#include "proto/spool/v1/envelope.pb.h"

namespace postern::mta::outbound {

// Returns nullopt for a recipient that is to be delivered to.
std::optional<queue::Outcome> KnownOutcome(
    const spool::v1::Recipient& recipient);

}  // namespace postern::mta::outbound

#endif  // POSTERN_MTA_OUTBOUND_KNOWN_OUTCOME_H_
