#include "mta/tls_report/report.h"

#include <algorithm>
#include <cassert>
#include <cstdint>
#include <map>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/time.h"
#include "google/protobuf/util/json_util.h"
#include "mta/tls_report/session_kind.h"

namespace postern::mta::tls_report {
namespace {

absl::Time LastSecondOf(absl::CivilDay day) {
  return StartOf(day + 1) - absl::Seconds(1);
}

std::string Rfc3339(absl::Time time) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", time, absl::UTCTimeZone());
}

std::string IdOf(const Subject& subject, const Author& author) {
  return absl::StrCat(NameOf(subject.day), ".", subject.domain, "@",
                      author.domain);
}

uint32_t Sum(uint32_t a, uint32_t b) { return a + std::min(b, UINT32_MAX - a); }

void AddSessions(const report::v1::TlsSessionKind& kind, uint32_t sessions,
                 report::v1::TlsPolicyResult& result) {
  report::v1::TlsSummary& summary = *result.mutable_summary();
  if (!kind.has_failure()) {
    summary.set_total_successful_session_count(
        Sum(summary.total_successful_session_count(), sessions));
    return;
  }
  summary.set_total_failure_session_count(
      Sum(summary.total_failure_session_count(), sessions));
  report::v1::TlsFailureDetails& details = *result.add_failure_details();
  details = kind.failure();
  details.set_failed_session_count(sessions);
}

}  // namespace

std::optional<report::v1::TlsReport> TellOf(const Subject& subject,
                                            const KindCounts& counts,
                                            const Author& author) {
  std::map<std::string, report::v1::TlsPolicyResult> by_policy;
  for (const auto& [text, sessions] : counts) {
    const auto kind = ParseKind(text, subject.domain);
    if (!kind || sessions == 0) continue;
    report::v1::TlsPolicyResult& result =
        by_policy[kind->policy().SerializeAsString()];
    *result.mutable_policy() = kind->policy();
    AddSessions(*kind, sessions, result);
  }
  if (by_policy.empty()) return std::nullopt;
  report::v1::TlsReport report;
  report.set_organization_name(author.organization_name);
  report.mutable_date_range()->set_start_datetime(
      Rfc3339(StartOf(subject.day)));
  report.mutable_date_range()->set_end_datetime(
      Rfc3339(LastSecondOf(subject.day)));
  report.set_contact_info(author.contact_info);
  report.set_report_id(IdOf(subject, author));
  for (auto& [policy, result] : by_policy) {
    // Zero is a number too: both are always there.
    report::v1::TlsSummary& summary = *result.mutable_summary();
    summary.set_total_successful_session_count(
        summary.total_successful_session_count());
    summary.set_total_failure_session_count(
        summary.total_failure_session_count());
    *report.add_policies() = std::move(result);
  }
  return report;
}

std::optional<Report> MakeReport(const Subject& subject,
                                 const KindCounts& counts,
                                 const Author& author) {
  const auto told = TellOf(subject, counts, author);
  if (!told) return std::nullopt;
  Report report;
  report.subject = subject;
  report.id = told->report_id();
  // The same report again is the same file; "!" divides.
  report.file_name = absl::StrFormat(
      "%s!%s!%d!%d!%s.json.gz", author.domain, subject.domain,
      absl::ToUnixSeconds(StartOf(subject.day)),
      absl::ToUnixSeconds(LastSecondOf(subject.day)), NameOf(subject.day));
  google::protobuf::util::JsonPrintOptions options;
  options.add_whitespace = true;
  [[maybe_unused]] const auto status =
      google::protobuf::util::MessageToJsonString(*told, &report.json, options);
  assert(status.ok());
  return report;
}

}  // namespace postern::mta::tls_report
