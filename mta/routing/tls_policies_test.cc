#include "mta/routing/tls_policies.h"

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/base/file.h"
#include "lib/net/runtime.h"
#include "lib/testing/status_matchers.h"
#include "lib/testing/temp_dir.h"

namespace postern::mta::routing {
namespace {

using ::postern::testing::IsOk;
using ::postern::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;
using Kind = NextHop::Kind;

class TlsPoliciesTest : public ::testing::Test {
 protected:
  TlsPoliciesTest() {
    config_.mutable_smtp()->set_port(25);
    config_.set_smtp_tls_fingerprint_digest("sha256");
    config_.add_smtp_tls_verify_cert_match("hostname");
    config_.add_smtp_tls_secure_cert_match("Nexthop");
  }

  void Open() {
    policies_ = TlsPolicies::FromConfig(config_, table::Environment()).value();
  }

  absl::StatusOr<TlsPolicy> For(Kind kind, const std::string& host,
                                uint16_t port = 25) {
    if (policies_ == nullptr) Open();
    return runtime_->BlockOn(policies_->For({kind, host, port}));
  }

  std::string Level(Kind kind, const std::string& host, uint16_t port = 25) {
    const auto policy = For(kind, host, port);
    return policy.ok() ? std::string(NameOf(policy->level))
                       : policy.status().ToString();
  }

  config::v1::Mta config_;
  std::unique_ptr<net::Runtime> runtime_ =
      net::Runtime::Create({.reactors = 1}).value();
  std::unique_ptr<TlsPolicies> policies_;
};

TEST_F(TlsPoliciesTest, WithoutTablesTheLevelIsForAll) {
  EXPECT_EQ(Level(Kind::kMx, "example.org"), "may");
  EXPECT_TRUE(policies_->uses_tls());
  EXPECT_FALSE(policies_->uses_authorities());
  config_.set_smtp_tls_security_level(config::v1::SMTP_TLS_SECURITY_LEVEL_NONE);
  Open();
  EXPECT_FALSE(policies_->uses_tls());
  config_.set_smtp_tls_security_level(
      config::v1::SMTP_TLS_SECURITY_LEVEL_SECURE);
  Open();
  EXPECT_THAT(For(Kind::kMx, "example.org")->match, ElementsAre("nexthop"));
  EXPECT_TRUE(policies_->uses_authorities());
}

TEST_F(TlsPoliciesTest, TheNearestEntryIsTheOneForANextHop) {
  config_.add_smtp_tls_policy_maps(
      "inline:{example.org=encrypt, {.example.org = verify}, "
      "{[mx.example.org] = secure}, {[mx.example.org]:587 = none}}");
  config_.add_smtp_tls_policy_maps(
      "inline:{{a.example.org = none}, {example.org = none}}");
  EXPECT_EQ(Level(Kind::kMx, "example.org"), "encrypt");
  EXPECT_EQ(Level(Kind::kMx, "b.example.org"), "verify");
  EXPECT_EQ(Level(Kind::kMx, "a.example.org"), "none");
  EXPECT_EQ(Level(Kind::kMx, "example.org", 26), "may");
  EXPECT_EQ(Level(Kind::kHost, "mx.example.org"), "secure");
  EXPECT_EQ(Level(Kind::kHost, "mx.example.org", 587), "none");
  EXPECT_EQ(Level(Kind::kHost, "www.example.org"), "may");
}

TEST_F(TlsPoliciesTest, AWrongEntryEndsTheStartOrIsNoGuess) {
  config_.add_smtp_tls_policy_maps("inline:{example.org=encrpyt}");
  EXPECT_THAT(TlsPolicies::FromConfig(config_, table::Environment()),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       StartsWith("smtp_tls_policy_maps: inline:")));
  testing::TempDir dir;
  const std::string file = dir.path() + "/policy";
  ASSERT_THAT(WriteFile(file, "example.org none\n"), IsOk());
  config_.set_smtp_tls_policy_maps(0, "texthash:" + file);
  EXPECT_EQ(Level(Kind::kMx, "example.org"), "none");
  ASSERT_THAT(WriteFile(file, "example.org encrypted, please\n"), IsOk());
  ASSERT_THAT(policies_->Refresh(), IsOk());
  EXPECT_THAT(For(Kind::kMx, "example.org"),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("the entry of example.org is wrong: no such "
                                 "level: \"encrypted\"")));
  EXPECT_EQ(Level(Kind::kMx, "example.net"), "may");
}

