#include "mta/outbound/worker.h"

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
using ::testing::StartsWith;
using Script = ScriptedServer::Script;
using WorkerTest = PoolFixture;

TEST_F(WorkerTest, AnIdleConnectionIsUsedAgain) {
  ScriptedServer server({kSink});
  for (int i = 0; i < 5; ++i) {
    EXPECT_THAT(Deliver(Loopback(server.port()), 1), Each(StartsWith("sent")));
  }
  EXPECT_EQ(server.connections(), 1);
}

TEST_F(WorkerTest, AConnectionIsNotUsedForEver) {
  options_.limits = LimitsOf(SmtpFor(1, 2));
  ScriptedServer server({kSink});
  EXPECT_THAT(Deliver(Loopback(server.port()), 6), Each(StartsWith("sent")));
  EXPECT_EQ(server.connections(), 3);
}

TEST_F(WorkerTest, WithoutIdleTimeEveryBurstConnectsAnew) {
  options_.idle_time = absl::ZeroDuration();
  ScriptedServer server({kSink});
  for (int i = 0; i < 3; ++i) Deliver(Loopback(server.port()), 1);
  EXPECT_EQ(server.connections(), 3);
}

TEST_F(WorkerTest, AStaleConnectionIsReplacedWithoutADeferral) {
  Script once = kSink;
  once.pop_back();  // Closes after one message.
  ScriptedServer server({once});
  for (int i = 0; i < 3; ++i) {
    EXPECT_THAT(Deliver(Loopback(server.port()), 1), Each(StartsWith("sent")));
  }
  EXPECT_EQ(server.connections(), 3);
}

TEST_F(WorkerTest, AStaleConnectionIsNoTroubleOfTheDestination) {
  config::v1::Smtp smtp = SmtpFor(2, 100);
  smtp.set_destination_concurrency_negative_feedback(1);
  options_.limits = LimitsOf(smtp);
  options_.command_timeout = absl::Milliseconds(300);
  Script once = kSink;
  once.pop_back();
  ScriptedServer server({once, once, Script{"hang"}});
  Deliver(Loopback(server.port()), 1);
  Deliver(Loopback(server.port()), 1);
  Deliver(Loopback(server.port()), 2);
  EXPECT_EQ(server.most_at_once(), 2);
}

TEST_F(WorkerTest, AFarewellOnAKeptConnectionIsNoDeferralEither) {
  Script once = kSink;
  once.back() = "> 421 4.4.2 idle too long";
  once.push_back("hang");
  ScriptedServer server({once});
  for (int i = 0; i < 3; ++i) {
    EXPECT_THAT(Deliver(Loopback(server.port()), 1), Each(StartsWith("sent")));
  }
}

TEST_F(WorkerTest, AHostThatBreaksOffIsFollowedByTheNext) {
  ScriptedServer server(
      {Script{"> 220 mx", "< EHLO", "> 250 mx", "< MAIL", "> 421 4.3.2 busy"},
       kSink});
  // The same server stands for two exchangers.
  resolver_.Reset(R"(
    example.org    MX 10 a.example.org
    example.org    MX 20 b.example.org
    a.example.org  A  127.0.0.1
    b.example.org  A  127.0.0.1
  )");
  EXPECT_THAT(
      Deliver({routing::NextHop::Kind::kMx, "example.org", server.port()}, 1),
      Each("sent 2.0.0 250 ok"));
  EXPECT_EQ(server.connections(), 2);
}

TEST_F(WorkerTest, AHostThatRefusesIsFollowedByTheNext) {
  ScriptedServer server({Script{"> 554 5.7.1 not you"}, kSink});
  resolver_.Reset(R"(
    example.org    MX 10 a.example.org
    example.org    MX 20 b.example.org
    a.example.org  A  127.0.0.1
    b.example.org  A  127.0.0.1
  )");
  EXPECT_THAT(
      Deliver({routing::NextHop::Kind::kMx, "example.org", server.port()}, 1),
      Each("sent 2.0.0 250 ok"));
}

TEST_F(WorkerTest, TheLastHostThatBreaksOffDefers) {
  ScriptedServer server(
      {Script{"> 220 mx", "< EHLO", "> 250 mx", "< MAIL", "> 421 4.3.2 busy"}});
  EXPECT_THAT(Deliver(Loopback(server.port()), 1),
              Each("deferred 4.3.2 421 4.3.2 busy"));
  EXPECT_EQ(server.connections(), 1);
}

TEST_F(WorkerTest, AMessageWhoseContentWasBegunIsNotSentTwice) {
  Script dies = {kSink.begin(), kSink.begin() + 10};
  ScriptedServer server({dies, kSink});
  EXPECT_THAT(Deliver(Loopback(server.port()), 1),
              Each(HasSubstr("may be delivered more than once")));
  EXPECT_EQ(server.connections(), 1);
}

TEST_F(WorkerTest, ADeadIpv6IsNoHindrance) {
  options_.address_preference = FamilyOrder::Preference::kIpv6;
  options_.connect_fallback_time = absl::Milliseconds(200);
  ScriptedServer server({kSink});
  resolver_.Reset(R"(
    example.org     MX   10 mx.example.org
    mx.example.org  A    127.0.0.1
    mx.example.org  AAAA 2001:db8::1
  )");
  const routing::NextHop hop = {routing::NextHop::Kind::kMx, "example.org",
                                server.port()};
  EXPECT_THAT(Deliver(hop, 1), Each(StartsWith("sent")));
  EXPECT_EQ(Count("postern_mta_smtp_connections_total{result=\"unreachable\"}"),
            1);
  // From now on it is not even tried first.
  options_.idle_time = absl::ZeroDuration();
  EXPECT_THAT(Deliver(hop, 1), Each(StartsWith("sent")));
  EXPECT_EQ(Count("postern_mta_smtp_connections_total{result=\"unreachable\"}"),
            1);
}

TEST_F(WorkerTest, EachOfOurAddressesHasItsName) {
  config::v1::Smtp smtp;
  smtp.add_smtp_bind_address("127.0.0.9");
  (*smtp.mutable_smtp_helo_names())["127.0.0.9"] = "nine.example.net";
  options_.connector = ConnectorFor(smtp);
  options_.idle_time = absl::ZeroDuration();
  ScriptedServer server({kSink});
  EXPECT_THAT(Deliver(Loopback(server.port()), 1), Each(StartsWith("sent")));
  EXPECT_THAT(server.Finish(), Contains("EHLO nine.example.net"));
}

TEST_F(WorkerTest, DnsTroubleBecomesTheOutcome) {
  resolver_.Reset("null.example MX 0 .\nsick.example SERVFAIL");
  const auto hop = [](const char* domain) {
    return routing::NextHop{routing::NextHop::Kind::kMx, domain, 25};
  };
  EXPECT_THAT(Deliver(hop("null.example"), 5),
              Each(StartsWith("bounced 5.1.10 ")));
  EXPECT_THAT(Deliver(hop("none.example"), 5),
              Each(StartsWith("bounced 5.1.2 ")));
  EXPECT_THAT(Deliver(hop("sick.example"), 5),
              Each(StartsWith("deferred 4.4.3 ")));
}

}  // namespace
}  // namespace postern::mta::outbound
