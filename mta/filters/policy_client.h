// Asks a policy service, greylistd say, over the policy delegation protocol.
//
// A service that is away, slow or talks nonsense never stops the mail without
// saying so: the default action counts, a metric goes up, and the log has a
// line when that begins and another when it ends. Names of endpoints are
// resolved here, again and again, so a service may move.
//
//   PolicyClient client(parts, service);
//   const policy::Verdict verdict = co_await client.Ask(question);
//
// Source:  Postfix 3.7, SMTPD_POLICY_README.
// Threads: Ask() from any reactor. Destroy it when no task uses it.

#ifndef POSTERN_MTA_FILTERS_POLICY_CLIENT_H_
#define POSTERN_MTA_FILTERS_POLICY_CLIENT_H_

#include <atomic>
#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "lib/base/clock.h"
#include "lib/dns/resolver.h"
#include "lib/metrics/metrics.h"
#include "lib/net/runtime.h"
#include "lib/net/task.h"
#include "lib/policy/client.h"
#include "lib/policy/reply.h"
#include "mta/filters/policy_service.h"
#include "mta/filters/policy_source.h"

namespace postern::mta::filters {

// What policy clients work with; all of it must outlive them.
struct PolicyClientParts {
  net::Runtime& runtime;
  dns::Resolver& resolver;
  const Clock& clock;
  metrics::Registry& metrics;
};

class PolicyClient final : public PolicySource {
 public:
  PolicyClient(PolicyClientParts parts, PolicyService service);

  net::Task<policy::Verdict> Ask(const PolicyQuestion& question) override;

 private:
  void ReportAnswer(const PolicyQuestion& question);
  void ReportFailure(const PolicyQuestion& question, const absl::Status& why);

  const PolicyService service_;
  const std::string name_;
  policy::Client client_;
  std::atomic<uint64_t> failures_in_a_row_ = 0;
  metrics::Counter& answers_;
  metrics::Counter& failures_;
  metrics::Histogram& seconds_;
  metrics::Gauge& healthy_;
};

}  // namespace postern::mta::filters

#endif  // POSTERN_MTA_FILTERS_POLICY_CLIENT_H_