TEST_F(TlsPoliciesTest, MistakesNameTheirField) {
  struct Case {
    const char* field;
    void (*spoil)(config::v1::Mta&);
  };
  const Case cases[] = {
      {"smtp_tls_policy_maps:",
       [](config::v1::Mta& c) { c.add_smtp_tls_policy_maps("nonsense:/x"); }},
      {"smtp_tls_protocols:",
       [](config::v1::Mta& c) { c.set_smtp_tls_protocols("TLSv1"); }},
      {"smtp_tls_mandatory_protocols:",
       [](config::v1::Mta& c) { c.set_smtp_tls_mandatory_protocols("x"); }},
      {"smtp_tls_fingerprint_digest:",
       [](config::v1::Mta& c) { c.set_smtp_tls_fingerprint_digest("x"); }},
  };
  for (const Case& c : cases) {
    config::v1::Mta config = config_;
    c.spoil(config);
    EXPECT_THAT(
        TlsPolicies::FromConfig(config, table::Environment()),
        StatusIs(absl::StatusCode::kInvalidArgument, StartsWith(c.field)));
  }
}

TEST_F(TlsPoliciesTest, DaneWithoutDnssecIsAMistakeInTheSettings) {
  config_.set_smtp_tls_security_level(config::v1::SMTP_TLS_SECURITY_LEVEL_DANE);
  EXPECT_THAT(
      TlsPolicies::FromConfig(config_, table::Environment()).status(),
      StatusIs(absl::StatusCode::kInvalidArgument,
               StartsWith("smtp_tls_security_level: dane needs dns.dnssec")));
  config_.mutable_dns()->set_dnssec(true);
  EXPECT_EQ(Level(Kind::kMx, "example.org"), "dane");
  EXPECT_FALSE(policies_->uses_authorities());
  EXPECT_TRUE(policies_->differ_by_next_hop());
  config_.mutable_dns()->set_dnssec(false);
  config_.set_smtp_tls_security_level(config::v1::SMTP_TLS_SECURITY_LEVEL_MAY);
  config_.add_smtp_tls_policy_maps("inline:{example.org=dane-only}");
  EXPECT_THAT(TlsPolicies::FromConfig(config_, table::Environment()).status(),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("dane-only needs dns.dnssec")));
}

TEST_F(TlsPoliciesTest, AnEntryIsToldFromTheLevelOfAll) {
  config_.mutable_dns()->set_dnssec(true);
  config_.set_smtp_tls_dane_insecure_mx_policy(
      config::v1::SMTP_TLS_DANE_INSECURE_MX_POLICY_ENCRYPT);
  config_.add_smtp_tls_policy_maps("inline:{example.org=dane}");
  const auto entry = For(Kind::kMx, "example.org");
  EXPECT_TRUE(entry->is_entry);
  EXPECT_EQ(entry->insecure_mx, TlsLevel::kEncrypt);
  EXPECT_FALSE(For(Kind::kMx, "example.net")->is_entry);
}

TEST_F(TlsPoliciesTest,
       DomainsAreAskedForPoliciesWhereTheSettingsLeaveThemAWord) {
  config_.mutable_mta_sts()->set_enabled(true);
  Open();
  EXPECT_TRUE(policies_->uses_sts());
  EXPECT_TRUE(policies_->uses_authorities());
  EXPECT_FALSE(policies_->differ_by_next_hop());
  config_.set_smtp_tls_security_level(
      config::v1::SMTP_TLS_SECURITY_LEVEL_ENCRYPT);
  Open();
  EXPECT_FALSE(policies_->uses_sts());
  EXPECT_FALSE(policies_->uses_authorities());
}

}  // namespace
}  // namespace postern::mta::routing
