#include "mta/routing/tls_finding.h"

#include "gtest/gtest.h"

namespace postern::mta::routing {
namespace {

TEST(TlsFindingTest, KindsHaveTheNamesOfReports) {
  using Kind = AppliedTlsPolicy::Kind;
  EXPECT_EQ(NameOf(Kind::kNoneFound), "no-policy-found");
  EXPECT_EQ(NameOf(Kind::kSts), "sts");
  EXPECT_EQ(NameOf(Kind::kTlsa), "tlsa");
}

TEST(TlsFindingTest, FailuresHaveTheNamesOfReports) {
  EXPECT_EQ(NameOf(TlsFailure::kStarttlsNotSupported),
            "starttls-not-supported");
  EXPECT_EQ(NameOf(TlsFailure::kCertificateHostMismatch),
            "certificate-host-mismatch");
  EXPECT_EQ(NameOf(TlsFailure::kCertificateExpired), "certificate-expired");
  EXPECT_EQ(NameOf(TlsFailure::kCertificateNotTrusted),
            "certificate-not-trusted");
  EXPECT_EQ(NameOf(TlsFailure::kValidationFailure), "validation-failure");
  EXPECT_EQ(NameOf(TlsFailure::kTlsaInvalid), "tlsa-invalid");
  EXPECT_EQ(NameOf(TlsFailure::kDnssecInvalid), "dnssec-invalid");
  EXPECT_EQ(NameOf(TlsFailure::kDaneRequired), "dane-required");
  EXPECT_EQ(NameOf(TlsFailure::kStsPolicyFetchError), "sts-policy-fetch-error");
  EXPECT_EQ(NameOf(TlsFailure::kStsPolicyInvalid), "sts-policy-invalid");
  EXPECT_EQ(NameOf(TlsFailure::kStsWebpkiInvalid), "sts-webpki-invalid");
}

}  // namespace
}  // namespace postern::mta::routing
