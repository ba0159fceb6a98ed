#include "mta/limits/budgets.h"

#include <memory>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/base/fake_clock.h"
#include "lib/config/config.h"
#include "lib/net/runtime.h"
#include "lib/testing/redis_server.h"
#include "lib/testing/status_matchers.h"

namespace postern::mta::limits {
namespace {

using ::postern::testing::IsOk;
using ::postern::testing::RedisServer;
using ::testing::HasSubstr;

net::IpAddress Ip(const char* text) {
  return net::IpAddress::Parse(text).value();
}

Rules RulesOf(uint32_t messages) {
  Rules rules;
  rules.limits[static_cast<size_t>(Event::kMessage)] = messages;
  rules.limits[static_cast<size_t>(Event::kAuthFailure)] = 2;
  return rules;
}

class BudgetsTest : public ::testing::Test {
 protected:
  bool Spend(Budgets& budgets, const char* client, const Rules& rules,
             Event event = Event::kMessage) {
    return runtime_->BlockOn(budgets.Spend(event, Ip(client), rules));
  }
  // Spends until there is nothing left; returns how much that was.
  int SpendAll(Budgets& budgets, const char* client, const Rules& rules) {
    int spent = 0;
    while (spent < 1000 && Spend(budgets, client, rules)) ++spent;
    return spent;
  }
  std::unique_ptr<redis::Client> ClientOf(const std::string& endpoint) {
    config::v1::Redis config;
    EXPECT_THAT(config::Load(absl::StrCat("endpoints: ", endpoint),
                             "redis.yaml", config),
                IsOk());
    return redis::Client::Create(config, {.runtime = *runtime_}).value();
  }

