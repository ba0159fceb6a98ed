// The client and one real server.

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/base/file.h"
#include "lib/net/drain.h"
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
using ::testing::Not;

net::Deadline Late() { return net::Deadline::After(absl::Minutes(1)); }

const Script& CountScript() {
  static const Script script(R"lua(
    local n = redis.call('INCR', KEYS[1])
    redis.call('PEXPIRE', KEYS[1], ARGV[1])
    return {n, redis.call('PTTL', KEYS[1])})lua");
  return script;
}

class SingleServerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!RedisServer::IsInstalled()) GTEST_SKIP() << RedisServer::kMissing;
    config_.mutable_operation_timeout()->set_seconds(10);
    config_.mutable_circuit_breaker()->mutable_longest_pause()->set_nanos(
        50'000'000);
  }

  void Start(std::vector<std::string> config = {},
             std::vector<std::string> cli_flags = {}) {
    server_ = RedisServer::Start(std::move(config), std::move(cli_flags));
  }

  void Connect() {
    client_.reset();
    config_.clear_endpoints();
    config_.add_endpoints(server_->endpoint());
    client_ = Client::Create(config_, {.runtime = *runtime_,
                                       .resolver = nullptr,
                                       .metrics = nullptr,
                                       .program = "test"})
                  .value();
  }

  absl::StatusOr<Reply> Ask(const std::vector<absl::string_view>& args,
                            net::Deadline deadline = Late()) {
    const absl::string_view key = args.size() > 1 ? args[1] : "";
    return runtime_->BlockOn(client_->Command(args, key, deadline));
  }

  void SetOperationTimeout(absl::Duration timeout) {
    config_.mutable_operation_timeout()->set_seconds(0);
    config_.mutable_operation_timeout()->set_nanos(
        static_cast<int>(absl::ToInt64Nanoseconds(timeout)));
  }

  std::unique_ptr<net::Runtime> runtime_ =
      net::Runtime::Create({.reactors = 2, .blocking_threads = 1}).value();
  std::unique_ptr<RedisServer> server_;
  config::v1::Redis config_;
  std::unique_ptr<Client> client_;
};

TEST_F(SingleServerTest, StoresAndReads) {
  Start();
  Connect();
  const std::string binary("a\0\r\n\xff", 5);
  EXPECT_THAT(Ask({"SET", "key", binary}), IsOkAndHolds(Reply::OfString("OK")));
  EXPECT_THAT(Ask({"GET", "key"}), IsOkAndHolds(Reply::OfString(binary)));
  EXPECT_THAT(Ask({"GET", "nothing"}), IsOkAndHolds(Reply()));
}

TEST_F(SingleServerTest, IsKnownByItsName) {
  Start();
  Connect();
  ASSERT_THAT(Ask({"PING"}), IsOk());
  EXPECT_THAT(server_->Ask({"CLIENT", "LIST"}), HasSubstr("name=postern-test"));
}

TEST_F(SingleServerTest, UsesItsDatabase) {
  Start();
  config_.set_database(3);
  Connect();
  ASSERT_THAT(Ask({"SET", "key", "1"}), IsOk());
  EXPECT_EQ(server_->Ask({"EXISTS", "key"}), "0");
  EXPECT_EQ(server_->Ask({"-n", "3", "EXISTS", "key"}), "1");
}

TEST_F(SingleServerTest, ADatabaseThatIsNotThereIsNeverReplacedByAnother) {
  Start();
  config_.set_database(99);
  Connect();
  EXPECT_THAT(Ask({"SET", "key", "1"}),
              StatusIs(absl::StatusCode::kUnavailable, HasSubstr("SELECT")));
  EXPECT_EQ(server_->Ask({"EXISTS", "key"}), "0");
}

