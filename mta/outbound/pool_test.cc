#include "mta/outbound/pool.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/dns/fake_resolver.h"
#include "lib/net/runtime.h"
#include "mta/outbound/scripted_server.h"
#include "mta/outbound/text_content.h"

namespace postern::mta::outbound {
namespace {

using ::testing::Contains;
using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;
using Script = ScriptedServer::Script;
using Kind = queue::Outcome::Kind;

// Takes any number of messages for one recipient.
const Script kSink = {"> 220 mx", "< EHLO",   ">> 250-mx\r\n250 PIPELINING\r\n",
                      "< MAIL",   "> 250 ok", "< RCPT",
                      "> 250 ok", "< DATA",   "> 354 go",
                      "<data",    "> 250 ok", "loop 3"};

class PoolTest : public ::testing::Test {
 protected:
  PoolTest()
      : runtime_(net::Runtime::Create({.reactors = 2}).value()),
        own_("relay.example.net", {}),
        finder_(resolver_, own_, 5) {
    options_ = {.helo_name = "relay.example.net",
                .bind_address = "",
                .connect_timeout = absl::Seconds(5),
                .command_timeout = absl::Seconds(5),
                .data_done_timeout = absl::Seconds(5),
                .idle_time = absl::Seconds(60),
                .down_time = absl::Hours(1),
                .wait_limit = absl::Seconds(30),
                .concurrency_limit = 4,
                .connection_limit = 100,
                .reuse_limit = 100,
                .failure_limit = 3};
  }

  ~PoolTest() override {
    drain_.Begin();
    EXPECT_TRUE(drain_.AwaitIdle(absl::Seconds(20)));
  }

  Pool& ThePool() {
    if (pool_ == nullptr) {
      pool_ = std::make_unique<Pool>(options_, finder_, drain_, registry_);
    }
    return *pool_;
  }

  // Delivers `count` messages side by side, on all reactors, and returns an
  // outcome each.
  std::vector<std::string> Deliver(const routing::NextHop& hop, int count) {
    return DeliverTo(std::vector<routing::NextHop>(count, hop));
  }

  // Delivers a message to each of `hops` at the same time.
  std::vector<std::string> DeliverTo(
      const std::vector<routing::NextHop>& hops) {
    std::vector<std::string> outcomes(hops.size());
    net::Drain deliveries;
    for (size_t i = 0; i < hops.size(); ++i) {
      net::Spawn(deliveries, runtime_->NextReactor(),
                 DeliverOne(ThePool(), hops[i], parcel_, outcomes[i]));
    }
    EXPECT_TRUE(deliveries.AwaitIdle(absl::Seconds(60)));
    return outcomes;
  }

  static net::Task<> DeliverOne(Pool& pool, const routing::NextHop& hop,
                                const Parcel& parcel, std::string& text) {
    const std::vector<queue::Outcome> outcomes =
        co_await pool.Deliver(hop, parcel);
    EXPECT_EQ(outcomes.size(), 1u);
    const queue::Outcome& o = outcomes.front();
    const char* word = o.kind == Kind::kDelivered ? "sent"
                       : o.kind == Kind::kFailed  ? "bounced"
                                                  : "deferred";
    text = absl::StrCat(word, " ", o.status, " ", o.reply);
  }

  // The value of a metric, written as it is shown.
  double Count(const std::string& metric) {
    const std::string text = registry_.Render();
    const size_t at = text.find("\n" + metric + " ");
    if (at == std::string::npos) return -1;
    return std::stod(text.substr(at + metric.size() + 2));
  }

  static routing::NextHop Loopback(uint16_t port) {
    return {routing::NextHop::Kind::kHost, "127.0.0.1", port};
  }

