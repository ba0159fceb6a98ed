// Says what became of a recipient, in the words of the other side or ours.
//
//   outcomes[i] = OutcomeOf(reply, session.relay(), Cause::kRcpt);
//   outcomes[i] = Deferred(Cause::kLost, "4.4.2", "lost connection with mx …");
//
// Source:  RFC 5321 section 4.2.1: 2xx delivered, 4xx deferred, 5xx failed; a
//          reply that fits nowhere (1xx, 3xx) is a broken server: deferred.
//          RFC 3463: a reply without an enhanced status code gets X.0.0.
// Threads: pure.

#ifndef POSTERN_MTA_OUTBOUND_OUTCOME_H_
#define POSTERN_MTA_OUTBOUND_OUTCOME_H_

#include "absl/strings/string_view.h"
#include "mta/queue/courier.h"
#include "mta/smtp/reply.h"

namespace postern::mta::outbound {

using Cause = queue::Outcome::Cause;

// What `host` said, and at which stage if it is a refusal; an empty host: it is
// our own reply, and its code is left out of the text.
queue::Outcome OutcomeOf(const smtp::Reply& reply, absl::string_view host,
                         Cause stage);

// Our own words. Delivered: by us, into the recipient's hands.
queue::Outcome Delivered(absl::string_view status, absl::string_view text);
queue::Outcome Deferred(Cause cause, absl::string_view status,
                        absl::string_view text);
queue::Outcome Failed(absl::string_view status, absl::string_view text);
// A refusal for good that is to count as "not now".
queue::Outcome Softened(queue::Outcome outcome);
// Its turn at a destination did not come in time (destination_wait_limit).
queue::Outcome TooManyWait();
// The operator has suspended its destination (suspensions.h).
queue::Outcome Suspended(absl::string_view reason);

}  // namespace postern::mta::outbound

#endif  // POSTERN_MTA_OUTBOUND_OUTCOME_H_
