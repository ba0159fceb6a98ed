// What only Redis can show; the rest is in sightings_test.cc.

#include "greylistd/redis_sightings.h"

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "greylistd/test_sightings.h"
#include "gtest/gtest.h"
#include "lib/config/config.h"
#include "lib/testing/redis_server.h"
#include "lib/testing/status_matchers.h"

namespace postern::greylistd {
namespace {

using ::postern::testing::IsOk;
using Kind = Outcome::Kind;

class RedisSightingsTest : public SightingsTest<RedisWorld<false>> {};

TEST_F(RedisSightingsTest, RD03GarbageCountsAsNothing) {
  const Names a = NamesOf(2, "a@b");
  See(a);
  for (const char* garbage :
       {"SET", "t 1 2", "t 99999999999999999999 1 1", "c 5 99999999999999"}) {
    SCOPED_TRACE(garbage);
    world_->server().Ask(
        {"EVAL",
         "for _, key in ipairs(redis.call('KEYS', '*')) do "
         "redis.call('DEL', key) "
         "if ARGV[1] == 'SET' then redis.call('SADD', key, 'x') "
         "else redis.call('SET', key, ARGV[1]) end end",
         "0", garbage});
    EXPECT_EQ(Peek(a), Records());
    EXPECT_THAT(See(a), Is(Kind::kNew, 300));
    EXPECT_THAT(See(a), Is(Kind::kEarlyRetry, 300));
  }
}

TEST_F(RedisSightingsTest, RD06EveryKeyHasALifetime) {
  See(NamesOf(2, "a@b"));
  world_->Advance(absl::Seconds(400));
  See(NamesOf(2, "a@b"));
  EXPECT_EQ(world_->server().Ask(
                {"EVAL",
                 "local n = 0 for _, key in ipairs(redis.call('KEYS', '*')) do "
                 "if redis.call('TTL', key) < 1 then return key end "
                 "n = n + 1 end return n",
                 "0"}),
            "3");
}

TEST_F(RedisSightingsTest, ARetryMayReachAnotherReplica) {
  const Names a = NamesOf(2, "a@b");
  EXPECT_THAT(See(a), Is(Kind::kNew, 300));
  world_->Advance(absl::Seconds(400));
  config::v1::Redis config;
  ASSERT_THAT(
      config::Load(absl::StrCat("endpoints: ", world_->server().endpoint()),
                   "redis.yaml", config),
      IsOk());
  RedisSightings other(
      redis::Client::Create(config, {.runtime = world_->runtime()}).value(),
      /*privacy=*/false, /*is_cluster=*/false);
  const absl::StatusOr<Outcome> outcome =
      world_->runtime().BlockOn(other.See(a, Terms(), Soon()));
  ASSERT_THAT(outcome, IsOk());
  EXPECT_THAT(*outcome, Is(Kind::kFirstPass, 400));
}

TEST_F(RedisSightingsTest, RD01AStoreThatIsAwayIsAnErrorAndNothingElse) {
  const Names a = NamesOf(2, "a@b");
  EXPECT_THAT(See(a), Is(Kind::kNew, 300));
  world_->server().Kill();
  const absl::StatusOr<Outcome> outcome =
      world_->runtime().BlockOn(world_->sightings().See(
          a, Terms(), net::Deadline::After(absl::Milliseconds(300))));
  EXPECT_FALSE(outcome.ok());
  world_->server().Restart();
  EXPECT_TRUE(testing::Eventually([&] {
    return world_->runtime()
        .BlockOn(world_->sightings().See(a, Terms(), Soon()))
        .ok();
  }));
}

}  // namespace
}  // namespace postern::greylistd
