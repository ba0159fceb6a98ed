// What became of one recipient in one attempt.
//
// Threads: a value.

#ifndef POSTERN_MTA_QUEUE_OUTCOME_H_
#define POSTERN_MTA_QUEUE_OUTCOME_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
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
  // Why a recipient was not delivered to now, as far as an operator would do
  // something else about it; of a refusal: the stage at which it came.
  enum class Cause : uint8_t {
    kOther,          // As a retry: transport says.
    kDns,            // No answer, or none that could be used.
    kConnect,        // No connection came to be.
    kTls,            // No TLS, or not the one that was demanded.
    kAuth,           // The login was refused.
    kGreeting,       // Refused in the greeting, at EHLO or HELO.
    kMail,           // Refused at MAIL.
    kRcpt,           // Refused at RCPT.
    kData,           // Refused at DATA or after the content.
    kTimeout,        // The other side fell silent.
    kLost,           // The other side went away.
    kProtocol,       // The other side made no sense.
    kLimit,          // Its turn did not come, or too many commands run.
    kSuspended,      // The operator wants it so.
    kMailbox,        // A mailbox of this host, or a command, says so.
    kConfiguration,  // A table or transport is wrong or cannot be asked.
    kSystem,         // This host is in trouble, or stops.
  };
  static constexpr size_t kCauses = 17;
  Kind kind = Kind::kDeferred;
  std::string status;  // The enhanced status code: "2.0.0", "4.4.1", "5.1.1".
  std::string reply;   // The other side's words, or ours; printable, one line.
  std::string host;    // Who said so; empty: we did.
  Handover handover = Handover::kPassedOn;
  Cause cause = Cause::kOther;
  // From the beginning of the attempt until a connection could be used.
  absl::Duration connecting = absl::ZeroDuration();
};

// The name of a cause in metrics and logs: "dns", "connect", …
absl::string_view CauseName(Outcome::Cause cause);

}  // namespace postern::mta::queue

#endif  // POSTERN_MTA_QUEUE_OUTCOME_H_
