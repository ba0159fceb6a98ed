#include <memory>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/net/tls.h"
#include "mta/outbound/pool_fixture.h"

namespace postern::mta::outbound {
namespace {

using ::testing::Each;
using ::testing::StartsWith;
using Script = ScriptedServer::Script;

class WorkerTlsTest : public PoolFixture {
 protected:
  WorkerTlsTest() {
    options_.tls_level = TlsLevel::kMay;
    options_.tls_context =
        net::TlsContext::CreateClient({.verify_peer = false}).value();
    options_.tls_timeout = absl::Seconds(5);
  }

  double Connections(const std::string& result) {
    return Count("postern_mta_smtp_tls_total{result=\"" + result + "\"}");
  }

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
  options_.tls_level = TlsLevel::kEncrypt;
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

}  // namespace
}  // namespace postern::mta::outbound
