// The filters of the configuration, and whom which mail is shown to.
//
//   ASSIGN_OR_RETURN(std::shared_ptr<const Milters> milters,
//                    Milters::FromConfig(config.filters(), make_client,
//                    tables));
//   CO_ASSIGN_OR_RETURN(std::shared_ptr<const MilterPlan> plan,
//                       co_await milters->PlanFor(client_address));
//
// Errors:  FromConfig() returns InvalidArgument; the text starts with the
//          config field at fault. PlanFor(): a table cannot be asked, or has a
//          name that is no filter's.
// Threads: immutable; safe to share.

#ifndef POSTERN_MTA_FILTERS_MILTERS_H_
#define POSTERN_MTA_FILTERS_MILTERS_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "lib/net/ip.h"
#include "lib/net/task.h"
#include "lib/table/table.h"
#include "mta/filters/milter_client.h"
#include "mta/filters/milter_service.h"
#include "proto/config/v1/filters.pb.h"

namespace postern::mta::filters {

// A filter with the recipients that it is not told of.
struct PlannedMilter {
  std::shared_ptr<MilterClient> client;
  std::vector<std::shared_ptr<const table::Table>> skipped_recipients;

  // Whether it is not told of `recipient`, "user@domain".
  net::Task<absl::StatusOr<bool>> Skips(std::string recipient) const;
};

// Whom to ask, group by group.
struct MilterPlan {
  std::vector<std::vector<PlannedMilter>> groups;
  absl::Duration message_timeout = absl::Minutes(5);
  // Whether a filter that fails can have a message refused, as its on_failure
  // says; else the next one is asked.
  bool failures_refuse = true;
};

class Milters {
 public:
  using MakeClient = std::function<std::shared_ptr<MilterClient>(
      MilterService service, std::shared_ptr<net::TlsContext> tls)>;

  // Without `make_client` the result is only good for checking.
  static absl::StatusOr<std::shared_ptr<const Milters>> FromConfig(
      const config::v1::Filters& config, const MakeClient& make_client,
      const table::Environment& tables);

  // Whom the mail of an SMTP client is shown to: as smtpd_milter_maps say, else
  // as smtpd_milters do.
  net::Task<absl::StatusOr<std::shared_ptr<const MilterPlan>>> PlanFor(
      net::IpAddress client) const;
  // Whom the relay's own mail is shown to.
  const std::shared_ptr<const MilterPlan>& internal() const {
    return internal_;
  }

  const std::string& daemon_name() const { return daemon_name_; }
  const std::string& version() const { return version_; }

 private:
  absl::StatusOr<std::shared_ptr<const MilterPlan>> PlanOf(
      const std::vector<std::string>& lines) const;

  absl::flat_hash_map<std::string, MilterService> services_;
  absl::flat_hash_map<std::string, PlannedMilter> milters_;
  std::vector<std::unique_ptr<table::Table>> maps_;
  std::shared_ptr<const MilterPlan> smtpd_;
  std::shared_ptr<const MilterPlan> internal_;
  std::string daemon_name_;
  std::string version_;
  absl::Duration message_timeout_;
};

}  // namespace postern::mta::filters

#endif  // POSTERN_MTA_FILTERS_MILTERS_H_
