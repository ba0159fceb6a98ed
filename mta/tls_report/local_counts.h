// Counts in an embedded store (counts.h): of this relay alone.
//
// Threads: locks internally; the disk is used on the blocking pool.
// Limits:  TallyLimits.

#ifndef POSTERN_MTA_TLS_REPORT_LOCAL_COUNTS_H_
#define POSTERN_MTA_TLS_REPORT_LOCAL_COUNTS_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "lib/base/clock.h"
#include "lib/kv/store.h"
#include "lib/net/task.h"
#include "mta/tls_report/counts.h"
#include "proto/report/v1/tls.pb.h"

namespace postern::mta::tls_report {

class LocalCounts final : public Counts {
 public:
  // Opens or makes the store in `directory`; `clock` must outlive it.
  static absl::StatusOr<std::unique_ptr<LocalCounts>> Open(
      const std::string& directory, TallyLimits limits, const Clock& clock);

  net::Task<absl::StatusOr<Losses>> Add(Subject subject,
                                        KindCounts counts) override;
  net::Task<absl::StatusOr<std::vector<std::string>>> DomainsOf(
      absl::CivilDay day) override;
  net::Task<absl::StatusOr<std::optional<Claimed>>> Claim(
      Subject subject, absl::Duration term) override;
  net::Task<absl::Status> NoteSent(Subject subject, std::string where) override;
  net::Task<absl::Status> Finish(Subject subject) override;

 private:
  LocalCounts(std::unique_ptr<kv::Store> store, TallyLimits limits,
              const Clock& clock)
      : limits_(limits), clock_(clock), store_(std::move(store)) {}

  absl::StatusOr<Losses> AddNow(const Subject& subject,
                                const KindCounts& counts);
  absl::StatusOr<std::vector<std::string>> DomainsNow(absl::CivilDay day);
  // Lets `change` change the record of `subject`, an empty one if there is
  // none; false: it stays as it is.
  absl::Status Change(
      const Subject& subject,
      const std::function<bool(report::v1::TlsCounts&)>& change);
  // Whether a day can have one more domain.
  absl::StatusOr<bool> HasRoom(const Subject& subject);

  const TallyLimits limits_;
  const Clock& clock_;
  const std::unique_ptr<kv::Store> store_;
  absl::Mutex mutex_;
  // The domains of the days that were added to since the start.
  std::map<absl::CivilDay, std::set<std::string>> domains_
      ABSL_GUARDED_BY(mutex_);
};

}  // namespace postern::mta::tls_report

#endif  // POSTERN_MTA_TLS_REPORT_LOCAL_COUNTS_H_
