// What the tests of the pool and its workers share: a pool, a DNS that a test
// fills, and deliveries on two reactors.

#ifndef POSTERN_MTA_OUTBOUND_POOL_FIXTURE_H_
#define POSTERN_MTA_OUTBOUND_POOL_FIXTURE_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "lib/dns/fake_resolver.h"
#include "lib/net/runtime.h"
#include "mta/outbound/pool.h"
#include "mta/outbound/scripted_server.h"
#include "mta/outbound/text_content.h"

namespace postern::mta::outbound {

// Takes any number of messages for one recipient.
inline const ScriptedServer::Script kSink = {
    "> 220 mx", "< EHLO",   ">> 250-mx\r\n250 PIPELINING\r\n",
    "< MAIL",   "> 250 ok", "< RCPT",
    "> 250 ok", "< DATA",   "> 354 go",
    "<data",    "> 250 ok", "loop 3"};

class PoolFixture : public ::testing::Test {
 protected:
  PoolFixture()
      : runtime_(net::Runtime::Create({.reactors = 2}).value()),
        own_("relay.example.net", {}),
        finder_(resolver_, own_, 5) {
    options_ = {.own_name = "relay.example.net",
                .connector = ConnectorFor(config::v1::Smtp()),
                .connect_timeout = absl::Seconds(5),
                .connect_fallback_time = absl::Seconds(5),
                .command_timeout = absl::Seconds(5),
                .data_done_timeout = absl::Seconds(5),
                .idle_time = absl::Seconds(60),
                .down_time = absl::Hours(1),
                .wait_limit = absl::Seconds(30),
                .connection_limit = 100,
                .failure_limit = 3,
                .limits = LimitsOf(SmtpFor(4, 100))};
  }

  ~PoolFixture() override {
    drain_.Begin();
    EXPECT_TRUE(drain_.AwaitIdle(absl::Seconds(20)));
  }

  Pool& ThePool() {
    if (pool_ == nullptr) {
      pool_ = std::make_unique<Pool>(options_, resolver_, finder_, drain_,
                                     registry_);
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
    const char* word = o.kind == queue::Outcome::Kind::kDelivered ? "sent"
                       : o.kind == queue::Outcome::Kind::kFailed  ? "bounced"
                                                                  : "deferred";
    text = absl::StrCat(word, " ", o.status, " ", o.reply);
  }

  static config::v1::Smtp SmtpFor(uint32_t concurrency, uint32_t reuse) {
    config::v1::Smtp smtp;
    smtp.set_initial_destination_concurrency(concurrency);
    smtp.set_destination_concurrency_limit(concurrency);
    smtp.set_connection_reuse_count_limit(reuse);
    return smtp;
  }
  static std::shared_ptr<const Connector> ConnectorFor(
      const config::v1::Smtp& smtp) {
    config::v1::Mta config;
    config.set_myhostname("relay.example.net");
    *config.mutable_smtp() = smtp;
    return Connector::FromConfig(config).value();
  }
  static DestinationLimits LimitsOf(const config::v1::Smtp& smtp) {
    return DestinationLimits::FromConfig(smtp).value();
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

}  // namespace postern::mta::outbound

#endif  // POSTERN_MTA_OUTBOUND_POOL_FIXTURE_H_
