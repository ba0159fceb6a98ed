#include "lib/redis/dialer.h"

#include <memory>
#include <string>

#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/base/file.h"
#include "lib/dns/fake_resolver.h"
#include "lib/net/runtime.h"
#include "lib/redis/fake_server.h"
#include "lib/testing/status_matchers.h"
#include "lib/testing/temp_dir.h"

namespace postern::redis {
namespace {

using ::postern::testing::IsOk;
using ::postern::testing::StatusIs;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

std::string SayOk(const FakeServer::Words&) { return "+OK\r\n"; }
std::string SayNothing(const FakeServer::Words&) { return ""; }

// Dial() without the stream, which must end on its reactor.
net::Task<absl::Status> TryDial(const Dialer& dialer, net::Endpoint endpoint) {
  const absl::StatusOr<net::Stream> stream = co_await dialer.Dial(endpoint);
  co_return stream.status();
}

class DialerTest : public ::testing::Test {
 protected:
  DialerTest() {
    options_.timeout = absl::Seconds(30);
    options_.login.client_name = "postern-test";
  }

  absl::Status Dial(net::Endpoint endpoint) {
    const Dialer dialer(options_);
    return runtime_->BlockOn(TryDial(dialer, std::move(endpoint)));
  }

  std::unique_ptr<net::Runtime> runtime_ =
      net::Runtime::Create({.reactors = 1, .blocking_threads = 1}).value();
  Dialer::Options options_;
};

TEST_F(DialerTest, ConnectsAndLogsIn) {
  const FakeServer server(*runtime_, SayOk);
  options_.login.database = 2;
  EXPECT_THAT(Dial(server.endpoint()), IsOk());
  EXPECT_THAT(server.commands(), ElementsAre("SELECT 2"));
}

TEST_F(DialerTest, ReadsThePasswordAnewForEveryConnection) {
  const testing::TempDir directory;
  options_.login.password_file = directory.path() + "/password";
  const FakeServer server(*runtime_, SayOk);
  ASSERT_THAT(WriteFile(options_.login.password_file, "old\n"), IsOk());
  EXPECT_THAT(Dial(server.endpoint()), IsOk());
  ASSERT_THAT(WriteFile(options_.login.password_file, "new\n"), IsOk());
  EXPECT_THAT(Dial(server.endpoint()), IsOk());
  EXPECT_THAT(server.commands(),
              ElementsAre("AUTH default old", "AUTH default new"));
}

TEST_F(DialerTest, WithoutItsPasswordItSaysNothing) {
  options_.login.password_file = "/nowhere/password";
  const FakeServer server(*runtime_, SayOk);
  EXPECT_THAT(
      Dial(server.endpoint()),
      StatusIs(absl::StatusCode::kUnavailable, HasSubstr("/nowhere/password")));
  EXPECT_THAT(server.commands(), IsEmpty());
}

TEST_F(DialerTest, ErrorsBeginWithTheEndpoint) {
  const FakeServer server(*runtime_, [](const auto&) {
    return "-ERR DB index is out of range\r\n";
  });
  options_.login.database = 99;
  EXPECT_THAT(Dial(server.endpoint()),
              StatusIs(absl::StatusCode::kUnavailable,
                       AllOf(HasSubstr(server.endpoint().ToString()),
                             HasSubstr("out of range"))));
}

TEST_F(DialerTest, NobodyThereIsUnavailable) {
  net::Endpoint nobody;
  {
    const FakeServer server(*runtime_, SayOk);
    nobody = server.endpoint();
  }
  EXPECT_THAT(Dial(nobody), StatusIs(absl::StatusCode::kUnavailable,
                                     HasSubstr(nobody.ToString())));
}

TEST_F(DialerTest, AServerThatSaysNothingIsGivenUp) {
  options_.timeout = absl::Milliseconds(30);
  options_.login.database = 1;
  const FakeServer server(*runtime_, SayNothing);
  EXPECT_THAT(Dial(server.endpoint()),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
}

TEST_F(DialerTest, TriesTheAddressesOfANameInTurn) {
  const FakeServer server(*runtime_, SayOk);
  // Nothing listens at 127.0.0.2, or only others do: at this port nobody.
  dns::FakeResolver resolver(
      "redis.example.org A 127.0.0.2\nredis.example.org A 127.0.0.1\n");
  options_.resolver = &resolver;
  net::Endpoint named = server.endpoint();
  named.host = "redis.example.org";
  EXPECT_THAT(Dial(named), IsOk());
  EXPECT_EQ(server.connections(), 1);
}

TEST_F(DialerTest, ANameThatDoesNotExistIsUnavailable) {
  dns::FakeResolver resolver;
  options_.resolver = &resolver;
  net::Endpoint named;
  named.host = "redis.example.org";
  named.port = 6379;
  EXPECT_THAT(Dial(named), StatusIs(absl::StatusCode::kUnavailable,
                                    HasSubstr("redis.example.org:6379")));
}

TEST_F(DialerTest, WithoutAResolverANameCannotBeReached) {
  net::Endpoint named;
  named.host = "redis.example.org";
  named.port = 6379;
  EXPECT_THAT(Dial(named), Not(IsOk()));
}

}  // namespace
}  // namespace postern::redis
