// What the restrictions say about one recipient.
//
// Threads: a value.

#ifndef POSTERN_MTA_RESTRICTIONS_DECISION_H_
#define POSTERN_MTA_RESTRICTIONS_DECISION_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "mta/smtp/reply.h"

namespace postern::mta::restrictions {

// Why a recipient was refused: the label of the metric.
enum class Reason {
  kNone,
  kRelay,             // reject_unauth_destination.
  kRule,              // reject, defer.
  kPolicyService,     // Its answer.
  kUnknownRecipient,  // No such mailbox.
  kUnsupported,       // A policy service wanted what we cannot do.
};
inline constexpr int kReasonCount = 6;
absl::string_view ReasonName(Reason reason);

struct Decision {
  std::optional<smtp::Reply> refusal;  // Unset: the recipient is accepted.
  Reason reason = Reason::kNone;
  std::vector<std::string> headers;  // To be put in front of the message.
};

}  // namespace postern::mta::restrictions

#endif  // POSTERN_MTA_RESTRICTIONS_DECISION_H_
