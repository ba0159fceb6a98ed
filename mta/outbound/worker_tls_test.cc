#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/base/file.h"
#include "lib/net/tls.h"
#include "lib/testing/temp_dir.h"
#include "mta/outbound/pool_fixture.h"

namespace postern::mta::outbound {
namespace {

using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::Optional;
using ::testing::SizeIs;
using ::testing::StartsWith;
using Script = ScriptedServer::Script;

class WorkerTlsTest : public PoolFixture {
 protected:
  WorkerTlsTest() {
    config_.set_smtp_tls_fingerprint_digest("sha256");
    Use();
    options_.tls_context =
        net::TlsContext::CreateClient(
            {.verify_peer = false, .session_lifetime = absl::Hours(1)})
            .value();
    options_.tls_timeout = absl::Seconds(5);
  }

  void Use() {
    options_.tls_policies =
        routing::TlsPolicies::FromConfig(config_, table::Environment()).value();
  }

  double Connections(const std::string& result) {
    return Count("postern_mta_smtp_tls_total{result=\"" + result + "\"}");
  }

  config::v1::Mta config_;
  const Script broken_ = {
      "> 220 mx",   "< EHLO",   ">> 250-mx\r\n250 STARTTLS\r\n",
      "< STARTTLS", "> 220 go", "hang",
      "> no TLS",   "hang"};
};

TEST_F(WorkerTlsTest, AHostWhoseTlsIsBrokenGetsTheMailOverANewConnection) {
  ScriptedServer server({broken_, kSink});
  EXPECT_THAT(Deliver(Loopback(server.port()), 1), Each("sent 2.0.0 250 ok"));
  EXPECT_EQ(server.connections(), 2);
  EXPECT_EQ(Connections("failed"), 1);
  EXPECT_EQ(Connections("none"), 1);
}

TEST_F(WorkerTlsTest, WhereTlsIsAMustABrokenOneKeepsTheMailHere) {
  config_.set_smtp_tls_security_level(
      config::v1::SMTP_TLS_SECURITY_LEVEL_ENCRYPT);
  Use();
  ScriptedServer server({broken_, kSink});
  EXPECT_THAT(Deliver(Loopback(server.port()), 1),
              Each(StartsWith("deferred 4.7.5 cannot start TLS")));
  EXPECT_EQ(server.connections(), 1);
  EXPECT_EQ(Connections("none"), 0);
}

// RFC 8460 section 3: a report on broken TLS arrives in spite of it.
TEST_F(WorkerTlsTest, WhatCanDoWithoutTlsGoesAndIsNotTold) {
  config_.set_smtp_tls_security_level(
      config::v1::SMTP_TLS_SECURITY_LEVEL_ENCRYPT);
  Use();
  int told = 0;
  options_.on_tls = [&told](const routing::TlsFinding&) { ++told; };
  ScriptedServer server({broken_, kSink});
  routing::NextHop hop = Loopback(server.port());
  hop.is_tls_optional = true;
  EXPECT_THAT(Deliver(hop, 1), Each("sent 2.0.0 250 ok"));
  EXPECT_EQ(server.connections(), 2);
  EXPECT_EQ(told, 0);
}

TEST_F(WorkerTlsTest, OtherMailDoesNotUseTheConnectionOfWhatNeedsNoTls) {
  config_.set_smtp_tls_security_level(
      config::v1::SMTP_TLS_SECURITY_LEVEL_ENCRYPT);
  Use();
  ScriptedServer server({kSink, kSink});
  routing::NextHop hop = Loopback(server.port());
  hop.is_tls_optional = true;
  EXPECT_THAT(Deliver(hop, 1), Each("sent 2.0.0 250 ok"));
  EXPECT_THAT(Deliver(Loopback(server.port()), 1),
              Each(StartsWith("deferred 4.7.4 TLS is required")));
}

TEST_F(WorkerTlsTest, AConnectionIsKeptUnderTls) {
  Script script = {"> 220 mx",
                   "< EHLO",
                   ">> 250-mx\r\n250 STARTTLS\r\n",
                   "< STARTTLS",
                   "> 220 go",
                   "tls",
                   "< EHLO",
                   ">> 250-mx\r\n250 PIPELINING\r\n"};
  const size_t first = script.size();
  script.insert(script.end(), kSink.begin() + 3, kSink.end() - 1);
  script.push_back(absl::StrCat("loop ", first));
  options_.limits = LimitsOf(SmtpFor(1, 100));
  ScriptedServer server({script}, net::MakeTestCertificate("mx.example.org"));
  EXPECT_THAT(Deliver(Loopback(server.port()), 20), Each("sent 2.0.0 250 ok"));
  EXPECT_EQ(server.connections(), 1);
  EXPECT_EQ(Connections("encrypted"), 1);
}

TEST_F(WorkerTlsTest, AnEntryOfThePolicyMapsIsForItsNextHop) {
  config_.add_smtp_tls_policy_maps("inline:{{[127.0.0.1] = encrypt}}");
  ScriptedServer server({kSink});
  config_.mutable_smtp()->set_port(server.port());
  Use();
  EXPECT_THAT(Deliver(Loopback(server.port()), 1),
              Each(StartsWith("deferred 4.7.4 TLS is required")));
}

TEST_F(WorkerTlsTest, AConnectionIsNotSharedWhereDomainsWantDifferentThings) {
  config_.add_smtp_tls_policy_maps("inline:{b.example=encrypt}");
  Use();
  resolver_.Add(
      "a.example MX 1 mx.example\nb.example MX 1 mx.example\n"
      "mx.example A 127.0.0.1");
  ScriptedServer server({kSink});
  const uint16_t port = server.port();
  config_.mutable_smtp()->set_port(port);
  Use();
  using Kind = routing::NextHop::Kind;
  EXPECT_THAT(Deliver({Kind::kMx, "a.example", port}, 1),
              Each(StartsWith("sent")));
  EXPECT_THAT(Deliver({Kind::kMx, "b.example", port}, 1),
              Each(StartsWith("deferred 4.7.4 ")));
  EXPECT_EQ(server.connections(), 2);
}

TEST_F(WorkerTlsTest, AWrongEntryKeepsTheMailHereAndSaysSo) {
  // What a pattern fills in is not known before a look-up.
  testing::TempDir dir;
  const std::string file = dir.path() + "/policy";
  ASSERT_TRUE(WriteFile(file, "/(127).*/ $1\n").ok());
  config_.add_smtp_tls_policy_maps("regexp:" + file);
  Use();
  ScriptedServer server({kSink});
  EXPECT_THAT(Deliver(Loopback(server.port()), 1),
              Each(StartsWith("deferred 4.7.5 smtp_tls_policy_maps: the entry "
                              "of [127.0.0.1]:")));
  EXPECT_EQ(server.connections(), 0);
}

// Domains whose exchangers all are one server with a certificate.
class WorkerDaneTest : public WorkerTlsTest {
 protected:
  using Kind = routing::AppliedTlsPolicy::Kind;
  using TlsFailure = routing::TlsFailure;

