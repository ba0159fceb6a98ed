#include <memory>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/base/file.h"
#include "lib/net/tls.h"
#include "lib/testing/temp_dir.h"
#include "mta/outbound/pool_fixture.h"

namespace postern::mta::outbound {
namespace {

using ::testing::Each;
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

}  // namespace
}  // namespace postern::mta::outbound
