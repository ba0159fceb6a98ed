#include "dkimd/replay_counter.h"

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/base/fake_clock.h"
#include "lib/config/config.h"
#include "lib/net/runtime.h"
#include "lib/testing/redis_server.h"
#include "lib/testing/status_matchers.h"

namespace postern::dkimd {
namespace {

using ::postern::testing::IsOkAndHolds;
using ::postern::testing::RedisServer;
using ::postern::testing::StatusIs;

class ReplayCounterTest : public ::testing::Test {
 protected:
  absl::StatusOr<uint64_t> See(ReplayCounter& counter, const char* signature) {
    return runtime_->BlockOn(
        counter.See(signature, net::Deadline::After(absl::Seconds(10))));
  }

  std::unique_ptr<net::Runtime> runtime_ =
      net::Runtime::Create({.reactors = 1, .blocking_threads = 1}).value();
  FakeClock clock_;
};

TEST_F(ReplayCounterTest, Dk14OneSignatureIsCountedWithinAWindow) {
  LocalReplayCounter counter(absl::Hours(1), 100, clock_);
  EXPECT_THAT(See(counter, "a"), IsOkAndHolds(1));
  EXPECT_THAT(See(counter, "b"), IsOkAndHolds(1));
  clock_.Advance(absl::Minutes(59));
  EXPECT_THAT(See(counter, "a"), IsOkAndHolds(2));
  clock_.Advance(absl::Minutes(1));
  EXPECT_THAT(See(counter, "a"), IsOkAndHolds(1));
}

TEST_F(ReplayCounterTest, OnlyTheLatestSignaturesAreRemembered) {
  LocalReplayCounter counter(absl::Hours(1), 2, clock_);
  for (const char* signature : {"a", "b", "c"}) {
    EXPECT_THAT(See(counter, signature), IsOkAndHolds(1));
  }
  EXPECT_THAT(See(counter, "c"), IsOkAndHolds(2));
  EXPECT_THAT(See(counter, "b"), IsOkAndHolds(2));
  EXPECT_THAT(See(counter, "a"), IsOkAndHolds(1));
}

class RedisReplayCounterTest : public ReplayCounterTest {
 protected:
  void SetUp() override {
    if (!RedisServer::IsInstalled()) GTEST_SKIP() << RedisServer::kMissing;
    server_ = RedisServer::Start();
    config::v1::Redis config;
    ASSERT_TRUE(config::Load(absl::StrCat("endpoints: ", server_->endpoint(),
                                          "\noperation_timeout: 5s\n"),
                             "redis.yaml", config)
                    .ok());
    client_ = redis::Client::Create(config, {.runtime = *runtime_}).value();
  }

  std::unique_ptr<RedisServer> server_;
  std::unique_ptr<redis::Client> client_;
};

TEST_F(RedisReplayCounterTest, ReplicasCountTogether) {
  RedisReplayCounter one(absl::Hours(1), *client_);
  RedisReplayCounter two(absl::Hours(1), *client_);
  EXPECT_THAT(See(one, "a"), IsOkAndHolds(1));
  EXPECT_THAT(See(two, "a"), IsOkAndHolds(2));
  EXPECT_THAT(See(two, "b"), IsOkAndHolds(1));
}

TEST_F(RedisReplayCounterTest, RD03AndRD06GarbageIsNoCountAndKeysEnd) {
  RedisReplayCounter counter(absl::Hours(1), *client_);
  for (const char* garbage : {"nothing", "-3", "99999999999999999999"}) {
    EXPECT_THAT(See(counter, "a"), IsOkAndHolds(1));
    server_->Ask({"SET", server_->Ask({"KEYS", "*"}), garbage});
  }
  EXPECT_THAT(See(counter, "a"), IsOkAndHolds(1));
  EXPECT_EQ(server_->Ask({"TTL", server_->Ask({"KEYS", "*"})}), "3600");
}

TEST_F(RedisReplayCounterTest, ARedisThatIsAwayIsAnError) {
  RedisReplayCounter counter(absl::Hours(1), *client_);
  server_->Kill();
  EXPECT_THAT(See(counter, "a"), StatusIs(absl::StatusCode::kUnavailable));
}

}  // namespace
}  // namespace postern::dkimd
