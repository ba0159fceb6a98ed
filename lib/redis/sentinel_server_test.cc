// The client, a real Sentinel and the servers that it watches.

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/base/file.h"
#include "lib/redis/client.h"
#include "lib/testing/redis_server.h"
#include "lib/testing/status_matchers.h"
#include "lib/testing/temp_dir.h"

namespace postern::redis {
namespace {

using ::postern::testing::Eventually;
using ::postern::testing::IsOk;
using ::postern::testing::IsOkAndHolds;
using ::postern::testing::RedisServer;
using ::postern::testing::StatusIs;
using ::testing::HasSubstr;

class SentinelServerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!RedisServer::IsInstalled()) GTEST_SKIP() << RedisServer::kMissing;
    master_ = RedisServer::Start({"repl-diskless-sync-delay 0"});
    replica_ = RedisServer::Start(
        {absl::StrCat("replicaof 127.0.0.1 ", master_->port())});
    ASSERT_TRUE(Eventually([&] {
      return replica_->Ask({"INFO", "replication"})
                 .find("master_link_status:up") != std::string::npos;
    }));
    sentinel_ = RedisServer::StartSentinel(
        {absl::StrCat("sentinel monitor mail 127.0.0.1 ", master_->port(),
                      " 1"),
         "sentinel down-after-milliseconds mail 300",
         "sentinel failover-timeout mail 5000"});
    ASSERT_TRUE(Eventually([&] {
      return sentinel_->Ask({"SENTINEL", "REPLICAS", "mail"})
                 .find(absl::StrCat(replica_->port())) != std::string::npos;
    }));
    config_.set_mode(config::v1::Redis::MODE_SENTINEL);
    config_.set_sentinel_master("mail");
    config_.mutable_operation_timeout()->set_seconds(10);
    config_.mutable_circuit_breaker()->mutable_longest_pause()->set_nanos(
        100'000'000);
    config_.add_endpoints(sentinel_->endpoint());
  }

  void Connect() {
    client_ = Client::Create(config_, {.runtime = *runtime_,
                                       .resolver = nullptr,
                                       .metrics = nullptr,
                                       .program = "test"})
                  .value();
  }

  absl::StatusOr<Reply> Ask(const std::vector<absl::string_view>& args) {
    return runtime_->BlockOn(client_->Command(
        args, args[1], net::Deadline::After(absl::Minutes(1))));
  }

  std::unique_ptr<net::Runtime> runtime_ =
      net::Runtime::Create({.reactors = 1, .blocking_threads = 1}).value();
  std::unique_ptr<RedisServer> master_;
  std::unique_ptr<RedisServer> replica_;
  std::unique_ptr<RedisServer> sentinel_;
  config::v1::Redis config_;
  std::unique_ptr<Client> client_;
};

TEST_F(SentinelServerTest, WritesToTheMaster) {
  Connect();
  EXPECT_THAT(Ask({"SET", "key", "1"}), IsOkAndHolds(Reply::OfString("OK")));
  EXPECT_EQ(master_->Ask({"GET", "key"}), "1");
}

TEST_F(SentinelServerTest, Rd04FollowsAFailoverThatIsAskedFor) {
  Connect();
  ASSERT_THAT(Ask({"SET", "key", "1"}), IsOk());
  // Not before it has come to know the replica well.
  ASSERT_TRUE(Eventually([&] {
    return sentinel_->Ask({"SENTINEL", "FAILOVER", "mail"}) == "OK";
  }));
  EXPECT_TRUE(Eventually([&] {
    return Ask({"SET", "key", "2"}).ok() &&
           replica_->Ask({"ROLE"}).find("master") == 0;
  }));
  // Sentinel gives a former master some eight seconds to notice by itself.
  const auto is_replica = [&] {
    return master_->Ask({"ROLE"}).find("slave") == 0;
  };
  ASSERT_TRUE(Eventually(is_replica) || Eventually(is_replica));
  EXPECT_TRUE(Eventually([&] { return Ask({"SET", "key", "3"}).ok(); }));
  EXPECT_EQ(replica_->Ask({"GET", "key"}), "3");
}

TEST_F(SentinelServerTest, Rd01FindsTheNewMasterWhenTheOldOneDies) {
  Connect();
  ASSERT_THAT(Ask({"SET", "key", "1"}), IsOk());
  master_->Kill();
  EXPECT_TRUE(Eventually([&] { return Ask({"SET", "key", "2"}).ok(); }));
  EXPECT_EQ(replica_->Ask({"GET", "key"}), "2");
  EXPECT_TRUE(Eventually([&] { return client_->Healthy().ok(); }));
}

TEST_F(SentinelServerTest, ASentinelThatIsAwayIsPassedOver) {
  config_.clear_endpoints();
  {
    const auto gone = RedisServer::Start();
    config_.add_endpoints(gone->endpoint());
  }
  config_.add_endpoints(sentinel_->endpoint());
  Connect();
  EXPECT_THAT(Ask({"SET", "key", "1"}), IsOk());
}

TEST_F(SentinelServerTest, WithoutAnySentinelItIsUnavailable) {
  sentinel_->Kill();
  Connect();
  EXPECT_THAT(Ask({"SET", "key", "1"}),
              StatusIs(absl::StatusCode::kUnavailable, HasSubstr("sentinel")));
}

TEST_F(SentinelServerTest, AMasterThatIsNotWatchedIsUnavailable) {
  config_.set_sentinel_master("unknown");
  Connect();
  EXPECT_THAT(Ask({"SET", "key", "1"}),
              StatusIs(absl::StatusCode::kUnavailable,
                       HasSubstr("no master of that name")));
}

TEST_F(SentinelServerTest, SentinelsMayAskForAPasswordOfTheirOwn) {
  const testing::TempDir directory;
  const std::string file = directory.path() + "/password";
  ASSERT_THAT(WriteFile(file, "watch\n"), IsOk());
  sentinel_->Ask({"ACL", "SETUSER", "default", "resetpass", ">watch"});
  Connect();
  EXPECT_THAT(Ask({"SET", "key", "1"}),
              StatusIs(absl::StatusCode::kUnavailable, HasSubstr("NOAUTH")));
  config_.set_sentinel_password_file(file);
  Connect();
  EXPECT_THAT(Ask({"SET", "key", "1"}), IsOk());
}

}  // namespace
}  // namespace postern::redis