TEST_F(SingleServerTest, Rd08LogsInAsAnAclUserAndTakesANewPasswordFromItsFile) {
  const testing::TempDir directory;
  config_.set_username("postern");
  config_.set_password_file(directory.path() + "/password");
  ASSERT_THAT(WriteFile(config_.password_file(), "right\n"), IsOk());
  Start({"user default off", "user admin on >boss ~* +@all",
         "user postern on >right ~postern:* +@read +@write +client|setname"},
        {"--user", "admin", "--pass", "boss"});
  Connect();
  EXPECT_THAT(Ask({"SET", "postern:a", "1"}), IsOk());
  EXPECT_THAT(Ask({"SET", "other", "1"}),
              StatusIs(absl::StatusCode::kUnavailable, HasSubstr("NOPERM")));

  server_->Ask({"ACL", "SETUSER", "postern", "resetpass", ">changed"});
  server_->Ask({"CLIENT", "KILL", "USER", "postern"});
  EXPECT_TRUE(Eventually([&] { return !Ask({"GET", "postern:a"}).ok(); }));
  EXPECT_THAT(Ask({"GET", "postern:a"}), Not(IsOk()));
  ASSERT_THAT(WriteFile(config_.password_file(), "changed\n"), IsOk());
  EXPECT_TRUE(Eventually([&] { return Ask({"GET", "postern:a"}).ok(); }));
}

TEST_F(SingleServerTest, SpeaksOverAUnixSocket) {
  const testing::TempDir directory;
  Start({absl::StrCat("unixsocket ", directory.path(), "/redis.sock")});
  config_.add_endpoints("unix:" + directory.path() + "/redis.sock");
  client_ = Client::Create(config_, {.runtime = *runtime_,
                                     .resolver = nullptr,
                                     .metrics = nullptr,
                                     .program = "test"})
                .value();
  EXPECT_THAT(Ask({"PING"}), IsOkAndHolds(Reply::OfString("PONG")));
}

