#include "mta/routing/tls_finding.h"

#include <cstddef>

namespace postern::mta::routing {
namespace {

constexpr absl::string_view kKinds[] = {"no-policy-found", "sts", "tlsa"};
constexpr absl::string_view kFailures[] = {
    "starttls-not-supported", "certificate-host-mismatch",
    "certificate-expired",    "certificate-not-trusted",
    "validation-failure",     "tlsa-invalid",
    "dnssec-invalid",         "dane-required",
    "sts-policy-fetch-error", "sts-policy-invalid",
    "sts-webpki-invalid",
};

}  // namespace

absl::string_view NameOf(AppliedTlsPolicy::Kind kind) {
  return kKinds[static_cast<size_t>(kind)];
}

absl::string_view NameOf(TlsFailure failure) {
  return kFailures[static_cast<size_t>(failure)];
}

}  // namespace postern::mta::routing
