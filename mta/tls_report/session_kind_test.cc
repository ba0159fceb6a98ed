#include "mta/tls_report/session_kind.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace postern::mta::tls_report {
namespace {

using ::testing::ElementsAre;
using ::testing::Eq;
using ::testing::SizeIs;

routing::TlsFinding Expired() {
  routing::TlsFinding finding;
  finding.policy.kind = routing::AppliedTlsPolicy::Kind::kSts;
  finding.policy.domain = "example.org";
  finding.policy.strings = {"version: STSv1", "mode: enforce"};
  finding.policy.mx_patterns = {"*.example.org"};
  finding.mx_host = "mx.example.org";
  finding.mx_helo = "mx-1.example.org";
  finding.mx_address = "192.0.2.1";
  finding.from_address = "198.51.100.1";
  finding.failure = routing::TlsFailure::kCertificateExpired;
  finding.detail = "certificate has expired";
  return finding;
}

TEST(SessionKindTest, TellsPolicyAndFailure) {
  const auto kind = ParseKind(KindOf(Expired()), "example.org");
  ASSERT_TRUE(kind.has_value());
  EXPECT_EQ(kind->policy().policy_type(), "sts");
  EXPECT_EQ(kind->policy().policy_domain(), "example.org");
  EXPECT_THAT(kind->policy().policy_string(),
              ElementsAre("version: STSv1", "mode: enforce"));
  EXPECT_THAT(kind->policy().mx_host(), ElementsAre("*.example.org"));
  EXPECT_EQ(kind->failure().result_type(), "certificate-expired");
  EXPECT_EQ(kind->failure().sending_mta_ip(), "198.51.100.1");
  EXPECT_EQ(kind->failure().receiving_mx_hostname(), "mx.example.org");
  EXPECT_EQ(kind->failure().receiving_mx_helo(), "mx-1.example.org");
  EXPECT_EQ(kind->failure().receiving_ip(), "192.0.2.1");
  EXPECT_EQ(kind->failure().failure_reason_code(), "certificate has expired");
}

TEST(SessionKindTest, SessionsThatWentWellDifferByPolicyOnly) {
  routing::TlsFinding one = Expired();
  one.failure.reset();
  routing::TlsFinding other = one;
  other.mx_host = "mx2.example.org";
  other.mx_address = "192.0.2.2";
  EXPECT_EQ(KindOf(one), KindOf(other));
  EXPECT_FALSE(ParseKind(KindOf(one), "example.org")->has_failure());
  other.policy.strings.pop_back();
  EXPECT_NE(KindOf(one), KindOf(other));
}

// MTA-33: nothing of a peer's is taken as it comes.
TEST(SessionKindTest, WhatPeersSayIsCutAndMadePrintable) {
  routing::TlsFinding finding = Expired();
  finding.policy.strings.assign(1000, std::string(10'000, 'x'));
  finding.policy.mx_patterns = {"a\r\nb\xff"};
  finding.detail = std::string(10'000, 'y');
  finding.mx_host = "mx\n";
  const std::string kind = KindOf(finding);
  EXPECT_LT(kind.size(), kMaxKindBytes);
  const auto parsed = ParseKind(kind, "example.org");
  ASSERT_TRUE(parsed.has_value());
  EXPECT_THAT(parsed->policy().policy_string(), SizeIs(kMaxStrings));
  EXPECT_THAT(parsed->policy().mx_host(), ElementsAre("a??b?"));
  EXPECT_THAT(parsed->failure().failure_reason_code(), SizeIs(200));
  EXPECT_EQ(parsed->failure().receiving_mx_hostname(), "mx?");
}

TEST(SessionKindTest, WhatItDidNotMakeIsNoKind) {
  const std::string good = KindOf(Expired());
  EXPECT_THAT(ParseKind(good, "example.net"), Eq(std::nullopt));
  EXPECT_THAT(ParseKind("", "example.org"), Eq(std::nullopt));
  EXPECT_THAT(ParseKind("nonsense", "example.org"), Eq(std::nullopt));
  EXPECT_THAT(ParseKind(std::string(kMaxKindBytes + 1, '\0'), "example.org"),
              Eq(std::nullopt));
  report::v1::TlsSessionKind kind;
  ASSERT_TRUE(kind.ParseFromString(good));
  kind.mutable_policy()->set_policy_type("other");
  EXPECT_THAT(ParseKind(kind.SerializeAsString(), "example.org"),
              Eq(std::nullopt));
  ASSERT_TRUE(kind.ParseFromString(good));
  kind.mutable_policy()->add_policy_string(std::string(300, 'x'));
  EXPECT_THAT(ParseKind(kind.SerializeAsString(), "example.org"),
              Eq(std::nullopt));
  ASSERT_TRUE(kind.ParseFromString(good));
  kind.mutable_failure()->set_receiving_ip("a\r\nb");
  EXPECT_THAT(ParseKind(kind.SerializeAsString(), "example.org"),
              Eq(std::nullopt));
}

}  // namespace
}  // namespace postern::mta::tls_report
