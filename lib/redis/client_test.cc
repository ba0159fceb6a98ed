#include "lib/redis/client.h"

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/metrics/metrics.h"
#include "lib/redis/fake_server.h"
#include "lib/testing/status_matchers.h"

namespace postern::redis {
namespace {

using ::postern::testing::IsOk;
using ::postern::testing::IsOkAndHolds;
using ::postern::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;

net::Deadline Late() { return net::Deadline::After(absl::Minutes(1)); }

const Script& OneScript() {
  static const Script script("return 1");
  return script;
}

class ClientTest : public ::testing::Test {
 protected:
  ClientTest() {
    config_.mutable_operation_timeout()->set_seconds(30);
    config_.set_key_prefix("postern:");
  }

  void Make(const FakeServer& server) {
    config_.clear_endpoints();
    config_.add_endpoints(server.endpoint().ToString());
    ClientParts parts = {.runtime = *runtime_,
                         .resolver = nullptr,
                         .metrics = &metrics_,
                         .program = "test"};
    client_ = Client::Create(config_, parts).value();
  }

  absl::StatusOr<Reply> Get(net::Deadline deadline = Late()) {
    return runtime_->BlockOn(client_->Command({"GET", "a"}, "a", deadline));
  }
  absl::StatusOr<Reply> Run(const std::vector<absl::string_view>& keys) {
    return runtime_->BlockOn(
        client_->Run(OneScript(), keys, {"argument"}, Late()));
  }

