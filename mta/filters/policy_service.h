// A policy service as the configuration has it: where it is, how it is asked,
// what counts when it does not answer.
//
//   ASSIGN_OR_RETURN(const PolicyService usual, UsualPolicyService(config));
//   ASSIGN_OR_RETURN(PolicyService service, ParsePolicyService(
//       "{ inet:greylistd:10023, inet:other:10023, timeout=5s }", usual));
//
// What stands behind check_policy_service is one endpoint, or a list in braces:
// endpoints, which are equally good, and attributes, each `name=value`. A value
// reaches to the comma; one that has a comma or ends with a space stands in
// braces of its own: `{ default_action = 451 4.3.5 No, not now }`.
//
// Source:  Postfix, SMTPD_POLICY_README, "Advanced policy client
//          configuration": names and meaning; several endpoints are ours.
// Errors:  InvalidArgument: what is wrong with the text.
// Threads: a value; pure.
// Limits:  16 endpoints.

#ifndef POSTERN_MTA_FILTERS_POLICY_SERVICE_H_
#define POSTERN_MTA_FILTERS_POLICY_SERVICE_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "lib/net/endpoint.h"
#include "lib/policy/reply.h"
#include "proto/config/v1/mta.pb.h"

namespace postern::mta::filters {

inline constexpr size_t kMaxPolicyEndpoints = 16;

// The fields are smtpd_policy_service_*.
struct PolicyService {
  std::vector<net::Endpoint> endpoints;  // Hosts may be names.
  absl::Duration timeout = absl::Seconds(10);
  policy::Verdict default_action;
  absl::Duration max_idle = absl::Minutes(5);
  absl::Duration max_ttl = absl::Seconds(1000);
  uint32_t request_limit = 0;  // Questions over one connection; 0: any number.
  uint32_t try_limit = 2;
  absl::Duration retry_delay = absl::Seconds(1);
  std::string policy_context;

  // Returns the endpoints in words: the name of the service in logs and
  // metrics.
  std::string Name() const;
};

// Returns what all services have in common, without endpoints.
absl::StatusOr<PolicyService> UsualPolicyService(const config::v1::Mta& config);

// Reads what stands behind check_policy_service on top of `usual`.
absl::StatusOr<PolicyService> ParsePolicyService(absl::string_view text,
                                                 PolicyService usual);

// Reads what smtpd_policy_service_default_action may be: an action that needs
// no list of restrictions behind it.
absl::StatusOr<policy::Verdict> ParseDefaultAction(absl::string_view text);

}  // namespace postern::mta::filters

#endif  // POSTERN_MTA_FILTERS_POLICY_SERVICE_H_
