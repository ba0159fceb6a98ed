#include "mta/filters/milters.h"

#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "lib/base/status_macros.h"
#include "lib/config/config.h"

namespace postern::mta::filters {
namespace {

absl::Status InField(absl::string_view field, const absl::Status& error) {
  return absl::InvalidArgumentError(absl::StrCat(field, ": ", error.message()));
}

template <typename Lines>
std::vector<std::string> ToVector(const Lines& lines) {
  return {lines.begin(), lines.end()};
}

// Reads the certificates of a filter; nullptr: it has no TLS.
absl::StatusOr<std::shared_ptr<net::TlsContext>> TlsOf(
    const MilterService& service) {
  if (!service.tls) return nullptr;
  return net::TlsContext::CreateClient(*service.tls);
}

}  // namespace

net::Task<absl::StatusOr<bool>> PlannedMilter::Skips(
    std::string recipient) const {
  const std::string key = absl::AsciiStrToLower(recipient);
  const std::vector<std::string> keys = {key, key.substr(key.rfind('@') + 1)};
  for (const auto& table : skipped_recipients) {
    for (const std::string& one : keys) {
      CO_ASSIGN_OR_RETURN(const std::optional<std::string> found,
                          co_await table->Find(one));
      if (found) co_return true;
    }
  }
  co_return false;
}

absl::StatusOr<std::shared_ptr<const Milters>> Milters::FromConfig(
    const config::v1::Filters& config, const MakeClient& make_client,
    const table::Environment& tables) {
  auto all = std::make_shared<Milters>();
  all->daemon_name_ = config.milter_macro_daemon_name();
  all->version_ = config.milter_macro_v();
  all->message_timeout_ = config::FromProto(config.milter_message_timeout());
  ASSIGN_OR_RETURN(all->services_, ParseMilters(config));
  for (int i = 0; i < config.milters_size(); ++i) {
    const config::v1::Milter& written = config.milters(i);
    PlannedMilter& milter = all->milters_[written.name()];
    const MilterService& service = all->services_.at(written.name());
    auto tls = TlsOf(service);
    if (!tls.ok()) {
      return InField(absl::StrCat("filters.milters[", i, "].tls"),
                     tls.status());
    }
    if (make_client) milter.client = make_client(service, *std::move(tls));
    for (const std::string& spec : written.skip_recipient_maps()) {
      auto table = table::Open(spec, tables);
      if (!table.ok()) {
        return InField(
            absl::StrCat("filters.milters[", i, "].skip_recipient_maps"),
            table.status());
      }
      milter.skipped_recipients.push_back(*std::move(table));
    }
  }
  for (const std::string& spec : config.smtpd_milter_maps()) {
    auto table = table::Open(spec, tables);
    if (!table.ok())
      return InField("filters.smtpd_milter_maps", table.status());
    all->maps_.push_back(*std::move(table));
  }
  auto plan = all->PlanOf(ToVector(config.smtpd_milters()));
  if (!plan.ok()) return InField("filters.smtpd_milters", plan.status());
  all->smtpd_ = *std::move(plan);
  plan = all->PlanOf(ToVector(config.non_smtpd_milters()));
  if (!plan.ok()) return InField("filters.non_smtpd_milters", plan.status());
  all->internal_ = *std::move(plan);
  return all;
}

absl::StatusOr<std::shared_ptr<const MilterPlan>> Milters::PlanOf(
    const std::vector<std::string>& lines) const {
  auto plan = std::make_shared<MilterPlan>();
  plan->message_timeout = message_timeout_;
  for (const std::string& line : lines) {
    ASSIGN_OR_RETURN(const std::vector<std::string> names,
                     ParseMilterGroup(line, services_));
    std::vector<PlannedMilter>& group = plan->groups.emplace_back();
    for (const std::string& name : names) group.push_back(milters_.at(name));
  }
  return plan;
}

net::Task<absl::StatusOr<std::shared_ptr<const MilterPlan>>> Milters::PlanFor(
    net::IpAddress client) const {
  const std::string key = client.ToString();
  for (const auto& table : maps_) {
    CO_ASSIGN_OR_RETURN(const std::optional<std::string> found,
                        co_await table->Find(key));
    if (!found) continue;
    if (absl::EqualsIgnoreCase(*found, "DISABLE")) {
      co_return std::make_shared<const MilterPlan>();
    }
    const std::vector<std::string> lines =
        absl::StrSplit(*found, ',', absl::SkipWhitespace());
    co_return PlanOf(lines);
  }
  co_return smtpd_;
}

}  // namespace postern::mta::filters
