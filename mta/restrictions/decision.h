// What the restrictions say at one command.
//
// Threads: a value.

#ifndef POSTERN_MTA_RESTRICTIONS_DECISION_H_
#define POSTERN_MTA_RESTRICTIONS_DECISION_H_

#include <optional>

#include "absl/strings/string_view.h"
#include "mta/restrictions/message_actions.h"
#include "mta/smtp/reply.h"

namespace postern::mta::restrictions {

// Why something was refused: the label of the metric.
enum class Reason {
  kNone,
  kRelay,             // reject_unauth_destination, defer_unauth_destination.
  kRule,              // reject, defer, defer_if_permit.
  kPolicyService,     // Its answer.
  kUnknownRecipient,  // No such mailbox.
  kUnsupported,       // Wanted of us what we cannot do, or do not understand.
  kAccess,            // An access table's action.
  kClient,            // The client's name or address.
  kHelo,              // The name in HELO.
  kSender,            // The sender's address or domain.
  kRecipient,         // The recipient's address or domain.
  kProtocol,          // Pipelining, plain text, a bounce to many.
  kTemporary,         // A table could not be asked.
  kDnsList,           // A DNS list has it.
  kUnverified,        // Nobody is at the address, or nobody knows.
  kFilter,            // A mail filter's verdict.
};
inline constexpr int kReasonCount = 16;
absl::string_view ReasonName(Reason reason);

struct Decision {
  // Accepted, but nothing is ever delivered there: the sender of our own
  // probes, which others may want to verify.
  bool is_for_nobody = false;
  std::optional<smtp::Reply> refusal;  // Unset: accepted.
  Reason reason = Reason::kNone;
  // For the whole message, whether or not this recipient was accepted.
  MessageActions actions;
  // DEFER_IF_PERMIT waits for the next command: Facts::deferral.
  std::optional<smtp::Reply> deferral;
};

}  // namespace postern::mta::restrictions

#endif  // POSTERN_MTA_RESTRICTIONS_DECISION_H_
