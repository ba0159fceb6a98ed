// Fetches the policy file of a domain that has MTA-STS.
//
//   const StsFetched fetched = co_await FetchSts(get, "example.org", deadline);
//   if (fetched.policy) …
//
// Source:  RFC 8461 section 3.3: https://mta-sts.<domain>/.well-known/
//          mta-sts.txt; the certificate must be good for that host, nothing is
//          followed, the answer is 200 and text/plain.
// Errors:  none: a failure is a value, called as RFC 8460 section 4.3.2.2 does.
// Limits:  64 KiB.

#ifndef POSTERN_MTA_ROUTING_STS_FETCH_H_
#define POSTERN_MTA_ROUTING_STS_FETCH_H_

#include <cstddef>
#include <functional>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "lib/https/client.h"
#include "lib/net/deadline.h"
#include "lib/net/task.h"
#include "mta/routing/sts_policy.h"
#include "mta/routing/tls_finding.h"

namespace postern::mta::routing {

// As https::Client::Get().
using HttpsGet = std::function<net::Task<absl::StatusOr<https::Response>>(
    std::string uri, size_t max_bytes, net::Deadline deadline)>;

struct StsFetched {
  std::optional<StsPolicy> policy;
  std::string file;  // What the policy was read from.
  // Without a policy:
  TlsFailure failure = TlsFailure::kStsPolicyFetchError;
  std::string detail;
};

// `get` must outlive the task.
net::Task<StsFetched> FetchSts(const HttpsGet& get, std::string domain,
                               net::Deadline deadline);

// What an answer of the web server comes to.
StsFetched JudgeSts(absl::StatusOr<https::Response> response);

}  // namespace postern::mta::routing

#endif  // POSTERN_MTA_ROUTING_STS_FETCH_H_