  WorkerDaneTest() {
    config_.mutable_dns()->set_dnssec(true);
    config_.set_smtp_tls_security_level(
        config::v1::SMTP_TLS_SECURITY_LEVEL_DANE);
    Use();
    options_.on_tls = [this](const routing::TlsFinding& finding) {
      findings_.push_back(finding);
    };
    options_.down_time = absl::ZeroDuration();
  }

  // A domain with a host of 127.0.0.1, and this TLSA record of it.
  void AddHost(const std::string& domain, int preference,
               const std::string& host, const std::string& tlsa) {
    resolver_.Add(absl::StrCat(domain, " MX ", preference, " ", host,
                               " ; secure\n", host, " A 127.0.0.1 ; secure"));
    if (tlsa.empty()) return;
    resolver_.Add(absl::StrCat("_", server_.port(), "._tcp.", host, " TLSA ",
                               tlsa, " ; secure"));
  }

  std::string DeliverToDomain(const std::string& domain) {
    const auto mx = routing::NextHop::Kind::kMx;
    return Deliver({mx, domain, server_.port()}, 1).front();
  }

  double Policy(const std::string& policy, const std::string& result) {
    return Count(absl::StrCat("postern_mta_smtp_tls_policy_total{policy=\"",
                              policy, "\",result=\"", result, "\"}"));
  }

