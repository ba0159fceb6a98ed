#include "mta/tls_report/session_kind.h"

#include <algorithm>
#include <vector>

#include "absl/strings/string_view.h"
#include "lib/base/printable.h"

namespace postern::mta::tls_report {
namespace {

using google::protobuf::RepeatedPtrField;
using routing::AppliedTlsPolicy;

constexpr size_t kMaxHeloBytes = 255;
constexpr size_t kMaxExplanationBytes = 200;

void AddAll(const std::vector<std::string>& from,
            RepeatedPtrField<std::string>& to) {
  for (const std::string& text : from) {
    if (to.size() == kMaxStrings) return;
    *to.Add() = Printable(text);
  }
}

bool IsPolicyType(absl::string_view name) {
  for (const auto kind :
       {AppliedTlsPolicy::Kind::kNoneFound, AppliedTlsPolicy::Kind::kSts,
        AppliedTlsPolicy::Kind::kTlsa}) {
    if (name == NameOf(kind)) return true;
  }
  return false;
}

bool AreShort(const RepeatedPtrField<std::string>& texts) {
  return texts.size() <= kMaxStrings &&
         std::all_of(texts.begin(), texts.end(), [](const std::string& text) {
           return text == Printable(text);
         });
}

bool IsPlausible(const report::v1::TlsFailureDetails& failure) {
  const std::string* const texts[] = {
      &failure.result_type(),           &failure.sending_mta_ip(),
      &failure.receiving_mx_hostname(), &failure.receiving_mx_helo(),
      &failure.receiving_ip(),          &failure.failure_reason_code()};
  return !failure.result_type().empty() &&
         failure.additional_information().empty() &&
         failure.failed_session_count() == 0 &&
         std::all_of(
             std::begin(texts), std::end(texts),
             [](const std::string* text) { return *text == Printable(*text); });
}

}  // namespace

std::string KindOf(const routing::TlsFinding& finding) {
  report::v1::TlsSessionKind kind;
  report::v1::TlsPolicy& policy = *kind.mutable_policy();
  policy.set_policy_type(std::string(NameOf(finding.policy.kind)));
  policy.set_policy_domain(finding.policy.domain);
  AddAll(finding.policy.strings, *policy.mutable_policy_string());
  AddAll(finding.policy.mx_patterns, *policy.mutable_mx_host());
  if (finding.failure) {
    report::v1::TlsFailureDetails& failure = *kind.mutable_failure();
    failure.set_result_type(std::string(NameOf(*finding.failure)));
    failure.set_sending_mta_ip(Printable(finding.from_address));
    failure.set_receiving_mx_hostname(Printable(finding.mx_host));
    failure.set_receiving_mx_helo(Printable(finding.mx_helo, kMaxHeloBytes));
    failure.set_receiving_ip(Printable(finding.mx_address));
    failure.set_failure_reason_code(
        Printable(finding.detail, kMaxExplanationBytes));
  }
  return kind.SerializeAsString();
}

std::optional<report::v1::TlsSessionKind> ParseKind(absl::string_view kind,
                                                    absl::string_view domain) {
  report::v1::TlsSessionKind parsed;
  if (kind.size() > kMaxKindBytes ||
      !parsed.ParseFromArray(kind.data(), static_cast<int>(kind.size()))) {
    return std::nullopt;
  }
  const report::v1::TlsPolicy& policy = parsed.policy();
  if (!IsPolicyType(policy.policy_type()) || policy.policy_domain() != domain ||
      !AreShort(policy.policy_string()) || !AreShort(policy.mx_host())) {
    return std::nullopt;
  }
  if (parsed.has_failure() && !IsPlausible(parsed.failure())) {
    return std::nullopt;
  }
  return parsed;
}

}  // namespace postern::mta::tls_report
