// Asks a policy service, greylistd say, over the policy delegation protocol.
//
// A service that is away, slow or talks nonsense never stops the mail without
// saying so: the default action counts, a metric goes up and a line is logged.
//
//   PolicyClient client(runtime, {endpoint, absl::Seconds(10), verdict},
//                       registry);
//   const policy::Verdict verdict = co_await client.Ask(question);
//
// Source:  Postfix 3.7, SMTPD_POLICY_README.
// Threads: Ask() from any reactor. Destroy it when no task uses it.

#ifndef POSTERN_MTA_FILTERS_POLICY_CLIENT_H_
#define POSTERN_MTA_FILTERS_POLICY_CLIENT_H_

#include "absl/time/time.h"
#include "lib/metrics/metrics.h"
#include "lib/net/endpoint.h"
#include "lib/net/runtime.h"
#include "lib/net/task.h"
#include "lib/policy/client.h"
#include "lib/policy/reply.h"
#include "mta/filters/policy_source.h"

namespace postern::mta::filters {

struct PolicyService {
  net::Endpoint endpoint;  // Its host is an address.
  absl::Duration timeout = absl::Seconds(10);
  // What counts when there is no answer.
  policy::Verdict default_action;
};

class PolicyClient final : public PolicySource {
 public:
  // `runtime` and `registry` must outlive it.
  PolicyClient(net::Runtime& runtime, const PolicyService& service,
               metrics::Registry& registry);

  net::Task<policy::Verdict> Ask(const PolicyQuestion& question) override;

 private:
  const PolicyService service_;
  policy::Client client_;
  metrics::Counter& answers_;
  metrics::Counter& failures_;
  metrics::Histogram& seconds_;
};

}  // namespace postern::mta::filters

#endif  // POSTERN_MTA_FILTERS_POLICY_CLIENT_H_
