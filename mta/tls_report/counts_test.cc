#include "mta/tls_report/counts.h"

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/base/fake_clock.h"
#include "lib/config/config.h"
#include "lib/net/runtime.h"
#include "lib/redis/client.h"
#include "lib/testing/redis_server.h"
#include "lib/testing/status_matchers.h"
#include "lib/testing/temp_dir.h"
#include "mta/tls_report/local_counts.h"
#include "mta/tls_report/shared_counts.h"

namespace postern::mta::tls_report {
namespace {

using ::postern::testing::IsOk;
using ::postern::testing::RedisServer;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

const absl::CivilDay kDay(2026, 11, 28);
const Subject kOrg = {kDay, "example.org"};
const Subject kNet = {kDay, "example.net"};
constexpr absl::Duration kTerm = absl::Hours(1);

// One call, from outside the reactors.
class CountsUser {
 public:
  CountsUser(net::Runtime& runtime, Counts& counts)
      : runtime_(runtime), counts_(counts) {}

  Losses Add(const Subject& subject, const KindCounts& counts) {
    return runtime_.BlockOn(counts_.Add(subject, counts)).value();
  }
  std::vector<std::string> DomainsOf(absl::CivilDay day) {
    return runtime_.BlockOn(counts_.DomainsOf(day)).value();
  }
  std::optional<Claimed> Claim(const Subject& subject,
                               absl::Duration term = kTerm) {
    return runtime_.BlockOn(counts_.Claim(subject, term)).value();
  }
  void NoteSent(const Subject& subject, const std::string& where) {
    EXPECT_THAT(runtime_.BlockOn(counts_.NoteSent(subject, where)), IsOk());
  }
  void Finish(const Subject& subject) {
    EXPECT_THAT(runtime_.BlockOn(counts_.Finish(subject)), IsOk());
  }

 private:
  net::Runtime& runtime_;
  Counts& counts_;
};

enum class Where { kLocal, kRedis };

class CountsTest : public ::testing::TestWithParam<Where> {
 protected:
  void SetUp() override {
    if (GetParam() == Where::kLocal) return;
    if (!RedisServer::IsInstalled()) GTEST_SKIP() << RedisServer::kMissing;
    redis_ = RedisServer::Start();
  }

  CountsUser Open(TallyLimits limits = {}) {
    if (GetParam() == Where::kLocal) {
      counts_.clear();
      counts_.push_back(LocalCounts::Open(dir_.path(), limits, clock_).value());
    } else {
      config::v1::Redis config;
      EXPECT_THAT(config::Load(absl::StrCat("endpoints: ", redis_->endpoint()),
                               "redis.yaml", config),
                  IsOk());
      clients_.push_back(
          redis::Client::Create(config, {.runtime = *runtime_}).value());
      counts_.push_back(
          std::make_unique<SharedCounts>(*clients_.back(), limits));
    }
    return CountsUser(*runtime_, *counts_.back());
  }

  // Lets a short term pass.
  void Pass(absl::Duration term) {
    clock_.Advance(term);
    if (redis_ != nullptr) absl::SleepFor(term);
  }

