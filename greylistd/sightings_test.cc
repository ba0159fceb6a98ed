// One table of cases for every kind of store: embedded, embedded with privacy,
// Redis, Redis with privacy. They must agree with one another and with
// decision.h.

#include "greylistd/sightings.h"

#include <functional>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "greylistd/embedded_sightings.h"
#include "greylistd/redis_sightings.h"
#include "gtest/gtest.h"
#include "lib/base/fake_clock.h"
#include "lib/config/config.h"
#include "lib/net/runtime.h"
#include "lib/testing/redis_server.h"
#include "lib/testing/status_matchers.h"
#include "lib/testing/temp_dir.h"

namespace postern::greylistd {
namespace {

using ::postern::testing::IsOk;
using ::postern::testing::RedisServer;
using ::testing::ElementsAre;
using ::testing::Eq;
using ::testing::IsEmpty;
using Kind = Outcome::Kind;

std::unique_ptr<net::Runtime> MakeRuntime() {
  return net::Runtime::Create({.reactors = 2, .blocking_threads = 1}).value();
}

template <bool kPrivacy>
class EmbeddedWorld {
 public:
  static constexpr bool kIsPrivate = kPrivacy;
  static bool IsThere() { return true; }

  EmbeddedWorld() { Open(); }
  Sightings& sightings() { return *sightings_; }
  net::Runtime& runtime() { return *runtime_; }
  int64_t Now() { return absl::ToUnixSeconds(clock_.Now()); }
  void Advance(absl::Duration by) { clock_.Advance(by); }
  void Open() {
    sightings_.reset();
    sightings_ =
        EmbeddedSightings::Create(
            kv::Store::Open({.directory = dir_.path() + "/store"}, clock_)
                .value(),
            clock_, kPrivacy)
            .value();
  }
  // All that is stored, as text.
  std::string Dump() {
    std::string all;
    EXPECT_THAT(sightings_->store().ForEach(
                    "",
                    [&](absl::string_view key, const kv::Entry& entry) {
                      absl::StrAppend(&all, key, " ", entry.value, "\n");
                      return true;
                    }),
                IsOk());
    return all;
  }

 private:
  testing::TempDir dir_;
  FakeClock clock_;
  std::unique_ptr<net::Runtime> runtime_ = MakeRuntime();
  std::unique_ptr<EmbeddedSightings> sightings_;
};

// Time goes on in Redis as it likes; to let it jump, everything there is made
// older.
constexpr char kMakeOlder[] = R"lua(
local by = tonumber(ARGV[1])
local function shift(a, b) return string.format('t %d %d', a - by, b - by) end
local function shift_last(k, n, b) return string.format('%s %d %d', k, n, b - by) end
for _, key in ipairs(redis.call('KEYS', '*')) do
  local value, ttl = redis.call('GET', key), redis.call('TTL', key) - by
  value = string.gsub(value, '^t (%d+) (%d+)', shift)
  value = string.gsub(value, '^([cp]) (%d+) (%d+)', shift_last)
  if ttl < 1 then redis.call('DEL', key)
  else redis.call('SET', key, value, 'EX', ttl) end
end)lua";

template <bool kPrivacy>
class RedisWorld {
 public:
  static constexpr bool kIsPrivate = kPrivacy;
  static bool IsThere() { return RedisServer::IsInstalled(); }

  RedisWorld() : server_(RedisServer::Start()) { Open(); }
  Sightings& sightings() { return *sightings_; }
  net::Runtime& runtime() { return *runtime_; }
  int64_t Now() { return absl::ToUnixSeconds(absl::Now()); }
  void Advance(absl::Duration by) {
    server_->Ask(
        {"EVAL", kMakeOlder, "0", absl::StrCat(absl::ToInt64Seconds(by))});
  }
  void Open() {
    sightings_.reset();
    config::v1::Redis config;
    EXPECT_THAT(config::Load(absl::StrCat("endpoints: ", server_->endpoint(),
                                          "\noperation_timeout: 10s\n"),
                             "redis.yaml", config),
                IsOk());
    sightings_ = std::make_unique<RedisSightings>(
        redis::Client::Create(config, {.runtime = *runtime_}).value(), kPrivacy,
        /*is_cluster=*/false);
  }
  std::string Dump() {
    return server_->Ask({"KEYS", "*"}) + "\n" +
           server_->Ask({"EVAL",
                         "local all = '' for _, key in "
                         "ipairs(redis.call('KEYS', '*')) do "
                         "all = all .. redis.call('GET', key) .. ';' end "
                         "return all",
                         "0"});
  }
  RedisServer& server() { return *server_; }

