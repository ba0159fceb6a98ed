// Sightings in a Redis Cluster: one script touches one slot, and the list asks
// every node.

#include <memory>
#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "greylistd/redis_sightings.h"
#include "gtest/gtest.h"
#include "lib/config/config.h"
#include "lib/net/runtime.h"
#include "lib/testing/redis_server.h"
#include "lib/testing/status_matchers.h"

namespace postern::greylistd {
namespace {

using ::postern::testing::IsOk;
using ::postern::testing::RedisCluster;
using ::postern::testing::RedisServer;

net::Deadline Soon() { return net::Deadline::After(absl::Seconds(20)); }

TEST(RedisClusterTest, RD05EveryNetworkIsServedAndTheListShowsAll) {
  if (!RedisServer::IsInstalled()) GTEST_SKIP() << RedisServer::kMissing;
  const std::unique_ptr<RedisCluster> cluster = RedisCluster::Start(3);
  const std::unique_ptr<net::Runtime> runtime =
      net::Runtime::Create({.reactors = 1, .blocking_threads = 1}).value();
  config::v1::Redis config;
  ASSERT_THAT(
      config::Load(absl::StrCat("mode: cluster\noperation_timeout: 10s\n"
                                "endpoints: ",
                                cluster->node(0).endpoint(), "\n"),
                   "redis.yaml", config),
      IsOk());
  RedisSightings sightings(
      redis::Client::Create(config, {.runtime = *runtime}).value(),
      /*privacy=*/false, /*is_cluster=*/true);
  std::set<std::string> seen;
  for (int i = 0; i < 40; ++i) {
    const Names names = {.network = absl::StrCat("10.0.", i, ".0/24"),
                         .triplet = absl::StrCat("10.0.", i, ".0/a@b/c@d"),
                         .client = absl::StrCat("10.0.", i, ".1")};
    const absl::StatusOr<Outcome> outcome =
        runtime->BlockOn(sightings.See(names, Terms(), Soon()));
    ASSERT_THAT(outcome, IsOk());
    EXPECT_EQ(outcome->kind, Outcome::Kind::kNew);
    seen.insert(names.triplet);
  }
  for (size_t i = 0; i < cluster->size(); ++i) {
    EXPECT_NE(cluster->node(i).Ask({"DBSIZE"}), "0");
  }
  std::set<std::string> listed;
  std::string cursor;
  do {
    const absl::StatusOr<Page> page =
        runtime->BlockOn(sightings.List(cursor, 10, Soon()));
    ASSERT_THAT(page, IsOk());
    for (const Entry& entry : page->entries) listed.insert(entry.name);
    cursor = page->cursor;
  } while (!cursor.empty());
  EXPECT_EQ(listed, seen);
}

}  // namespace
}  // namespace postern::greylistd