  std::unique_ptr<net::Runtime> runtime_;
  dns::FakeResolver resolver_;
  routing::OwnEndpoints own_;
  routing::MxFinder finder_;
  PoolOptions options_;
  metrics::Registry registry_;
  net::Drain drain_;
  TextContent content_{"Subject: x\r\n\r\nhello\r\n"};
  Parcel parcel_ = {"s@y", {"a@x"}, &content_, false};
  std::unique_ptr<Pool> pool_;
};

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

TEST_F(PoolTest, AnIdleConnectionIsUsedAgain) {
  ScriptedServer server({kSink});
  for (int i = 0; i < 5; ++i) {
    EXPECT_THAT(Deliver(Loopback(server.port()), 1), Each(StartsWith("sent")));
  }
  EXPECT_EQ(server.connections(), 1);
}

TEST_F(PoolTest, AConnectionIsNotUsedForEver) {
  options_.reuse_limit = 2;
  options_.concurrency_limit = 1;
  ScriptedServer server({kSink});
  EXPECT_THAT(Deliver(Loopback(server.port()), 6), Each(StartsWith("sent")));
  EXPECT_EQ(server.connections(), 3);
}

TEST_F(PoolTest, WithoutIdleTimeEveryBurstConnectsAnew) {
  options_.idle_time = absl::ZeroDuration();
  ScriptedServer server({kSink});
  for (int i = 0; i < 3; ++i) Deliver(Loopback(server.port()), 1);
  EXPECT_EQ(server.connections(), 3);
}

TEST_F(PoolTest, AStaleConnectionIsReplacedWithoutADeferral) {
  Script once = kSink;
  once.pop_back();  // Closes after one message.
  ScriptedServer server({once});
  for (int i = 0; i < 3; ++i) {
    EXPECT_THAT(Deliver(Loopback(server.port()), 1), Each(StartsWith("sent")));
  }
  EXPECT_EQ(server.connections(), 3);
}

TEST_F(PoolTest, AFarewellOnAKeptConnectionIsNoDeferralEither) {
  Script once = kSink;
  once.back() = "> 421 4.4.2 idle too long";
  once.push_back("hang");
  ScriptedServer server({once});
  for (int i = 0; i < 3; ++i) {
    EXPECT_THAT(Deliver(Loopback(server.port()), 1), Each(StartsWith("sent")));
  }
}

TEST_F(PoolTest, AHostThatBreaksOffIsFollowedByTheNext) {
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

TEST_F(PoolTest, AHostThatRefusesIsFollowedByTheNext) {
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

TEST_F(PoolTest, TheLastHostThatBreaksOffDefers) {
  ScriptedServer server(
      {Script{"> 220 mx", "< EHLO", "> 250 mx", "< MAIL", "> 421 4.3.2 busy"}});
  EXPECT_THAT(Deliver(Loopback(server.port()), 1),
              Each("deferred 4.3.2 421 4.3.2 busy"));
  EXPECT_EQ(server.connections(), 1);
}

TEST_F(PoolTest, AMessageWhoseContentWasBegunIsNotSentTwice) {
  Script dies = {kSink.begin(), kSink.begin() + 10};
  ScriptedServer server({dies, kSink});
  EXPECT_THAT(Deliver(Loopback(server.port()), 1),
              Each(HasSubstr("may be delivered more than once")));
  EXPECT_EQ(server.connections(), 1);
}

TEST_F(PoolTest, ADeadNextHopIsNotStormed) {
  uint16_t port;
  {
    const ScriptedServer server({kSink});
    port = server.port();
  }
  EXPECT_THAT(Deliver(Loopback(port), 100),
              Each(StartsWith("deferred 4.4.1 connect to 127.0.0.1")));
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
  options_.concurrency_limit = 1;
  options_.wait_limit = absl::Milliseconds(80);
  options_.command_timeout = absl::Milliseconds(300);
  ScriptedServer server({Script{"hang"}});
  const std::vector<std::string> outcomes = Deliver(Loopback(server.port()), 2);
  EXPECT_THAT(outcomes, Contains(StartsWith("deferred 4.4.5 too many")));
  EXPECT_THAT(outcomes, Contains(HasSubstr("timed out")));
}

TEST_F(PoolTest, DnsTroubleBecomesTheOutcome) {
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

}  // namespace
}  // namespace postern::mta::outbound
