#include "mta/outbound/pool.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mta/outbound/pool_fixture.h"

namespace postern::mta::outbound {
namespace {

using ::testing::Contains;
using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;
using Script = ScriptedServer::Script;
using PoolTest = PoolFixture;

constexpr absl::string_view kTwoDomains = R"(
  a.example   MX 10 mx.example
  b.example   MX 5 mx.example
  mx.example  A 127.0.0.1
)";

routing::NextHop Domain(const char* name, uint16_t port) {
  return {routing::NextHop::Kind::kMx, name, port};
}

TEST_F(PoolTest, ManyMessagesShareFewConnections) {
  ScriptedServer server({kSink});
  EXPECT_THAT(Deliver(Loopback(server.port()), 200), Each("sent 2.0.0 250 ok"));
  EXPECT_LE(server.most_at_once(), 4);
  EXPECT_LE(server.connections(), 6);
  drain_.Begin();
  ASSERT_TRUE(drain_.AwaitIdle(absl::Seconds(20)));
  EXPECT_THAT(server.Finish(),
              Not(Contains(StartsWith("expected MAIL, got R"))));
  EXPECT_EQ(Count("postern_mta_smtp_connections_open"), 0);
}

TEST_F(PoolTest, ADeadNextHopIsNotStormed) {
  uint16_t port;
  {
    const ScriptedServer server({kSink});
    port = server.port();
  }
  EXPECT_THAT(Deliver(Loopback(port), 100),
              Each(StartsWith(absl::StrCat(
                  "deferred 4.4.1 connect to 127.0.0.1[127.0.0.1]:", port,
                  ": Connection refused"))));
  // Three failures in a row, and those that were under way at the same time.
  EXPECT_LE(Count("postern_mta_smtp_connections_total{result=\"unreachable\"}"),
            3 + 4);
  EXPECT_EQ(Count("postern_mta_smtp_destinations_down"), 1);
  EXPECT_EQ(Count("postern_mta_smtp_waiting"), 0);
}

TEST_F(PoolTest, ANextHopThatIsBackIsUsedAfterTheDownTime) {
  options_.down_time = absl::ZeroDuration();
  options_.failure_limit = 1;
  ScriptedServer server({Script{"> 421 no"}, Script{"> 421 no"}, kSink});
  EXPECT_THAT(Deliver(Loopback(server.port()), 1), Each(HasSubstr("421 no")));
  EXPECT_THAT(Deliver(Loopback(server.port()), 1), Each(HasSubstr("421 no")));
  EXPECT_THAT(Deliver(Loopback(server.port()), 20), Each(StartsWith("sent")));
}

TEST_F(PoolTest, WhoWaitsTooLongIsDeferred) {
  options_.limits = LimitsOf(SmtpFor(1, 100));
  options_.wait_limit = absl::Milliseconds(80);
  options_.command_timeout = absl::Milliseconds(300);
  ScriptedServer server({Script{"hang"}});
  const std::vector<std::string> outcomes = Deliver(Loopback(server.port()), 2);
  EXPECT_THAT(outcomes, Contains(StartsWith("deferred 4.4.5 too many")));
  EXPECT_THAT(outcomes, Contains(HasSubstr("timed out")));
}

TEST_F(PoolTest, ConnectionsInAllAreBounded) {
  options_.connection_limit = 1;
  options_.idle_time = absl::ZeroDuration();
  ScriptedServer one({kSink});
  ScriptedServer two({kSink});
  std::vector<routing::NextHop> hops;
  for (int i = 0; i < 20; ++i) {
    hops.push_back(Loopback(one.port()));
    hops.push_back(Loopback(two.port()));
  }
  EXPECT_THAT(DeliverTo(hops), Each(StartsWith("sent")));
  EXPECT_EQ(one.most_at_once(), 1);
  EXPECT_EQ(two.most_at_once(), 1);
}

TEST_F(PoolTest, DomainsWithTheSameExchangersShareConnections) {
  options_.limits = LimitsOf(SmtpFor(1, 100));
  ScriptedServer server({kSink});
  resolver_.Add(kTwoDomains);
  std::vector<routing::NextHop> hops;
  for (int i = 0; i < 20; ++i) {
    hops.push_back(Domain("a.example", server.port()));
    hops.push_back(Domain("b.example", server.port()));
  }
  EXPECT_THAT(DeliverTo(hops), Each(StartsWith("sent")));
  EXPECT_EQ(server.connections(), 1);
}

TEST_F(PoolTest, WhatTheDnsSaysOfOneDomainIsNothingToTheOthers) {
  options_.failure_limit = 1;
  options_.idle_time = absl::ZeroDuration();
  ScriptedServer server({kSink});
  resolver_.Add(kTwoDomains);
  const routing::NextHop a = Domain("a.example", server.port());
  const routing::NextHop b = Domain("b.example", server.port());
  EXPECT_THAT(DeliverTo({a, b}), Each(StartsWith("sent")));
  resolver_.Reset(kTwoDomains);
  resolver_.Add("a.example MX SERVFAIL");
  EXPECT_THAT(Deliver(a, 1), Each(StartsWith("deferred 4.4.3 ")));
  EXPECT_THAT(Deliver(b, 1), Each(StartsWith("sent")));
}

TEST_F(PoolTest, ADestinationIsGivenNoMoreThanItsRate) {
  config::v1::Smtp smtp = SmtpFor(4, 100);
  smtp.mutable_destination_rate_delay()->set_nanos(50'000'000);
  options_.limits = LimitsOf(smtp);
  ScriptedServer server({kSink});
  const net::Deadline soonest = net::Deadline::After(absl::Milliseconds(250));
  EXPECT_THAT(Deliver(Loopback(server.port()), 6), Each(StartsWith("sent")));
  EXPECT_TRUE(soonest.has_passed());
}

absl::StatusOr<PoolOptions> OptionsFrom(const config::v1::Mta& config) {
  return PoolOptions::FromConfig(config, table::Environment());
}

TEST_F(PoolTest, WhoseTurnAtThatRateIsTooFarOffIsDeferred) {
  config::v1::Smtp smtp = SmtpFor(4, 100);
  smtp.mutable_destination_rate_delay()->set_seconds(3600);
  options_.limits = LimitsOf(smtp);
  ScriptedServer server({kSink});
  const std::vector<std::string> outcomes = Deliver(Loopback(server.port()), 3);
  EXPECT_THAT(outcomes, Contains(StartsWith("sent")).Times(1));
  EXPECT_THAT(outcomes, Contains(StartsWith("deferred 4.4.5 ")).Times(2));
}

TEST(PoolOptionsTest, AuthoritiesAreReadWhereTheyMayCount) {
  config::v1::Mta config;
  config.set_smtp_tls_fingerprint_digest("sha256");
  EXPECT_FALSE(OptionsFrom(config)->tls_context->verifies_peer());
  config.set_smtp_tls_security_level(config::v1::SMTP_TLS_SECURITY_LEVEL_NONE);
  EXPECT_EQ(OptionsFrom(config)->tls_context, nullptr);
  config.add_smtp_tls_policy_maps("inline:{example.org=verify}");
  config.add_smtp_tls_verify_cert_match("hostname");
  EXPECT_TRUE(OptionsFrom(config)->tls_context->verifies_peer());
  config.set_smtp_tls_cafile("/nonexistent/ca.pem");
  EXPECT_THAT(OptionsFrom(config).status().ToString(),
              HasSubstr(" smtp_tls_CAfile: /nonexistent/ca.pem: "));
}

}  // namespace
}  // namespace postern::mta::outbound