TEST_F(SingleServerTest, Rd04RunsAScriptAlsoAfterTheServerForgotIt) {
  Start();
  Connect();
  const std::string key = client_->MakeKey("t", {"count"});
  for (int n = 1; n <= 3; ++n) {
    const auto reply = runtime_->BlockOn(
        client_->Run(CountScript(), {key}, {"60000"}, Late()));
    ASSERT_THAT(reply, IsOk());
    const auto parts = reply->Array(2, 2);
    ASSERT_THAT(parts, IsOk());
    EXPECT_THAT((*parts)[0].Integer(0, 100), IsOkAndHolds(n));
    EXPECT_THAT((*parts)[1].Integer(1, 60'000), IsOk());
    EXPECT_EQ(server_->Ask({"SCRIPT", "FLUSH"}), "OK");
  }
}

TEST_F(SingleServerTest, Rd03GarbageUnderOurKeyIsAnErrorAndNothingWorse) {
  Start();
  Connect();
  const std::string key = client_->MakeKey("t", {"count"});
  server_->Ask({"RPUSH", key, "x"});
  EXPECT_THAT(
      runtime_->BlockOn(client_->Run(CountScript(), {key}, {"60000"}, Late())),
      StatusIs(absl::StatusCode::kInternal, HasSubstr("WRONGTYPE")));
  server_->Ask({"DEL", key});
  server_->Ask({"SET", key, std::string(100'000, 'x')});
  const auto reply = Ask({"GET", key});
  ASSERT_THAT(reply, IsOk());
  EXPECT_THAT(reply->String(64), StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_THAT(reply->Integer(0, 9), StatusIs(absl::StatusCode::kDataLoss));
}

TEST_F(SingleServerTest, Rd06OutOfMemoryIsResourceExhausted) {
  Start({"maxmemory 1", "maxmemory-policy noeviction"});
  Connect();
  EXPECT_THAT(Ask({"SET", "key", "1"}),
              StatusIs(absl::StatusCode::kResourceExhausted));
}

TEST_F(SingleServerTest, Rd02ASlowServerDoesNotHoldUsUp) {
  Start();
  SetOperationTimeout(absl::Milliseconds(100));
  Connect();
  ASSERT_THAT(Ask({"SET", "key", "1"}), IsOk());
  server_->Ask({"CLIENT", "PAUSE", "1500"});
  const absl::Time before = absl::Now();
  EXPECT_THAT(Ask({"GET", "key"}),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
  EXPECT_LT(absl::Now() - before, absl::Milliseconds(900));
  // The late reply is dropped; what comes after gets its own.
  EXPECT_TRUE(Eventually([&] {
    const auto reply = Ask({"ECHO", "hello"});
    return reply.ok() && *reply == Reply::OfString("hello");
  }));
}

TEST_F(SingleServerTest, Rd01AServerThatHangsIsLeftAloneUntilItGoesOn) {
  Start();
  SetOperationTimeout(absl::Milliseconds(50));
  Connect();
  ASSERT_THAT(Ask({"PING"}), IsOk());
  server_->Freeze();
  EXPECT_TRUE(
      Eventually([&] { return absl::IsUnavailable(Ask({"PING"}).status()); }));
  EXPECT_THAT(client_->Healthy(), Not(IsOk()));
  server_->Thaw();
  EXPECT_TRUE(Eventually([&] { return client_->Healthy().ok(); }))
      << "without traffic";
  EXPECT_THAT(Ask({"PING"}), IsOk());
}

struct Load {
  std::atomic<bool> is_over = false;
  std::atomic<int> good = 0;
  std::atomic<int> wrong = 0;
};

// Writes and reads its own key for as long as the load lasts.
net::Task<> Work(Client& client, int number, Load& load) {
  const std::string key = absl::StrCat("key", number);
  for (int i = 0; !load.is_over; ++i) {
    const std::string value = absl::StrCat(number, ":", i);
    const absl::string_view set[] = {"SET", key, value};
    const absl::StatusOr<Reply> stored =
        co_await client.Command(set, key, Late());
    if (!stored.ok()) {
      co_await net::Sleep(absl::Milliseconds(1));
      continue;
    }
    const absl::string_view get[] = {"GET", key};
    const absl::StatusOr<Reply> read =
        co_await client.Command(get, key, Late());
    if (!read.ok()) continue;
    // After a crash the server is empty.
    const bool is_right = *read == Reply::OfString(value) || read->is_nil();
    ++(is_right ? load.good : load.wrong);
  }
}

TEST_F(SingleServerTest, Rd01GoesOnByItselfAfterTheServerCameBackUnderLoad) {
  Start();
  Connect();
  Load load;
  net::Drain drain;
  for (int i = 0; i < 32; ++i) {
    net::Spawn(drain, runtime_->NextReactor(), Work(*client_, i, load));
  }
  for (int crash = 0; crash < 3; ++crash) {
    const int before = load.good;
    EXPECT_TRUE(Eventually([&] { return load.good > before + 1000; }));
    server_->Kill();
    EXPECT_TRUE(Eventually([&] { return !client_->Healthy().ok(); }));
    server_->Restart();
  }
  const int before = load.good;
  EXPECT_TRUE(Eventually([&] { return load.good > before + 1000; }));
  load.is_over = true;
  EXPECT_TRUE(drain.AwaitIdle(absl::Minutes(1)));
  EXPECT_EQ(load.wrong, 0);
  EXPECT_THAT(client_->Healthy(), IsOk());
}

TEST_F(SingleServerTest, ClosingUnderLoadEndsEverything) {
  Start();
  Connect();
  Load load;
  net::Drain drain;
  for (int i = 0; i < 32; ++i) {
    net::Spawn(drain, runtime_->NextReactor(), Work(*client_, i, load));
  }
  EXPECT_TRUE(Eventually([&] { return load.good > 100; }));
  client_->Close();
  load.is_over = true;
  EXPECT_TRUE(drain.AwaitIdle(absl::Minutes(1)));
  EXPECT_EQ(load.wrong, 0);
}

}  // namespace
}  // namespace postern::redis
