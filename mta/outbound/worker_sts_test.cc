#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/base/fake_clock.h"
#include "lib/base/file.h"
#include "lib/net/tls.h"
#include "lib/testing/temp_dir.h"
#include "mta/outbound/pool_fixture.h"
#include "mta/routing/sts_finder.h"

namespace postern::mta::outbound {
namespace {

using routing::StsFinder;
using routing::TlsFailure;
using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::Optional;
using ::testing::SizeIs;
using ::testing::StartsWith;

// A web server on which every domain has the same policy.
net::Task<absl::StatusOr<https::Response>> Serve(std::string policy) {
  co_return https::Response{
      .status = 200, .content_type = "text/plain", .body = policy};
}

// Domains whose only exchanger is one server, mx.example.
class WorkerStsTest : public PoolFixture {
 protected:
  WorkerStsTest() {
    EXPECT_TRUE(WriteFile(authority_, identity_.certificate).ok());
    config::v1::Mta config;
    config.set_smtp_tls_fingerprint_digest("sha256");
    config.mutable_mta_sts()->set_enabled(true);
    options_.tls_policies =
        routing::TlsPolicies::FromConfig(config, table::Environment()).value();
    options_.tls_context =
        net::TlsContext::CreateClient({.ca_file = authority_}).value();
    options_.tls_timeout = absl::Seconds(5);
    options_.limits = LimitsOf(SmtpFor(1, 100));
    options_.on_tls = [this](const routing::TlsFinding& finding) {
      findings_.push_back(finding);
    };
    sts_ = std::make_unique<StsFinder>(StsFinder::Parts{
        .resolver = resolver_,
        .get = [this](std::string, size_t,
                      net::Deadline) { return Serve(policy_); },
        .store = nullptr,
        .clock = clock_,
        .drain = drain_,
        .metrics = registry_});
    options_.sts = sts_.get();
  }
  // The workers end before what they use.
  ~WorkerStsTest() override {
    drain_.Begin();
    EXPECT_TRUE(drain_.AwaitIdle(absl::Seconds(20)));
  }

  void AddDomain(const std::string& domain, bool has_policy) {
    resolver_.Add(domain + " MX 10 mx.example");
    if (!has_policy) return;
    resolver_.Add(absl::StrCat("_mta-sts.", domain, " TXT \"v=STSv1; id=1\""));
  }

  void Publish(const std::string& mode, const std::string& mx) {
    policy_ = absl::StrCat("version: STSv1\nmode: ", mode, "\nmx: ", mx,
                           "\nmax_age: 86400\n");
  }

  std::vector<std::string> DeliverToDomains(
      const std::vector<std::string>& domains) {
    std::vector<routing::NextHop> hops;
    for (const std::string& domain : domains) {
      hops.push_back({routing::NextHop::Kind::kMx, domain, server_.port()});
    }
    return DeliverTo(hops);
  }

  testing::TempDir dir_;
  const std::string authority_ = dir_.path() + "/ca.pem";
  const net::TestCertificate identity_ = net::MakeTestCertificate("mx.example");
  ScriptedServer server_{
      {{"> 220 mx", "< EHLO", ">> 250-mx\r\n250 STARTTLS\r\n", "< STARTTLS",
        "> 220 go", "tls", "< EHLO", ">> 250-mx\r\n250 PIPELINING\r\n",
        "< MAIL", "> 250 ok", "< RCPT", "> 250 ok", "< DATA", "> 354 go",
        "<data", "> 250 ok", "loop 8"}},
      identity_};
  FakeClock clock_;
  std::string policy_;
  std::unique_ptr<StsFinder> sts_;
  std::vector<routing::TlsFinding> findings_;
};

TEST_F(WorkerStsTest, AnEnforcedPolicyIsMetByAHostWithItsCertificate) {
  resolver_.Add("mx.example A 127.0.0.1");
  AddDomain("a.example", true);
  Publish("enforce", "mx.example");
  EXPECT_THAT(DeliverToDomains({"a.example"}), Each(StartsWith("sent")));
  EXPECT_EQ(Count("postern_mta_smtp_tls_total{result=\"verified\"}"), 1);
  ASSERT_THAT(findings_, SizeIs(1));
  EXPECT_EQ(findings_[0].policy.kind, routing::AppliedTlsPolicy::Kind::kSts);
  EXPECT_EQ(findings_[0].failure, std::nullopt);
}

TEST_F(WorkerStsTest, ACertificateForAnotherNameKeepsTheMailHere) {
  resolver_.Add("mx.example A 127.0.0.1\nmx2.example A 127.0.0.1");
  resolver_.Add("a.example MX 10 mx2.example");
  resolver_.Add("_mta-sts.a.example TXT \"v=STSv1; id=1\"");
  Publish("enforce", "*.example");
  EXPECT_THAT(DeliverToDomains({"a.example"}),
              Each(HasSubstr("hostname mismatch")));
  ASSERT_THAT(findings_, SizeIs(1));
  EXPECT_THAT(findings_[0].failure,
              Optional(TlsFailure::kCertificateHostMismatch));
}

TEST_F(WorkerStsTest, ATestedPolicyTellsWhatWouldHaveFailed) {
  resolver_.Add("mx2.example A 127.0.0.1\na.example MX 10 mx2.example");
  resolver_.Add("_mta-sts.a.example TXT \"v=STSv1; id=1\"");
  Publish("testing", "*.example");
  EXPECT_THAT(DeliverToDomains({"a.example"}), Each(StartsWith("sent")));
  EXPECT_EQ(server_.connections(), 1);
  ASSERT_THAT(findings_, SizeIs(1));
  EXPECT_THAT(findings_[0].failure,
              Optional(TlsFailure::kCertificateHostMismatch));
}

TEST_F(WorkerStsTest, DomainsWithoutAPolicyShareConnectionsAsBefore) {
  resolver_.Add("mx.example A 127.0.0.1");
  AddDomain("a.example", false);
  AddDomain("b.example", false);
  AddDomain("c.example", true);
  Publish("enforce", "mx.example");
  EXPECT_THAT(DeliverToDomains({"a.example", "b.example"}),
              Each(StartsWith("sent")));
  EXPECT_EQ(server_.connections(), 1);
  EXPECT_THAT(DeliverToDomains({"c.example"}), Each(StartsWith("sent")));
  EXPECT_EQ(server_.connections(), 2);
}

}  // namespace
}  // namespace postern::mta::outbound