  FakeClock clock_;
  metrics::Registry metrics_;
  std::unique_ptr<net::Runtime> runtime_ =
      net::Runtime::Create({.reactors = 2, .blocking_threads = 1}).value();
};

TEST_F(BudgetsTest, MTA39AClientHasItsLimitAndNoMore) {
  Budgets budgets({}, clock_, nullptr, metrics_);
  const Rules rules = RulesOf(3);
  EXPECT_EQ(SpendAll(budgets, "192.0.2.1", rules), 3);
  EXPECT_EQ(SpendAll(budgets, "192.0.2.2", rules), 3);
  EXPECT_THAT(metrics_.Render(),
              HasSubstr("postern_mta_limited_total{event=\"message\"} 2"));
}

TEST_F(BudgetsTest, NoLimitIsNoLimitAndExceptionsHaveNone) {
  Budgets budgets({}, clock_, nullptr, metrics_);
  Rules rules = RulesOf(0);
  EXPECT_EQ(SpendAll(budgets, "192.0.2.1", rules), 1000);
  rules = RulesOf(3);
  rules.exceptions.push_back(net::Network::Parse("192.0.2.0/24").value());
  EXPECT_EQ(SpendAll(budgets, "192.0.2.1", rules), 1000);
}

TEST_F(BudgetsTest, MTA39AnIpv6ClientIsItsPrefix) {
  Budgets budgets({}, clock_, nullptr, metrics_);
  const Rules rules = RulesOf(3);
  EXPECT_EQ(SpendAll(budgets, "2001:db8::1", rules), 3);
  EXPECT_EQ(SpendAll(budgets, "2001:db8::2", rules), 0);
  EXPECT_EQ(SpendAll(budgets, "2001:db8:0:1::1", rules), 3);
}

TEST_F(BudgetsTest, MTA39ANetworkHasAMultipleOfIt) {
  Budgets budgets({}, clock_, nullptr, metrics_);
  Rules rules = RulesOf(3);
  rules.network_factor = 2;
  EXPECT_EQ(SpendAll(budgets, "192.0.2.1", rules), 3);
  EXPECT_EQ(SpendAll(budgets, "192.0.2.2", rules), 3);
  EXPECT_EQ(SpendAll(budgets, "192.0.2.3", rules), 0);
  EXPECT_EQ(SpendAll(budgets, "192.0.3.1", rules), 3);
}

TEST_F(BudgetsTest, MTA40FailuresCountAfterwardsAndCloseTheDoor) {
  Budgets budgets({}, clock_, nullptr, metrics_);
  const Rules rules = RulesOf(0);
  const auto has_room = [&] {
    return runtime_->BlockOn(
        budgets.HasRoom(Event::kAuthFailure, Ip("192.0.2.1"), rules));
  };
  const auto note = [&] {
    runtime_->BlockOn(
        budgets.Note(Event::kAuthFailure, Ip("192.0.2.1"), rules));
  };
  EXPECT_TRUE(has_room());
  EXPECT_TRUE(has_room());
  EXPECT_TRUE(has_room());
  note();
  EXPECT_TRUE(has_room());
  note();
  EXPECT_FALSE(has_room());
  note();
  clock_.Advance(absl::Minutes(2));
  EXPECT_TRUE(has_room());
}

TEST_F(BudgetsTest, AllReplicasTogetherHaveOneBudgetInRedis) {
  if (!RedisServer::IsInstalled()) GTEST_SKIP() << RedisServer::kMissing;
  const auto server = RedisServer::Start();
  const auto one = ClientOf(server->endpoint());
  const auto two = ClientOf(server->endpoint());
  // A unit that does not end while the test runs.
  const BudgetOptions options{.unit = absl::Hours(10'000), .replicas = 2};
  Budgets first(options, clock_, one.get(), metrics_);
  Budgets second(options, clock_, two.get(), metrics_);
  Rules rules = RulesOf(10);
  rules.network_factor = 2;
  EXPECT_TRUE(Spend(first, "192.0.2.1", rules));
  EXPECT_TRUE(Spend(second, "192.0.2.1", rules));
  EXPECT_EQ(SpendAll(first, "192.0.2.1", rules), 8);
  EXPECT_EQ(SpendAll(second, "192.0.2.1", rules), 0);
  EXPECT_EQ(SpendAll(second, "192.0.2.2", rules), 10);
  EXPECT_EQ(SpendAll(first, "192.0.2.3", rules), 0);
  // RD-06: every key has a lifetime.
  EXPECT_EQ(server->Ask({"EVAL",
                         "local n = 0 for _, key in "
                         "ipairs(redis.call('KEYS', '*')) do "
                         "if redis.call('PTTL', key) < 1 then return key end "
                         "n = n + 1 end return n",
                         "0"}),
            "3");
}

TEST_F(BudgetsTest, RD03GarbageInRedisCountsAsNothing) {
  if (!RedisServer::IsInstalled()) GTEST_SKIP() << RedisServer::kMissing;
  const auto server = RedisServer::Start();
  const auto client = ClientOf(server->endpoint());
  Budgets budgets({.unit = absl::Hours(10'000)}, clock_, client.get(),
                  metrics_);
  const Rules rules = RulesOf(3);
  for (const char* garbage : {"", "b", "b 1 2 99999999999999", "b -1 2 3"}) {
    EXPECT_GE(SpendAll(budgets, "192.0.2.1", rules), 3) << garbage;
    server->Ask({"EVAL",
                 "for _, key in ipairs(redis.call('KEYS', '*')) do "
                 "redis.call('SET', key, ARGV[1]) end",
                 "0", garbage});
  }
  server->Ask({"EVAL",
               "for _, key in ipairs(redis.call('KEYS', '*')) do "
               "redis.call('DEL', key) redis.call('SADD', key, 'x') end",
               "0"});
  EXPECT_EQ(SpendAll(budgets, "192.0.2.1", rules), 3);
}

TEST_F(BudgetsTest, MTA40WithoutRedisEachReplicaHasItsShare) {
  const auto client = ClientOf("127.0.0.1:1");
  Budgets budgets({.replicas = 3}, clock_, client.get(), metrics_);
  EXPECT_EQ(SpendAll(budgets, "192.0.2.1", RulesOf(9)), 3);
  EXPECT_EQ(SpendAll(budgets, "192.0.2.2", RulesOf(1)), 1);
  EXPECT_THAT(metrics_.Render(),
              HasSubstr("postern_mta_limits_shared_failures_total 6"));
}

TEST_F(BudgetsTest, WhatRedisGrantedIsKnownWhenItIsAway) {
  if (!RedisServer::IsInstalled()) GTEST_SKIP() << RedisServer::kMissing;
  auto server = RedisServer::Start();
  const auto client = ClientOf(server->endpoint());
  Budgets budgets({.replicas = 2}, clock_, client.get(), metrics_);
  const Rules rules = RulesOf(10);
  EXPECT_TRUE(Spend(budgets, "192.0.2.1", rules));
  EXPECT_TRUE(Spend(budgets, "192.0.2.1", rules));
  server.reset();
  EXPECT_EQ(SpendAll(budgets, "192.0.2.1", rules), 3);
}

}  // namespace
}  // namespace postern::mta::limits
