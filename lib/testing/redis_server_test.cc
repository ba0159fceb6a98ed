#include "lib/testing/redis_server.h"

#include <memory>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace postern::testing {
namespace {

using ::testing::HasSubstr;

class RedisServerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!RedisServer::IsInstalled()) GTEST_SKIP() << RedisServer::kMissing;
  }
};

TEST_F(RedisServerTest, AnswersAndKeepsWhatItIsTold) {
  const auto server = RedisServer::Start();
  EXPECT_EQ(server->Ask({"SET", "greeting", "hello there"}), "OK");
  EXPECT_EQ(server->Ask({"GET", "greeting"}), "hello there");
}

TEST_F(RedisServerTest, ObeysTheGivenConfiguration) {
  const auto server = RedisServer::Start({"maxmemory 50mb"});
  EXPECT_THAT(server->Ask({"CONFIG", "GET", "maxmemory"}),
              HasSubstr("52428800"));
}

TEST_F(RedisServerTest, ComesBackEmptyAtTheSamePortAfterACrash) {
  const auto server = RedisServer::Start();
  const std::string endpoint = server->endpoint();
  server->Ask({"SET", "a", "1"});
  server->Kill();
  EXPECT_THAT(server->Ask({"PING"}), HasSubstr("Could not connect"));
  server->Restart();
  EXPECT_EQ(server->Ask({"GET", "a"}), "");
  EXPECT_EQ(server->endpoint(), endpoint);
}

TEST_F(RedisServerTest, ASentinelNamesItsMaster) {
  const auto server = RedisServer::Start();
  const auto sentinel =
      RedisServer::StartSentinel({"sentinel monitor mymaster 127.0.0.1 " +
                                  std::to_string(server->port()) + " 1"});
  EXPECT_EQ(sentinel->Ask({"SENTINEL", "GET-MASTER-ADDR-BY-NAME", "mymaster"}),
            "127.0.0.1\n" + std::to_string(server->port()));
}

TEST_F(RedisServerTest, AClusterServesEverySlotOnce) {
  const auto cluster = RedisCluster::Start(3);
  ASSERT_EQ(cluster->size(), 3u);
  EXPECT_EQ(cluster->FirstOwner(0), 0u);
  EXPECT_EQ(cluster->FirstOwner(RedisCluster::kSlots - 1), 2u);
  // "foo" is in slot 12182, "bar" in 5061.
  RedisServer& owner = cluster->node(cluster->FirstOwner(12182));
  EXPECT_EQ(owner.Ask({"SET", "foo", "1"}), "OK");
  EXPECT_THAT(owner.Ask({"SET", "bar", "1"}), HasSubstr("MOVED 5061"));
  const std::string nodes = owner.Ask({"CLUSTER", "NODES"});
  EXPECT_THAT(nodes, HasSubstr("0-5460"));
  EXPECT_THAT(nodes, HasSubstr("5461-10922"));
  EXPECT_EQ(cluster->FirstOwner(5460), 0u);
  EXPECT_EQ(cluster->FirstOwner(5461), 1u);
  EXPECT_EQ(cluster->FirstOwner(10922), 1u);
  EXPECT_EQ(cluster->FirstOwner(10923), 2u);
}

}  // namespace
}  // namespace postern::testing
