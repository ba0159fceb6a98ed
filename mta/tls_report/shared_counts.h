// Counts in Redis (counts.h): of all replicas together.
//
// Threads: from any reactor of the client's runtime.
// Limits:  TallyLimits; one round trip an operation, within the client's
//          operation_timeout. Keys live kKeptFor after the last change; those
//          of a day share a hash tag.

#ifndef POSTERN_MTA_TLS_REPORT_SHARED_COUNTS_H_
#define POSTERN_MTA_TLS_REPORT_SHARED_COUNTS_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "lib/net/task.h"
#include "lib/redis/client.h"
#include "mta/tls_report/counts.h"

namespace postern::mta::tls_report {

class SharedCounts final : public Counts {
 public:
  // `client` may be shared with others; it must outlive the object.
  SharedCounts(redis::Client& client, TallyLimits limits)
      : client_(client), limits_(limits) {}

  net::Task<absl::StatusOr<Losses>> Add(Subject subject,
                                        KindCounts counts) override;
  net::Task<absl::StatusOr<std::vector<std::string>>> DomainsOf(
      absl::CivilDay day) override;
  net::Task<absl::StatusOr<std::optional<Claimed>>> Claim(
      Subject subject, absl::Duration term) override;
  net::Task<absl::Status> NoteSent(Subject subject, std::string where) override;
  net::Task<absl::Status> Finish(Subject subject) override;

 private:
  // The keys of a day, a domain, and of one batch.
  std::string DomainsKey(absl::CivilDay day) const;
  std::string KeyOf(absl::string_view what, const Subject& subject) const;

  redis::Client& client_;
  const TallyLimits limits_;
};

}  // namespace postern::mta::tls_report

#endif  // POSTERN_MTA_TLS_REPORT_SHARED_COUNTS_H_
