// Every kind of store for the tests of sightings: what they stand in, and how
// time passes there.

#ifndef POSTERN_GREYLISTD_TEST_SIGHTINGS_H_
#define POSTERN_GREYLISTD_TEST_SIGHTINGS_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "greylistd/embedded_sightings.h"
#include "greylistd/redis_sightings.h"
#include "greylistd/sightings.h"
#include "gtest/gtest.h"
#include "lib/base/fake_clock.h"
#include "lib/config/config.h"
#include "lib/net/runtime.h"
#include "lib/testing/redis_server.h"
#include "lib/testing/status_matchers.h"
#include "lib/testing/temp_dir.h"

namespace postern::greylistd {

inline std::unique_ptr<net::Runtime> MakeRuntime() {
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
                testing::IsOk());
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
inline constexpr char kMakeOlder[] = R"lua(
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
  static bool IsThere() { return testing::RedisServer::IsInstalled(); }

  RedisWorld() : server_(testing::RedisServer::Start()) { Open(); }
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
                testing::IsOk());
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
  testing::RedisServer& server() { return *server_; }

 private:
  std::unique_ptr<testing::RedisServer> server_;
  std::unique_ptr<net::Runtime> runtime_ = MakeRuntime();
  std::unique_ptr<RedisSightings> sightings_;
};

template <typename World>
class SightingsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!World::IsThere()) GTEST_SKIP() << testing::RedisServer::kMissing;
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
    EXPECT_THAT(outcome, testing::IsOk());
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

// Time passes between two steps, if only in Redis.
MATCHER_P2(Is, kind, seconds, "") {
  *result_listener << "kind " << static_cast<int>(arg.kind) << ", "
                   << arg.seconds << " s";
  return arg.kind == kind && arg.seconds >= seconds - 20 &&
         arg.seconds <= seconds + 20;
}

}  // namespace postern::greylistd

#endif  // POSTERN_GREYLISTD_TEST_SIGHTINGS_H_
