#include "mta/restrictions/decision.h"

namespace postern::mta::restrictions {

absl::string_view ReasonName(Reason reason) {
  switch (reason) {
    case Reason::kNone:
      return "none";
    case Reason::kRelay:
      return "relay";
    case Reason::kRule:
      return "rule";
    case Reason::kPolicyService:
      return "policy_service";
    case Reason::kUnknownRecipient:
      return "unknown_recipient";
    case Reason::kUnsupported:
      return "unsupported_action";
  }
  return "none";
}

}  // namespace postern::mta::restrictions
