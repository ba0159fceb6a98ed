// The client and a real Redis Cluster of three masters.

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/redis/client.h"
#include "lib/redis/slot.h"
#include "lib/testing/redis_server.h"
#include "lib/testing/status_matchers.h"

namespace postern::redis {
namespace {

using ::postern::testing::Eventually;
using ::postern::testing::IsOk;
using ::postern::testing::IsOkAndHolds;
using ::postern::testing::RedisCluster;
using ::postern::testing::RedisServer;
using ::postern::testing::StatusIs;
using ::testing::HasSubstr;

net::Deadline Late() { return net::Deadline::After(absl::Minutes(1)); }

const Script& SetTwoScript() {
  static const Script script(R"lua(
    redis.call('SET', KEYS[1], ARGV[1], 'PX', 60000)
    redis.call('SET', KEYS[2], ARGV[1], 'PX', 60000)
    return redis.call('GET', KEYS[2]))lua");
  return script;
}

class ClusterServerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!RedisServer::IsInstalled()) GTEST_SKIP() << RedisServer::kMissing;
    cluster_ = RedisCluster::Start(3);
    config_.set_mode(config::v1::Redis::MODE_CLUSTER);
    config_.mutable_operation_timeout()->set_seconds(10);
    config_.mutable_circuit_breaker()->mutable_longest_pause()->set_nanos(
        100'000'000);
    config_.add_endpoints(cluster_->node(0).endpoint());
    client_ = Client::Create(config_, {.runtime = *runtime_,
                                       .resolver = nullptr,
                                       .metrics = &metrics_,
                                       .program = "test"})
                  .value();
  }

  absl::StatusOr<Reply> Ask(const std::vector<absl::string_view>& args) {
    return runtime_->BlockOn(client_->Command(args, args[1], Late()));
  }
  absl::StatusOr<Reply> Run(const std::vector<absl::string_view>& keys,
                            absl::string_view value) {
    return runtime_->BlockOn(
        client_->Run(SetTwoScript(), keys, {value}, Late()));
  }

  // Begins to move `slot` from one node to another.
  void BeginMove(int slot, size_t from, size_t to) {
    const std::string number = absl::StrCat(slot);
    ASSERT_EQ(cluster_->node(to).Ask({"CLUSTER", "SETSLOT", number, "IMPORTING",
                                      cluster_->id(from)}),
              "OK");
    ASSERT_EQ(cluster_->node(from).Ask({"CLUSTER", "SETSLOT", number,
                                        "MIGRATING", cluster_->id(to)}),
              "OK");
  }
  void MoveKey(const std::string& key, size_t from, size_t to) {
    ASSERT_EQ(cluster_->node(from).Ask({"MIGRATE", "127.0.0.1",
                                        absl::StrCat(cluster_->node(to).port()),
                                        key, "0", "5000"}),
              "OK");
  }
  void EndMove(int slot, size_t from, size_t to) {
    const std::string number = absl::StrCat(slot);
    for (const size_t node : {to, from}) {
      ASSERT_EQ(cluster_->node(node).Ask(
                    {"CLUSTER", "SETSLOT", number, "NODE", cluster_->id(to)}),
                "OK");
    }
  }

  std::unique_ptr<net::Runtime> runtime_ =
      net::Runtime::Create({.reactors = 1, .blocking_threads = 1}).value();
  metrics::Registry metrics_;
  std::unique_ptr<RedisCluster> cluster_;
  config::v1::Redis config_;
  std::unique_ptr<Client> client_;
};

TEST_F(ClusterServerTest, EveryKeyGoesToItsNodeAtOnce) {
  for (int i = 0; i < 30; ++i) {
    const std::string key = client_->MakeKey(absl::StrCat(i), {"x"});
    ASSERT_THAT(Ask({"SET", key, "1"}), IsOk());
    EXPECT_EQ(
        cluster_->node(cluster_->FirstOwner(SlotOf(key))).Ask({"GET", key}),
        "1");
  }
  EXPECT_THAT(metrics_.Render(),
              HasSubstr("postern_test_redis_redirections_total 0\n"));
}

TEST_F(ClusterServerTest, Rd05AScriptTouchesTheKeysOfOneTag) {
  for (int i = 0; i < 10; ++i) {
    const std::string tag = absl::StrCat("client", i);
    EXPECT_THAT(
        Run({client_->MakeKey(tag, {"a"}), client_->MakeKey(tag, {"b"})}, "7"),
        IsOkAndHolds(Reply::OfString("7")));
  }
}

