// One rule of a restriction list, as it stands in the configuration.
//
//   ASSIGN_OR_RETURN(Restriction rule, ParseRestriction(
//       "check_policy_service { inet:127.0.0.1:10023, timeout=5s }"));
//
// Source:  postconf(5), smtpd_recipient_restrictions and SMTPD_POLICY_README:
//          names and meaning.
// Errors:  InvalidArgument: what is wrong with the text; an unknown name comes
//          with the nearest known one.
// Threads: values; pure.

#ifndef POSTERN_MTA_RESTRICTIONS_RESTRICTION_H_
#define POSTERN_MTA_RESTRICTIONS_RESTRICTION_H_

#include <optional>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "lib/net/endpoint.h"
#include "lib/policy/reply.h"

namespace postern::mta::restrictions {

struct Restriction {
  enum class Kind {
    kPermit,
    kReject,
    kDefer,
    kPermitMynetworks,
    kPermitAuthDestination,
    kRejectUnauthDestination,
    kCheckPolicyService,
  };
  Kind kind = Kind::kReject;
  // A refusal by this rule is logged only.
  bool warn_if_reject = false;

  // kCheckPolicyService: whom to ask, and what differs from
  // smtpd_policy_service_timeout and smtpd_policy_service_default_action.
  net::Endpoint endpoint;
  std::optional<absl::Duration> timeout;
  std::optional<policy::Verdict> default_action;
};

absl::StatusOr<Restriction> ParseRestriction(absl::string_view text);

// Returns "permit_mynetworks" and the like.
absl::string_view RestrictionName(Restriction::Kind kind);

// Reads what smtpd_policy_service_default_action may be: an action that needs
// no list of restrictions behind it.
absl::StatusOr<policy::Verdict> ParseDefaultAction(absl::string_view text);

}  // namespace postern::mta::restrictions

#endif  // POSTERN_MTA_RESTRICTIONS_RESTRICTION_H_