 private:
  std::unique_ptr<RedisServer> server_;
  std::unique_ptr<net::Runtime> runtime_ = MakeRuntime();
  std::unique_ptr<RedisSightings> sightings_;
};

template <typename World>
class SightingsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!World::IsThere()) GTEST_SKIP() << RedisServer::kMissing;
    world_ = std::make_unique<World>();
  }

  static Names NamesOf(int network, const std::string& sender) {
    return {.network = absl::StrCat("192.0.", network, ".0/24"),
            .triplet = absl::StrCat("192.0.", network, ".0/", sender, "/b@c"),
            .client = absl::StrCat("192.0.", network, ".1")};
  }

  Outcome See(const Names& names, const Terms& terms = Terms()) {
    absl::StatusOr<Outcome> outcome =
        world_->runtime().BlockOn(world_->sightings().See(
            names, terms, net::Deadline::After(absl::Seconds(20))));
    EXPECT_THAT(outcome, IsOk());
    return outcome.value_or(Outcome());
  }

  Records Peek(const Names& names) {
    return world_->runtime()
        .BlockOn(world_->sightings().Peek(names, Soon()))
        .value();
  }

  std::vector<Entry> List() {
    std::vector<Entry> all;
    std::string cursor;
    do {
      const Page page =
          world_->runtime()
              .BlockOn(world_->sightings().List(cursor, 2, Soon()))
              .value();
      all.insert(all.end(), page.entries.begin(), page.entries.end());
      cursor = page.cursor;
    } while (!cursor.empty());
    return all;
  }

  net::Deadline Soon() { return net::Deadline::After(absl::Seconds(20)); }

  std::unique_ptr<World> world_;
};

using Worlds = ::testing::Types<EmbeddedWorld<false>, EmbeddedWorld<true>,
                                RedisWorld<false>, RedisWorld<true>>;
TYPED_TEST_SUITE(SightingsTest, Worlds);

// Time passes between two steps, if only in Redis.
MATCHER_P2(Is, kind, seconds, "") {
  *result_listener << "kind " << static_cast<int>(arg.kind) << ", "
                   << arg.seconds << " s";
  return arg.kind == kind && arg.seconds >= seconds - 20 &&
         arg.seconds <= seconds + 20;
}

TYPED_TEST(SightingsTest, ASenderWaitsComesBackAndIsKnown) {
  const Names a = this->NamesOf(2, "a@b");
  EXPECT_THAT(this->See(a), Is(Kind::kNew, 300));
  EXPECT_THAT(this->See(a), Is(Kind::kEarlyRetry, 300));
  this->world_->Advance(absl::Seconds(150));
  EXPECT_THAT(this->See(a), Is(Kind::kEarlyRetry, 150));
  this->world_->Advance(absl::Seconds(250));
  EXPECT_THAT(this->See(a), Is(Kind::kFirstPass, 400));
  EXPECT_THAT(this->See(a), Is(Kind::kKnown, 0));
  this->world_->Advance(absl::Hours(24 * 34));
  EXPECT_THAT(this->See(a), Is(Kind::kKnown, 0));
  this->world_->Advance(absl::Hours(24 * 34));
  EXPECT_THAT(this->See(a), Is(Kind::kKnown, 0));
  this->world_->Advance(absl::Hours(24 * 36));
  EXPECT_THAT(this->See(a), Is(Kind::kNew, 300));
}

