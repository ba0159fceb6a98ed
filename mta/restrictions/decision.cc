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
    case Reason::kAccess:
      return "access_table";
    case Reason::kClient:
      return "client";
    case Reason::kHelo:
      return "helo";
    case Reason::kSender:
      return "sender";
    case Reason::kRecipient:
      return "recipient";
    case Reason::kProtocol:
      return "protocol";
    case Reason::kTemporary:
      return "temporary_failure";
    case Reason::kDnsList:
      return "dns_list";
    case Reason::kFilter:
      return "filter";
    case Reason::kUnverified:
      return "unverified";
  }
  return "none";
}

}  // namespace postern::mta::restrictions