  const testing::TempDir dir_;
  FakeClock clock_;
  const std::unique_ptr<net::Runtime> runtime_ =
      net::Runtime::Create({.reactors = 1}).value();
  std::unique_ptr<RedisServer> redis_;
  std::vector<std::unique_ptr<redis::Client>> clients_;
  std::vector<std::unique_ptr<Counts>> counts_;
};

INSTANTIATE_TEST_SUITE_P(Stores, CountsTest,
                         ::testing::Values(Where::kLocal, Where::kRedis),
                         [](const auto& info) {
                           return info.param == Where::kLocal ? "Local"
                                                              : "Redis";
                         });

TEST_P(CountsTest, AddsUpByDayDomainAndKind) {
  CountsUser counts = Open();
  const std::string odd = absl::StrCat("k", std::string(1, '\0'), "\xff\r\n");
  EXPECT_THAT(counts.Add(kOrg, {{"good", 2}, {odd, 1}}), IsEmpty());
  EXPECT_THAT(counts.Add(kOrg, {{"good", 3}}), IsEmpty());
  EXPECT_THAT(counts.Add(kNet, {{"good", 1}}), IsEmpty());
  EXPECT_THAT(counts.Add({kDay + 1, "example.com"}, {{"good", 1}}), IsEmpty());
  EXPECT_THAT(counts.DomainsOf(kDay),
              UnorderedElementsAre("example.org", "example.net"));
  EXPECT_THAT(counts.DomainsOf(kDay - 1), IsEmpty());
  const auto claimed = counts.Claim(kOrg);
  ASSERT_TRUE(claimed.has_value());
  EXPECT_THAT(claimed->counts, ElementsAre(Pair("good", 5), Pair(odd, 1)));
  EXPECT_THAT(claimed->sent_to, IsEmpty());
}

TEST_P(CountsTest, WhatWasCountedIsThereAfterARestart) {
  Open().Add(kOrg, {{"good", 2}});
  CountsUser counts = Open();
  counts.Add(kOrg, {{"good", 1}});
  EXPECT_THAT(counts.Claim(kOrg)->counts, ElementsAre(Pair("good", 3)));
}

TEST_P(CountsTest, HasRoomForSoManyDomainsADay) {
  CountsUser counts = Open({.domains = 1});
  EXPECT_THAT(counts.Add(kOrg, {{"good", 1}}), IsEmpty());
  EXPECT_THAT(counts.Add(kNet, {{"good", 2}, {"bad", 3}}),
              ElementsAre(Pair(Counted::kTooManyDomains, 5)));
  EXPECT_THAT(counts.Add(kOrg, {{"good", 1}}), IsEmpty());
  EXPECT_THAT(counts.DomainsOf(kDay), ElementsAre("example.org"));
  EXPECT_THAT(counts.Add({kDay + 1, "example.net"}, {{"good", 1}}), IsEmpty());
}

TEST_P(CountsTest, HasRoomForSoManyKindsADomain) {
  CountsUser counts = Open({.kinds = 2});
  EXPECT_THAT(counts.Add(kOrg, {{"1", 1}, {"2", 1}, {"3", 7}}),
              ElementsAre(Pair(Counted::kTooManyKinds, 7)));
  EXPECT_THAT(counts.Add(kOrg, {{"2", 1}, {"4", 1}}),
              ElementsAre(Pair(Counted::kTooManyKinds, 1)));
  EXPECT_THAT(counts.Claim(kOrg)->counts,
              ElementsAre(Pair("1", 1), Pair("2", 2)));
}

TEST_P(CountsTest, AClaimKeepsOthersAwayForItsTerm) {
  CountsUser counts = Open();
  counts.Add(kOrg, {{"good", 1}});
  EXPECT_TRUE(counts.Claim(kOrg, absl::Milliseconds(50)).has_value());
  EXPECT_FALSE(counts.Claim(kOrg, absl::Milliseconds(50)).has_value());
  Pass(absl::Milliseconds(60));
  EXPECT_TRUE(counts.Claim(kOrg).has_value());
}

TEST_P(CountsTest, KnowsWhereTheReportHasGone) {
  CountsUser counts = Open();
  counts.Add(kOrg, {{"good", 1}});
  counts.Claim(kOrg, absl::Milliseconds(1));
  counts.NoteSent(kOrg, "tls@example.org");
  Pass(absl::Milliseconds(10));
  const auto claimed = counts.Claim(kOrg);
  ASSERT_TRUE(claimed.has_value());
  EXPECT_THAT(claimed->sent_to, ElementsAre("tls@example.org"));
  EXPECT_THAT(claimed->counts, ElementsAre(Pair("good", 1)));
}

TEST_P(CountsTest, WhatComesAfterTheEndIsTooLate) {
  CountsUser counts = Open();
  counts.Add(kOrg, {{"good", 1}});
  counts.Claim(kOrg, absl::Milliseconds(1));
  counts.Finish(kOrg);
  Pass(absl::Milliseconds(10));
  EXPECT_THAT(counts.DomainsOf(kDay), IsEmpty());
  EXPECT_FALSE(counts.Claim(kOrg).has_value());
  EXPECT_THAT(counts.Add(kOrg, {{"good", 4}}),
              ElementsAre(Pair(Counted::kTooLate, 4)));
  EXPECT_THAT(counts.Add({kDay + 1, "example.org"}, {{"good", 1}}), IsEmpty());
}

TEST_P(CountsTest, CountsEndSomewhere) {
  CountsUser counts = Open();
  counts.Add(kOrg, {{"good", kMostSessions}});
  counts.Add(kOrg, {{"good", kMostSessions}});
  EXPECT_THAT(counts.Claim(kOrg)->counts,
              ElementsAre(Pair("good", kMostSessions)));
}

class SharedCountsTest : public CountsTest {};

INSTANTIATE_TEST_SUITE_P(Redis, SharedCountsTest,
                         ::testing::Values(Where::kRedis));

TEST_P(SharedCountsTest, ReplicasCountTogetherAndOneReports) {
  CountsUser one = Open();
  CountsUser other = Open();
  one.Add(kOrg, {{"good", 1}});
  other.Add(kOrg, {{"good", 2}});
  const auto claimed = one.Claim(kOrg);
  ASSERT_TRUE(claimed.has_value());
  EXPECT_THAT(claimed->counts, ElementsAre(Pair("good", 3)));
  EXPECT_FALSE(other.Claim(kOrg).has_value());
  one.Finish(kOrg);
  EXPECT_FALSE(other.Claim(kOrg).has_value());
}

// RD-03: what is read back is looked at.
TEST_P(SharedCountsTest, WhatSomebodyElseWroteIsPassedOver) {
  CountsUser counts = Open();
  counts.Add(kOrg, {{"good", 1}});
  const std::string key =
      redis_->Ask({"EVAL",
                   "for _, k in ipairs(redis.call('KEYS', '*')) do if "
                   "redis.call('TYPE', k).ok == 'hash' then return k end end",
                   "0"});
  redis_->Ask({"HSET", key, "kbad", "-1", "kworse", "nonsense", "khuge",
               "99999999999", "other", "1"});
  counts.Add(kOrg, {{"kworse", 1}});
  EXPECT_THAT(counts.Claim(kOrg)->counts,
              ElementsAre(Pair("good", 1), Pair("kworse", 1)));
}

// RD-06.
TEST_P(SharedCountsTest, EveryKeyEndsByItself) {
  CountsUser counts = Open();
  counts.Add(kOrg, {{"good", 1}});
  counts.Add(kNet, {{"good", 1}});
  counts.Claim(kOrg);
  counts.NoteSent(kOrg, "a");
  counts.Finish(kNet);
  counts.NoteSent(kNet, "a");
  EXPECT_EQ(redis_->Ask({"EVAL",
                         "local n = 0 for _, k in ipairs(redis.call('KEYS', "
                         "'*')) do if redis.call('TTL', k) < 0 then n = n + 1 "
                         "end end return n",
                         "0"}),
            "0");
}

}  // namespace
}  // namespace postern::mta::tls_report