TYPED_TEST(SightingsTest, ARetryAfterTheWindowIsNew) {
  const Names a = this->NamesOf(2, "a@b");
  EXPECT_THAT(this->See(a), Is(Kind::kNew, 300));
  this->world_->Advance(absl::Hours(49));
  EXPECT_THAT(this->See(a), Is(Kind::kNew, 300));
  this->world_->Advance(absl::Hours(47));
  EXPECT_THAT(this->See(a), Is(Kind::kFirstPass, 47 * 3600));
}

TYPED_TEST(SightingsTest, AClientThatRetriesIsAllowedInTheEnd) {
  Terms terms;
  terms.allow_after = 2;
  const Names a = this->NamesOf(2, "a@b");
  const Names b = this->NamesOf(2, "b@b");
  const Names c = this->NamesOf(2, "c@b");
  EXPECT_THAT(this->See(a, terms), Is(Kind::kNew, 300));
  EXPECT_THAT(this->See(b, terms), Is(Kind::kNew, 300));
  this->world_->Advance(absl::Seconds(400));
  EXPECT_FALSE(this->See(a, terms).client_became_allowed);
  // Two passes in one hour count once.
  EXPECT_FALSE(this->See(b, terms).client_became_allowed);
  EXPECT_THAT(this->See(c, terms), Is(Kind::kNew, 300));
  this->world_->Advance(absl::Hours(2));
  const Outcome third = this->See(c, terms);
  EXPECT_THAT(third, Is(Kind::kFirstPass, 7200));
  EXPECT_TRUE(third.client_became_allowed);
  EXPECT_THAT(this->See(this->NamesOf(2, "d@b"), terms),
              Is(Kind::kAllowedClient, 0));
  EXPECT_THAT(this->See(this->NamesOf(3, "d@b"), terms), Is(Kind::kNew, 300));
  // Being seen once an hour keeps it; 35 days without do not.
  this->world_->Advance(absl::Hours(24 * 30));
  EXPECT_THAT(this->See(this->NamesOf(2, "e@b"), terms),
              Is(Kind::kAllowedClient, 0));
  this->world_->Advance(absl::Hours(24 * 30));
  EXPECT_THAT(this->See(this->NamesOf(2, "f@b"), terms),
              Is(Kind::kAllowedClient, 0));
  EXPECT_EQ(this->Peek(this->NamesOf(2, "f@b")).client->count, 4u);
  this->world_->Advance(absl::Hours(24 * 36));
  EXPECT_THAT(this->See(this->NamesOf(2, "g@b"), terms), Is(Kind::kNew, 300));
}

TYPED_TEST(SightingsTest, RD06OnlySoManySendersOfANetworkAreRemembered) {
  Terms terms;
  terms.max_pending = 2;
  EXPECT_THAT(this->See(this->NamesOf(2, "1@b"), terms), Is(Kind::kNew, 300));
  EXPECT_THAT(this->See(this->NamesOf(2, "2@b"), terms), Is(Kind::kNew, 300));
  EXPECT_THAT(this->See(this->NamesOf(2, "3@b"), terms),
              Is(Kind::kPendingLimit, 300));
  EXPECT_THAT(this->See(this->NamesOf(3, "3@b"), terms), Is(Kind::kNew, 300));
  EXPECT_THAT(this->Peek(this->NamesOf(2, "3@b")).triplet, Eq(std::nullopt));
  this->world_->Advance(absl::Seconds(400));
  // Who passes makes room.
  EXPECT_THAT(this->See(this->NamesOf(2, "1@b"), terms),
              Is(Kind::kFirstPass, 400));
  EXPECT_THAT(this->See(this->NamesOf(2, "3@b"), terms), Is(Kind::kNew, 300));
  EXPECT_THAT(this->See(this->NamesOf(2, "4@b"), terms),
              Is(Kind::kPendingLimit, 300));
  this->world_->Advance(absl::Hours(49));
  EXPECT_THAT(this->See(this->NamesOf(2, "4@b"), terms), Is(Kind::kNew, 300));
}

TYPED_TEST(SightingsTest, WhatIsKnownSurvivesANewStart) {
  const Names a = this->NamesOf(2, "a@b");
  EXPECT_THAT(this->See(a), Is(Kind::kNew, 300));
  this->world_->Open();
  EXPECT_THAT(this->See(a), Is(Kind::kEarlyRetry, 300));
}