  const net::TestCertificate identity_ =
      net::MakeTestCertificate("mx.good.example");
  const std::string its_record_ = absl::StrCat(
      "3 0 1 ",
      absl::StrReplaceAll(net::FingerprintOf(identity_), {{":", ""}}));
  const std::string other_record_ = "3 0 1 " + std::string(64, 'a');
  ScriptedServer server_{
      {{"> 220 mx", "< EHLO", ">> 250-mx\r\n250 STARTTLS\r\n", "< STARTTLS",
        "> 220 go", "tls", "< EHLO", "> 250 mx", "< MAIL", "> 250 ok", "< RCPT",
        "> 250 ok", "< DATA", "> 354 go", "<data", "> 250 ok", "hang"}},
      identity_};
  std::vector<routing::TlsFinding> findings_;
};

TEST_F(WorkerDaneTest, AHostThatIsTheOneOfItsRecordGetsTheMail) {
  AddHost("good.example", 10, "mx.good.example", its_record_);
  EXPECT_THAT(DeliverToDomain("good.example"), StartsWith("sent"));
  EXPECT_EQ(Connections("verified"), 1);
  EXPECT_EQ(Policy("tlsa", "ok"), 1);
  ASSERT_THAT(findings_, SizeIs(1));
  EXPECT_EQ(findings_[0].policy.kind, Kind::kTlsa);
  EXPECT_EQ(findings_[0].policy.domain, "good.example");
  EXPECT_EQ(findings_[0].mx_host, "mx.good.example");
  EXPECT_EQ(findings_[0].mx_helo, "mx");
  EXPECT_EQ(findings_[0].mx_address, "127.0.0.1");
  EXPECT_EQ(findings_[0].from_address, "127.0.0.1");
  EXPECT_EQ(findings_[0].failure, std::nullopt);
}

TEST_F(WorkerDaneTest, AnyOtherHostGetsNoneAndTheMailNeverGoesInTheClear) {
  AddHost("bad.example", 10, "mx.bad.example", other_record_);
  EXPECT_THAT(DeliverToDomain("bad.example"),
              StartsWith("deferred 4.7.5 cannot start TLS"));
  EXPECT_EQ(server_.connections(), 1);
  EXPECT_EQ(Policy("tlsa", "failed"), 1);
  ASSERT_THAT(findings_, SizeIs(1));
  EXPECT_THAT(findings_[0].failure, Optional(TlsFailure::kTlsaInvalid));
}

TEST_F(WorkerDaneTest, AHostWhoseRecordsCannotBeHadIsNotConnectedTo) {
  AddHost("bogus.example", 10, "mx.bogus.example", "SERVFAIL");
  EXPECT_THAT(DeliverToDomain("bogus.example"),
              StartsWith("deferred 4.7.5 mx.bogus.example[127.0.0.1]:"));
  EXPECT_EQ(server_.connections(), 0);
  ASSERT_THAT(findings_, SizeIs(1));
  EXPECT_THAT(findings_[0].failure, Optional(TlsFailure::kDnssecInvalid));
  EXPECT_EQ(findings_[0].from_address, "");
}

TEST_F(WorkerDaneTest, EachHostOfADomainHasItsOwnDemand) {
  AddHost("some.example", 10, "mx1.some.example", other_record_);
  AddHost("some.example", 20, "mx2.some.example", "TIMEOUT");
  AddHost("some.example", 30, "mx3.some.example", "");
  EXPECT_THAT(DeliverToDomain("some.example"), StartsWith("sent"));
  EXPECT_EQ(Connections("encrypted"), 1);
  ASSERT_THAT(findings_, SizeIs(3));
  EXPECT_EQ(findings_[2].policy.kind, Kind::kNoneFound);
  EXPECT_EQ(findings_[2].mx_host, "mx3.some.example");
}

TEST_F(WorkerDaneTest, WithoutAnyUsableRecordTlsIsAMustForAnybody) {
  AddHost("odd.example", 10, "mx.odd.example", "1 1 1 abcd");
  EXPECT_THAT(DeliverToDomain("odd.example"), StartsWith("sent"));
  EXPECT_EQ(Connections("encrypted"), 1);
  EXPECT_EQ(Policy("tlsa", "ok"), 1);
}

TEST_F(WorkerDaneTest, DaneOnlyDefersWhatHasNoRecords) {
  AddHost("none.example", 10, "mx.none.example", "");
  config_.set_smtp_tls_security_level(
      config::v1::SMTP_TLS_SECURITY_LEVEL_DANE_ONLY);
  Use();
  EXPECT_THAT(DeliverToDomain("none.example"),
              HasSubstr("dane-only: it has no secure TLSA records"));
  EXPECT_EQ(server_.connections(), 0);
}

}  // namespace
}  // namespace postern::mta::outbound
