#include "lib/table/redis_table.h"

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/net/runtime.h"
#include "lib/testing/redis_server.h"
#include "lib/testing/status_matchers.h"

namespace postern::table {
namespace {

using ::postern::testing::IsOkAndHolds;
using ::postern::testing::RedisServer;
using ::postern::testing::StatusIs;
using ::testing::HasSubstr;

class RedisTableTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!RedisServer::IsInstalled()) GTEST_SKIP() << RedisServer::kMissing;
    server_ = RedisServer::Start();
    config::v1::Redis config;
    config.add_endpoints(server_->endpoint());
    config.set_key_prefix("test:");
    config.mutable_operation_timeout()->set_seconds(10);
    client_ = redis::Client::Create(config, {.runtime = *runtime_}).value();
  }

  std::unique_ptr<Table> Opened(absl::string_view spec) {
    return Open(spec, {.redis = client_.get(), .timeout = absl::Seconds(20)})
        .value();
  }
  absl::StatusOr<std::string> Found(absl::string_view spec,
                                    absl::string_view key) {
    const std::unique_ptr<Table> table = Opened(spec);
    const absl::StatusOr<std::optional<std::string>> value =
        runtime_->BlockOn(table->Find(key));
    if (!value.ok()) return value.status();
    return value->value_or("none");
  }

  const std::unique_ptr<net::Runtime> runtime_ =
      net::Runtime::Create({.reactors = 1}).value();
  std::unique_ptr<RedisServer> server_;
  std::unique_ptr<redis::Client> client_;
};

TEST_F(RedisTableTest, FindsTheFieldsOfAHash) {
  server_->Ask({"HSET", "test:access", "example.org", "REJECT go away"});
  EXPECT_THAT(Found("redis:access", "Example.ORG"),
              IsOkAndHolds("REJECT go away"));
  EXPECT_THAT(Found("redis:access", "example.net"), IsOkAndHolds("none"));
  EXPECT_THAT(Found("redis:other", "example.org"), IsOkAndHolds("none"));
}

TEST_F(RedisTableTest, SeesAChangeAtOnce) {
  const std::unique_ptr<Table> table = Opened("redis:access");
  EXPECT_FALSE(table->is_local());
  EXPECT_THAT(table->Refresh(), IsOkAndHolds(false));
  server_->Ask({"HSET", "test:access", "a", "b"});
  EXPECT_THAT(Found("redis:access", "a"), IsOkAndHolds("b"));
  server_->Ask({"HDEL", "test:access", "a"});
  EXPECT_THAT(Found("redis:access", "a"), IsOkAndHolds("none"));
}

TEST_F(RedisTableTest, StandsInsideOtherTables) {
  server_->Ask({"HSET", "test:names", "user", "other"});
  EXPECT_THAT(Found("pipemap:{redis:names, inline:{other=found}}", "user"),
              IsOkAndHolds("found"));
}

// MTA-32: a key of bytes that mean something to Redis is one field's name.
TEST_F(RedisTableTest, AKeyCannotBecomeACommand) {
  server_->Ask({"SET", "test:secret", "s"});
  for (absl::string_view key : {"x\r\nFLUSHALL\r\n", "*1\r\n$8\r\nFLUSHALL\r\n",
                                "test:secret", "{a}b", " "}) {
    EXPECT_THAT(Found("redis:access", key), IsOkAndHolds("none"));
  }
  EXPECT_EQ(server_->Ask({"GET", "test:secret"}), "s");
}

TEST_F(RedisTableTest, WhatIsStoredWronglyIsAnErrorAndNotNothing) {
  server_->Ask({"SET", "test:access", "a string"});
  EXPECT_THAT(
      Found("redis:access", "a"),
      StatusIs(absl::StatusCode::kUnavailable, HasSubstr("redis:access: ")));
  server_->Ask({"HSET", "test:long", "a", std::string((64 << 10) + 1, 'x')});
  EXPECT_THAT(Found("redis:long", "a"), StatusIs(absl::StatusCode::kUnavailable,
                                                 HasSubstr("redis:long: ")));
}

TEST_F(RedisTableTest, ARedisThatIsAwayIsAnErrorAndNotNothing) {
  server_->Ask({"HSET", "test:access", "a", "b"});
  server_->Kill();
  EXPECT_THAT(
      Found("redis:access", "a"),
      StatusIs(absl::StatusCode::kUnavailable, HasSubstr("redis:access: ")));
}

TEST_F(RedisTableTest, WantsAPlainName) {
  for (absl::string_view spec :
       {"redis:", "redis:a b", "redis:{a}", "redis:/a"}) {
    EXPECT_THAT(Open(spec, {.redis = client_.get()}),
                StatusIs(absl::StatusCode::kInvalidArgument,
                         HasSubstr("a name of letters")))
        << spec;
  }
}

}  // namespace
}  // namespace postern::table