TEST_F(ClusterServerTest, Rd04FollowsASlotThatHasMoved) {
  const std::string key = client_->MakeKey("moving", {"x"});
  const int slot = SlotOf(key);
  const size_t from = cluster_->FirstOwner(slot);
  const size_t to = (from + 1) % 3;
  ASSERT_THAT(Ask({"SET", key, "1"}), IsOk());
  BeginMove(slot, from, to);
  MoveKey(key, from, to);
  EndMove(slot, from, to);
  EXPECT_THAT(Ask({"GET", key}), IsOkAndHolds(Reply::OfString("1")));
  EXPECT_THAT(metrics_.Render(),
              HasSubstr("postern_test_redis_redirections_total 1\n"));
  EXPECT_THAT(Ask({"GET", key}), IsOkAndHolds(Reply::OfString("1")));
  EXPECT_THAT(metrics_.Render(),
              HasSubstr("postern_test_redis_redirections_total 1\n"));
}

TEST_F(ClusterServerTest, Rd04FollowsAKeyOfASlotThatIsMoving) {
  const std::string a = client_->MakeKey("moving", {"a"});
  const std::string b = client_->MakeKey("moving", {"b"});
  const int slot = SlotOf(a);
  const size_t from = cluster_->FirstOwner(slot);
  const size_t to = (from + 1) % 3;
  ASSERT_THAT(Run({a, b}, "1"), IsOk());
  BeginMove(slot, from, to);
  MoveKey(a, from, to);
  // ASK: the one is there already and the other still here.
  EXPECT_THAT(Ask({"GET", a}), IsOkAndHolds(Reply::OfString("1")));
  EXPECT_THAT(Ask({"GET", b}), IsOkAndHolds(Reply::OfString("1")));
  // Both in one script: not before all have moved.
  EXPECT_THAT(Run({a, b}, "2"),
              StatusIs(absl::StatusCode::kUnavailable, HasSubstr("TRYAGAIN")));
  MoveKey(b, from, to);
  // The script is not known there.
  EXPECT_THAT(Run({a, b}, "3"), IsOkAndHolds(Reply::OfString("3")));
  EndMove(slot, from, to);
  EXPECT_THAT(Run({a, b}, "4"), IsOkAndHolds(Reply::OfString("4")));
}

TEST_F(ClusterServerTest, Rd01OneNodeThatIsAwayDoesNotDisturbTheOthers) {
  for (size_t node = 0; node < cluster_->size(); ++node) {
    cluster_->node(node).Ask(
        {"CONFIG", "SET", "cluster-require-full-coverage", "no"});
  }
  std::string here;
  std::string away;
  for (int i = 0; here.empty() || away.empty(); ++i) {
    const std::string key = client_->MakeKey(absl::StrCat(i), {"x"});
    (cluster_->FirstOwner(SlotOf(key)) == 2 ? away : here) = key;
  }
  ASSERT_THAT(Ask({"SET", here, "1"}), IsOk());
  ASSERT_THAT(Ask({"SET", away, "1"}), IsOk());
  cluster_->node(2).Kill();
  EXPECT_TRUE(Eventually([&] {
    return absl::IsUnavailable(Ask({"GET", away}).status());
  }));
  for (int i = 0; i < 20; ++i) {
    EXPECT_THAT(Ask({"GET", away}), StatusIs(absl::StatusCode::kUnavailable));
    EXPECT_THAT(Ask({"GET", here}), IsOkAndHolds(Reply::OfString("1")));
  }
}

TEST_F(ClusterServerTest, AClusterThatIsDownIsUnavailableAndNoMore) {
  const std::string key = client_->MakeKey("t", {"x"});
  ASSERT_THAT(Ask({"SET", key, "1"}), IsOk());
  const size_t owner = cluster_->FirstOwner(SlotOf(key));
  cluster_->node((owner + 1) % 3).Kill();
  EXPECT_TRUE(Eventually([&] {
    const absl::Status status = Ask({"SET", key, "2"}).status();
    return absl::IsUnavailable(status) &&
           std::string(status.message()).find("CLUSTERDOWN") !=
               std::string::npos;
  }));
}

TEST_F(ClusterServerTest, AnyNodeWillDoToBeginWith) {
  config_.clear_endpoints();
  {
    const auto gone = RedisServer::Start();
    config_.add_endpoints(gone->endpoint());
  }
  config_.add_endpoints(cluster_->node(2).endpoint());
  client_ = Client::Create(config_, {.runtime = *runtime_,
                                     .resolver = nullptr,
                                     .metrics = nullptr,
                                     .program = "other"})
                .value();
  EXPECT_THAT(Ask({"SET", "foo", "1"}), IsOk());
  EXPECT_THAT(Ask({"SET", "bar", "1"}), IsOk());
}

}  // namespace
}  // namespace postern::redis