  std::unique_ptr<net::Runtime> runtime_ =
      net::Runtime::Create({.reactors = 2, .blocking_threads = 1}).value();
  metrics::Registry metrics_;
  config::v1::Redis config_;
  std::unique_ptr<Client> client_;
};

TEST_F(ClientTest, SendsACommandAndReturnsItsReply) {
  const FakeServer server(*runtime_, [](const auto&) { return ":7\r\n"; });
  Make(server);
  EXPECT_THAT(Get(), IsOkAndHolds(Reply::OfInteger(7)));
  EXPECT_THAT(client_->Healthy(), IsOk());
  EXPECT_THAT(
      metrics_.Render(),
      HasSubstr("postern_test_redis_commands_total{outcome=\"ok\"} 1\n"));
}

TEST_F(ClientTest, EveryReactorHasAConnectionOfItsOwn) {
  const FakeServer server(*runtime_, [](const auto&) { return ":7\r\n"; });
  Make(server);
  for (int i = 0; i < 4; ++i) {
    EXPECT_THAT(runtime_->BlockOn(runtime_->reactor(i % 2),
                                  client_->Command({"GET", "a"}, "a", Late())),
                IsOk());
  }
  EXPECT_EQ(server.connections(), 2);
}

TEST_F(ClientTest, AnErrorOfRedisIsAStatus) {
  const FakeServer server(*runtime_,
                          [](const auto&) { return "-WRONGTYPE x\r\n"; });
  Make(server);
  EXPECT_THAT(Get(),
              StatusIs(absl::StatusCode::kInternal, HasSubstr("WRONGTYPE")));
}

TEST_F(ClientTest, Rd02AReplyIsAwaitedForTheOperationTimeoutAtMost) {
  const FakeServer server(*runtime_, [](const auto&) { return ""; });
  config_.mutable_operation_timeout()->set_seconds(0);
  config_.mutable_operation_timeout()->set_nanos(30'000'000);
  Make(server);
  const absl::Time before = absl::Now();
  EXPECT_THAT(Get(), StatusIs(absl::StatusCode::kDeadlineExceeded));
  EXPECT_LT(absl::Now() - before, absl::Seconds(20));
}

TEST_F(ClientTest, Rd02AReplyIsAwaitedUntilTheDeadlineAtMost) {
  const FakeServer server(*runtime_, [](const auto&) { return ""; });
  Make(server);
  const net::Deadline soon = net::Deadline::After(absl::Milliseconds(20));
  EXPECT_THAT(Get(soon), StatusIs(absl::StatusCode::kDeadlineExceeded));
  EXPECT_THAT(
      metrics_.Render(),
      HasSubstr("postern_test_redis_commands_total{outcome=\"timeout\"} 1\n"));
}

TEST_F(ClientTest, Rd04AScriptThatIsNotKnownIsLoadedAndRunAgain) {
  std::atomic<bool> is_loaded = false;
  const FakeServer server(*runtime_, [&](const auto& command) {
    if (command[0] == "SCRIPT") {
      is_loaded = true;
      return "+digest\r\n";
    }
    return is_loaded ? ":1\r\n" : "-NOSCRIPT No matching script.\r\n";
  });
  Make(server);
  EXPECT_THAT(Run({"{t}a", "{t}b"}), IsOkAndHolds(Reply::OfInteger(1)));
  const std::string call =
      absl::StrCat("EVALSHA ", OneScript().digest(), " 2 {t}a {t}b argument");
  EXPECT_THAT(server.commands(),
              ElementsAre(call, "SCRIPT LOAD return 1", call));
}

TEST_F(ClientTest, Rd04AScriptIsLoadedOnlyOnce) {
  const FakeServer server(*runtime_, [&](const auto&) {
    return "-NOSCRIPT No matching script.\r\n";
  });
  Make(server);
  EXPECT_THAT(Run({"a"}),
              StatusIs(absl::StatusCode::kInternal, HasSubstr("NOSCRIPT")));
  EXPECT_THAT(server.commands(), SizeIs(3));
}

TEST_F(ClientTest, Rd04AScriptIsRunAgainOnceWhenTheConnectionBreaks) {
  std::atomic<int> calls = 0;
  std::atomic<int> hang_ups = 1;
  const FakeServer server(*runtime_, [&](const auto&) {
    return ++calls <= hang_ups ? FakeServer::kHangUp : ":1\r\n";
  });
  Make(server);
  EXPECT_THAT(Run({"a"}), IsOkAndHolds(Reply::OfInteger(1)));
  hang_ups = 99;
  calls = 0;
  EXPECT_THAT(Run({"a"}), StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_EQ(calls, 2);
}

TEST_F(ClientTest, ACommandIsNotSentAgainWhenTheConnectionBreaks) {
  std::atomic<int> calls = 0;
  const FakeServer server(*runtime_, [&](const auto&) {
    ++calls;
    return FakeServer::kHangUp;
  });
  Make(server);
  EXPECT_THAT(Get(), StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_EQ(calls, 1);
}

TEST_F(ClientTest, Rd05TheKeysOfAScriptMustShareATag) {
  const FakeServer server(*runtime_, [](const auto&) { return ":1\r\n"; });
  Make(server);
  EXPECT_THAT(Run({"{t}a", "{u}a"}),
              StatusIs(absl::StatusCode::kInternal, HasSubstr("hash tag")));
  EXPECT_THAT(Run({"a", "b"}), StatusIs(absl::StatusCode::kInternal));
  EXPECT_THAT(Run({}), StatusIs(absl::StatusCode::kInternal));
  EXPECT_THAT(server.commands(), IsEmpty());
  const std::string a = client_->MakeKey("t", {"a"});
  const std::string b = client_->MakeKey("t", {"b"});
  EXPECT_THAT(Run({a, b}), IsOk());
}

TEST_F(ClientTest, KeysBeginWithThePrefix) {
  const FakeServer server(*runtime_, [](const auto&) { return ":1\r\n"; });
  Make(server);
  EXPECT_EQ(client_->key_prefix(), "postern:");
  EXPECT_THAT(client_->MakeKey("t", {"a"}), StartsWith("postern:{t}:"));
}

TEST_F(ClientTest, Rd01ARedisThatIsAwayIsUnhealthy) {
  {
    const FakeServer server(*runtime_, [](const auto&) { return ":1\r\n"; });
    Make(server);
  }
  for (int i = 0; i < 5; ++i) {
    EXPECT_THAT(Get(), StatusIs(absl::StatusCode::kUnavailable));
  }
  EXPECT_THAT(client_->Healthy(), StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_THAT(metrics_.Render(), HasSubstr("postern_test_redis_up 0\n"));
}

TEST_F(ClientTest, ClosedItRefusesAndClosingTwiceIsClosingOnce) {
  const FakeServer server(*runtime_, [](const auto&) { return ":1\r\n"; });
  Make(server);
  EXPECT_THAT(Get(), IsOk());
  client_->Close();
  client_->Close();
  EXPECT_THAT(Get(), StatusIs(absl::StatusCode::kUnavailable));
}

TEST_F(ClientTest, FilesThatAreNotThereAreFoundEarly) {
  struct Case {
    const char* why;
    std::function<void(config::v1::Redis&)> set;
    const char* field;
  };
  const Case cases[] = {
      {"password", [](auto& c) { c.set_password_file("/nowhere/p"); },
       "redis.password_file: /nowhere/p"},
      {"sentinels' password",
       [](auto& c) { c.set_sentinel_password_file("/nowhere/p"); },
       "redis.sentinel_password_file: /nowhere/p"},
      {"authorities",
       [](auto& c) { c.mutable_tls()->set_ca_file("/nowhere/ca.pem"); },
       "/nowhere/ca.pem"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.why);
    config::v1::Redis config;
    config.add_endpoints("127.0.0.1:1");
    c.set(config);
    const auto client = Client::Create(config, {.runtime = *runtime_,
                                                .resolver = nullptr,
                                                .metrics = nullptr,
                                                .program = "test"});
    EXPECT_THAT(std::string(client.status().message()), HasSubstr(c.field));
  }
}

}  // namespace
}  // namespace postern::redis
