#include "greylistd/reason.h"

#include <array>
#include <cassert>

namespace postern::greylistd {
namespace {

constexpr std::array<absl::string_view, kReasons> kNames = {
    "new",
    "early_retry",
    "pending_limit",
    "first_pass",
    "known",
    "allowed_client",
    "authenticated",
    "client_allowlist",
    "recipient_allowlist",
    "rule",
    "dns_allowlist",
    "incomplete",
    "store_failure",
};

}  // namespace

absl::string_view ReasonName(Reason reason) {
  return kNames[static_cast<size_t>(reason)];
}

Reason ReasonOf(Skip skip) {
  assert(skip != Skip::kNone);
  switch (skip) {
    case Skip::kAuthenticated:
      return Reason::kAuthenticated;
    case Skip::kClientAllowlist:
      return Reason::kClientAllowlist;
    case Skip::kRecipientAllowlist:
      return Reason::kRecipientAllowlist;
    case Skip::kRule:
    case Skip::kNone:
      break;
  }
  return Reason::kRule;
}

Reason ReasonOf(Outcome::Kind kind) {
  switch (kind) {
    case Outcome::Kind::kNew:
      return Reason::kNew;
    case Outcome::Kind::kEarlyRetry:
      return Reason::kEarlyRetry;
    case Outcome::Kind::kPendingLimit:
      return Reason::kPendingLimit;
    case Outcome::Kind::kFirstPass:
      return Reason::kFirstPass;
    case Outcome::Kind::kKnown:
      return Reason::kKnown;
    case Outcome::Kind::kAllowedClient:
      break;
  }
  return Reason::kAllowedClient;
}

}  // namespace postern::greylistd
