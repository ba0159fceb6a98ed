#include "mta/routing/sts_fetch.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "lib/base/printable.h"

namespace postern::mta::routing {
namespace {

StsFetched Failed(TlsFailure failure, std::string detail) {
  return {.failure = failure, .detail = std::move(detail)};
}

TlsFailure FailureOf(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kUnauthenticated:
      return TlsFailure::kStsWebpkiInvalid;
    case absl::StatusCode::kResourceExhausted:
      return TlsFailure::kStsPolicyInvalid;
    default:
      return TlsFailure::kStsPolicyFetchError;
  }
}

bool IsPlainText(absl::string_view content_type) {
  const std::pair<absl::string_view, absl::string_view> halves =
      absl::StrSplit(content_type, absl::MaxSplits(';', 1));
  return absl::EqualsIgnoreCase(absl::StripAsciiWhitespace(halves.first),
                                "text/plain");
}

}  // namespace

StsFetched JudgeSts(absl::StatusOr<https::Response> response) {
  if (!response.ok()) {
    return Failed(FailureOf(response.status()),
                  Printable(response.status().message()));
  }
  if (response->status != 200) {
    return Failed(TlsFailure::kStsPolicyFetchError,
                  absl::StrCat("the answer is ", response->status));
  }
  if (!IsPlainText(response->content_type)) {
    return Failed(TlsFailure::kStsPolicyInvalid,
                  absl::StrCat("it is \"", Printable(response->content_type),
                               "\", not text/plain"));
  }
  absl::StatusOr<StsPolicy> policy = ParseStsPolicy(response->body);
  if (!policy.ok()) {
    return Failed(TlsFailure::kStsPolicyInvalid,
                  std::string(policy.status().message()));
  }
  return {.policy = *std::move(policy), .file = std::move(response->body)};
}

net::Task<StsFetched> FetchSts(const HttpsGet& get, std::string domain,
                               net::Deadline deadline) {
  std::string uri =
      absl::StrCat("https://mta-sts.", domain, "/.well-known/mta-sts.txt");
  absl::StatusOr<https::Response> response =
      co_await get(std::move(uri), StsPolicy::kMaxBytes, deadline);
  co_return JudgeSts(std::move(response));
}

}  // namespace postern::mta::routing