TYPED_TEST(SightingsTest, PeekShowsTheRecordsAndChangesNothing) {
  const Names a = this->NamesOf(2, "a@b");
  EXPECT_EQ(this->Peek(a), Records());
  this->See(a);
  const Records records = this->Peek(a);
  ASSERT_TRUE(records.triplet);
  EXPECT_FALSE(records.triplet->passed);
  EXPECT_NEAR(records.triplet->first, this->world_->Now(), 20);
  EXPECT_EQ(records.client, std::nullopt);
  ASSERT_TRUE(records.pending);
  EXPECT_EQ(records.pending->count, 1u);
  EXPECT_EQ(this->Peek(a), records);
}

TYPED_TEST(SightingsTest, WhatIsRememberedCountsUntilItIsForgotten) {
  const int64_t now = this->world_->Now();
  const Names a = this->NamesOf(2, "a@b");
  const auto run = [&](net::Task<absl::Status> task) {
    EXPECT_THAT(this->world_->runtime().BlockOn(std::move(task)), IsOk());
  };
  Sightings& sightings = this->world_->sightings();
  Entry triplet = {.kind = Entry::Kind::kTriplet,
                   .network = a.network,
                   .name = a.triplet,
                   .triplet = {now - 4000, now - 3000, true},
                   .client = {},
                   .expires = now + 1000};
  run(sightings.Remember(triplet, this->Soon()));
  EXPECT_THAT(this->See(a), Is(Kind::kKnown, 0));
  run(sightings.Forget(triplet.kind, a.network, a.triplet, this->Soon()));
  EXPECT_THAT(this->See(a), Is(Kind::kNew, 300));
  Entry client = {.kind = Entry::Kind::kClient,
                  .network = a.network,
                  .name = a.client,
                  .triplet = {},
                  .client = {5, now},
                  .expires = now + 1000};
  run(sightings.Remember(client, this->Soon()));
  EXPECT_THAT(this->See(a), Is(Kind::kAllowedClient, 0));
  this->world_->Advance(absl::Seconds(1200));
  EXPECT_THAT(this->See(a), Is(Kind::kFirstPass, 1200));
  run(sightings.Remember(client, this->Soon()));
  run(sightings.Forget(client.kind, a.network, a.client, this->Soon()));
  run(sightings.Forget(client.kind, a.network, a.client, this->Soon()));
  EXPECT_EQ(this->Peek(a).client, std::nullopt);
}

TYPED_TEST(SightingsTest, ListShowsTripletsAndClients) {
  EXPECT_THAT(this->List(), IsEmpty());
  std::vector<std::string> expected;
  for (int i = 0; i < 7; ++i) {
    const Names names = this->NamesOf(i, "a@b");
    this->See(names);
    expected.push_back(names.triplet);
  }
  this->world_->Advance(absl::Seconds(400));
  this->See(this->NamesOf(1, "a@b"));
  expected.push_back("192.0.1.1");
  std::vector<std::string> names;
  int passed = 0;
  for (const Entry& entry : this->List()) {
    names.push_back(entry.name);
    if (entry.kind == Entry::Kind::kTriplet && entry.triplet.passed) ++passed;
    EXPECT_GT(entry.expires, this->world_->Now());
  }
  EXPECT_EQ(passed, 1);
  if (TypeParam::kIsPrivate) {
    EXPECT_THAT(names, ::testing::Each(""));
    EXPECT_EQ(names.size(), expected.size());
  } else {
    EXPECT_THAT(names, ::testing::UnorderedElementsAreArray(expected));
  }
}

TYPED_TEST(SightingsTest, PrivacyHidesWhoWroteToWhom) {
  this->See(this->NamesOf(2, "alice@example.org"));
  const std::string all = this->world_->Dump();
  EXPECT_NE(all, "");
  EXPECT_EQ(absl::string_view(all).find("alice") == absl::string_view::npos,
            TypeParam::kIsPrivate)
      << all;
  EXPECT_EQ(absl::string_view(all).find("192.0.2") == absl::string_view::npos,
            TypeParam::kIsPrivate)
      << all;
}

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
