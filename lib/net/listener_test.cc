#include "lib/net/listener.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/base/status_macros.h"
#include "lib/net/deadline.h"
#include "lib/net/drain.h"
#include "lib/net/endpoint.h"
#include "lib/net/runtime.h"
#include "lib/net/socket_address.h"
#include "lib/net/stream.h"
#include "lib/net/task.h"
#include "lib/testing/status_matchers.h"
#include "lib/testing/temp_dir.h"

namespace postern::net {
namespace {

using ::postern::testing::IsOkAndHolds;
using ::postern::testing::StatusIs;
using ::testing::HasSubstr;
using ::testing::StartsWith;

Deadline Soon() { return Deadline::After(absl::Seconds(30)); }

// Sends back what it gets, until the drain begins.
class Echo final : public ConnectionHandler {
 public:
  explicit Echo(Drain& drain) : drain_(drain) {}

  Task<> Serve(Stream stream) override {
    const DrainWatch watch(drain_, [&stream] { stream.Interrupt(); });
    char buffer[512];
    while (true) {
      const absl::StatusOr<size_t> n =
          co_await stream.Read(absl::MakeSpan(buffer), Soon());
      if (!n.ok() || *n == 0) co_return;
      const absl::Status written =
          co_await stream.Write(absl::string_view(buffer, *n), Soon());
      if (!written.ok()) co_return;
    }
  }

 private:
  Drain& drain_;
};

Task<absl::StatusOr<std::string>> Ask(Endpoint endpoint, std::string text) {
  CO_ASSIGN_OR_RETURN(Stream stream, co_await Connect(endpoint, Soon()));
  CO_RETURN_IF_ERROR(co_await stream.Write(text, Soon()));
  char buffer[512];
  CO_ASSIGN_OR_RETURN(const size_t n,
                      co_await stream.Read(absl::MakeSpan(buffer), Soon()));
  co_return std::string(buffer, n);
}

class ListenerTest : public ::testing::Test {
 protected:
  ~ListenerTest() override {
    drain_.Begin();
    EXPECT_TRUE(drain_.AwaitIdle(absl::Seconds(30)));
  }

  absl::StatusOr<std::unique_ptr<Listener>> Open(ListenOptions options) {
    auto listener = Listener::Open(*runtime_, std::move(options));
    if (listener.ok()) (*listener)->Serve(drain_, echo_);
    return listener;
  }

  Drain drain_;
  Echo echo_{drain_};
  std::unique_ptr<Runtime> runtime_ = Runtime::Create({.reactors = 2}).value();
  testing::TempDir dir_;
};

TEST_F(ListenerTest, ServesTcpOnThePortThatTheKernelChose) {
  const auto listener =
      Open({.endpoint = Endpoint::Parse("127.0.0.1:0").value()}).value();
  EXPECT_NE(listener->endpoint().port, 0);
  for (int i = 0; i < 10; ++i) {
    EXPECT_THAT(runtime_->BlockOn(Ask(listener->endpoint(), "hello")),
                IsOkAndHolds("hello"));
  }
}

TEST_F(ListenerTest, ServesIpv6) {
  const auto listener = Open({.endpoint = Endpoint::Parse("[::1]:0").value()});
  if (!listener.ok()) GTEST_SKIP() << "no IPv6 here: " << listener.status();
  EXPECT_THAT(runtime_->BlockOn(Ask((*listener)->endpoint(), "six")),
              IsOkAndHolds("six"));
}

TEST_F(ListenerTest, AUnixSocketHasTheModeAskedForAndGoesAway) {
  const std::string path = dir_.path() + "/s";
  const auto listener =
      Open({.endpoint = {.host = {}, .port = 0, .unix_path = path},
            .unix_mode = 0620})
          .value();
  struct stat info;
  ASSERT_EQ(::stat(path.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0620u);
  EXPECT_THAT(runtime_->BlockOn(Ask(listener->endpoint(), "u")),
              IsOkAndHolds("u"));
  listener->Close();
  EXPECT_NE(::stat(path.c_str(), &info), 0);
}

TEST_F(ListenerTest, ReplacesADeadUnixSocketButNotALiveOne) {
  const std::string path = dir_.path() + "/s";
  const Endpoint endpoint = {.host = {}, .port = 0, .unix_path = path};
  const int dead = ::socket(AF_UNIX, SOCK_STREAM, 0);
  const SocketAddress address = SocketAddress::From(endpoint).value();
  ASSERT_EQ(::bind(dead, address.get(), address.size), 0);
  ::close(dead);
  const auto listener = Open({.endpoint = endpoint});
  ASSERT_TRUE(listener.ok()) << listener.status();
  EXPECT_THAT(
      Open({.endpoint = endpoint}),
      StatusIs(absl::StatusCode::kAlreadyExists, StartsWith("unix:" + path)));
}

TEST_F(ListenerTest, SaysThatAPortIsTaken) {
  const auto listener =
      Open({.endpoint = Endpoint::Parse("127.0.0.1:0").value()}).value();
  EXPECT_THAT(Open({.endpoint = listener->endpoint()}),
              StatusIs(absl::StatusCode::kAlreadyExists,
                       HasSubstr("address already in use")));
}

TEST_F(ListenerTest, UnknownOwnersAreRefused) {
  EXPECT_THAT(
      Open(
          {.endpoint = {.host = {}, .port = 0, .unix_path = dir_.path() + "/s"},
           .unix_owner = "no-such-user"}),
      StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("no-such-user")));
}

Task<absl::StatusOr<size_t>> ReadEnd(Endpoint endpoint) {
  CO_ASSIGN_OR_RETURN(Stream stream, co_await Connect(endpoint, Soon()));
  char buffer[16];
  co_return co_await stream.Read(absl::MakeSpan(buffer), Soon());
}

TEST_F(ListenerTest, ClosesWhatIsBeyondTheLimit) {
  const auto listener =
      Open({.endpoint = Endpoint::Parse("127.0.0.1:0").value(),
            .max_connections = 0})
          .value();
  EXPECT_THAT(runtime_->BlockOn(ReadEnd(listener->endpoint())),
              IsOkAndHolds(0u));
  EXPECT_EQ(listener->refused_connections(), 1u);
}

TEST_F(ListenerTest, AcceptsNothingOnceClosed) {
  const auto listener =
      Open({.endpoint = Endpoint::Parse("127.0.0.1:0").value()}).value();
  listener->Close();
  EXPECT_THAT(runtime_->BlockOn(Ask(listener->endpoint(), "x")),
              StatusIs(absl::StatusCode::kUnavailable));
}

}  // namespace
}  // namespace postern::net
