// What became of one recipient in one attempt.
//
// Threads: a value.

#ifndef POSTERN_MTA_QUEUE_OUTCOME_H_
#define POSTERN_MTA_QUEUE_OUTCOME_H_

#include <string>

#include "absl/time/time.h"

namespace postern::mta::queue {

struct Outcome {
  enum class Kind { kDelivered, kDeferred, kFailed };
  // Where a delivered message is now: who tells the sender, if he wants to know
  // (RFC 3461 section 5.2).
  enum class Handover {
    kPassedOn,   // At a host that has taken over the duty to report.
    kRelayed,    // At a host that reports nothing.
    kMailbox,    // In the recipient's hands.
    kExpanded,   // On its way to those that the recipient stands for.
    kDiscarded,  // Nowhere, as the operator wants it.
  };
  Kind kind = Kind::kDeferred;
  std::string status;  // The enhanced status code: "2.0.0", "4.4.1", "5.1.1".
  std::string reply;   // The other side's words, or ours; printable, one line.
  std::string host;    // Who said so; empty: we did.
  Handover handover = Handover::kPassedOn;
  // From the beginning of the attempt until a connection could be used.
  absl::Duration connecting = absl::ZeroDuration();
};

}  // namespace postern::mta::queue

#endif  // POSTERN_MTA_QUEUE_OUTCOME_H_
