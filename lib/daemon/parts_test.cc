#include "lib/daemon/parts.h"

#include <csignal>
#include <ctime>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/base/status_macros.h"
#include "lib/daemon/example.pb.h"
#include "lib/net/deadline.h"
#include "lib/net/stream.h"
#include "lib/testing/status_matchers.h"

namespace postern::daemon {
namespace {

using ::postern::testing::IsOk;
using ::postern::testing::IsOkAndHolds;
using ::postern::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

net::Deadline Soon() { return net::Deadline::After(absl::Seconds(30)); }

// Says one word to whoever comes, then waits for the drain.
class Greeter final : public net::ConnectionHandler {
 public:
  explicit Greeter(net::Drain& drain) : drain_(drain) {}

  net::Task<> Serve(net::Stream stream) override {
    const net::DrainWatch watch(drain_, [&stream] { stream.Interrupt(); });
    const absl::Status written = co_await stream.Write("hello", Soon());
    if (!written.ok()) co_return;
    char buffer[16];
    co_await stream.Read(absl::MakeSpan(buffer), Soon());
  }

 private:
  net::Drain& drain_;
};

net::Task<absl::StatusOr<std::string>> ReadSome(net::Endpoint endpoint,
                                                std::string say) {
  CO_ASSIGN_OR_RETURN(net::Stream stream,
                      co_await net::Connect(endpoint, Soon()));
  CO_RETURN_IF_ERROR(co_await stream.Write(say, Soon()));
  char buffer[65536];
  CO_ASSIGN_OR_RETURN(const size_t n,
                      co_await stream.Read(absl::MakeSpan(buffer), Soon()));
  co_return std::string(buffer, n);
}

// A part that tells when it goes.
class Mourned {
 public:
  Mourned(int number, std::vector<int>& gone) : number_(number), gone_(gone) {}
  ~Mourned() { gone_.push_back(number_); }

 private:
  const int number_;
  std::vector<int>& gone_;
};

std::unique_ptr<Parts> MakeParts(const std::string& metrics) {
  config::v1::Daemon config;
  config.set_metrics(metrics);
  config.mutable_admin()->set_listen("");
  return std::make_unique<Parts>("example", config,
                                 net::Runtime::Create({.reactors = 2}).value());
}

const net::Endpoint kAnyPort = {
    .host = "127.0.0.1", .port = 0, .unix_path = {}};

TEST(PartsTest, AListenerAnswersOnceServingAndEndsWithTheDrain) {
  const auto parts = MakeParts("");
  auto& greeter = parts->Own(std::make_unique<Greeter>(parts->drain()));
  const auto endpoint = parts->Listen({.endpoint = kAnyPort}, greeter);
  ASSERT_THAT(endpoint, IsOk());
  ASSERT_THAT(parts->OpenOwnSockets(), IsOk());
  parts->Serve();
  EXPECT_THAT(parts->runtime().BlockOn(ReadSome(*endpoint, "x")),
              IsOkAndHolds("hello"));
  bool finished = false;
  parts->OnDrain([&finished](absl::Duration left) {
    finished = true;
    EXPECT_GT(left, absl::ZeroDuration());
  });
  EXPECT_TRUE(parts->Drain(absl::Seconds(30)));
  EXPECT_TRUE(finished);
}

TEST(PartsTest, TheEndOfReadinessAnnouncesTheDrain) {
  const auto parts = MakeParts("");
  ASSERT_THAT(parts->OpenOwnSockets(), IsOk());
  parts->Serve();
  EXPECT_FALSE(parts->drain().is_announced());
  parts->EndReadiness();
  EXPECT_TRUE(parts->drain().is_announced());
  EXPECT_FALSE(parts->drain().has_begun());
  EXPECT_TRUE(parts->Drain(absl::Seconds(30)));
}

TEST(PartsTest, MetricsAndReadinessAreServed) {
  const auto parts = MakeParts("127.0.0.1:0");
  absl::Status state;
  parts->AddReadiness("store", [&state] { return state; });
  ASSERT_THAT(parts->OpenOwnSockets(), IsOk());
  parts->Serve();
  const net::Endpoint http = parts->metrics_endpoint();
  EXPECT_THAT(
      parts->runtime().BlockOn(ReadSome(http, "GET /readyz HTTP/1.0\r\n\r\n")),
      IsOkAndHolds(HasSubstr("200 OK")));
  state = absl::UnavailableError("away");
  EXPECT_THAT(
      parts->runtime().BlockOn(ReadSome(http, "GET /readyz HTTP/1.0\r\n\r\n")),
      IsOkAndHolds(HasSubstr("store: away")));
  EXPECT_THAT(
      parts->runtime().BlockOn(ReadSome(http, "GET /metrics HTTP/1.0\r\n\r\n")),
      IsOkAndHolds(HasSubstr("postern_example_build_info")));
  EXPECT_TRUE(parts->Drain(absl::Seconds(30)));
}

TEST(PartsTest, APortThatIsTakenIsAnErrorWithItsName) {
  const auto first = MakeParts("127.0.0.1:0");
  ASSERT_THAT(first->OpenOwnSockets(), IsOk());
  const std::string taken = first->metrics_endpoint().ToString();
  EXPECT_THAT(MakeParts(taken)->OpenOwnSockets(),
              StatusIs(absl::StatusCode::kAlreadyExists, HasSubstr(taken)));
}

TEST(PartsTest, WhatWasOwnedLastGoesFirst) {
  std::vector<int> gone;
  {
    const auto parts = MakeParts("");
    parts->Own(std::make_unique<Mourned>(1, gone));
    parts->Own(std::make_unique<Mourned>(2, gone));
  }
  EXPECT_THAT(gone, ElementsAre(2, 1));
}

net::Task<> Nothing() { co_return; }

TEST(PartsTest, WhatIsToBeClosedFindsTheReactorsRunning) {
  std::vector<int> order;
  {
    const auto parts = MakeParts("");
    parts->Own(std::make_unique<Mourned>(3, order));
    net::Runtime& runtime = parts->runtime();
    parts->OnStop([&order] { order.push_back(2); });
    parts->OnStop([&order, &runtime] {
      runtime.BlockOn(Nothing());
      order.push_back(1);
    });
  }
  EXPECT_THAT(order, ElementsAre(1, 2, 3));
}

TEST(PartsTest, AReloadReachesEverybodyAndReportsTheFirstError) {
  const auto parts = MakeParts("");
  std::vector<std::string> seen;
  parts->OnReload<testing::Example>([&seen](const testing::Example& config) {
    seen.push_back(config.greeting());
    return absl::InvalidArgumentError("no");
  });
  parts->OnReload<testing::Example>([&seen](const testing::Example& config) {
    seen.push_back(config.greeting());
    return absl::OkStatus();
  });
  testing::Example config;
  config.set_greeting("hi");
  const absl::Status status = parts->Reload(config);
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(seen, ElementsAre("hi", "hi"));
  parts->NoteReload(status);
  EXPECT_THAT(parts->metrics().Render(),
              HasSubstr("postern_example_reloads_total{result=\"error\"} 1"));
}

TEST(PartsReloadTest, SaysWhatCameOfAReload) {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGHUP);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  Parts parts("example", config::v1::Daemon(),
              net::Runtime::Create({.reactors = 1}).value());
  for (const absl::Status& want :
       {absl::OkStatus(), absl::InvalidArgumentError("wrong")}) {
    absl::Status said;
    std::thread asker([&] { said = parts.ReloadNow(); });
    // As main() does.
    const timespec patience = {.tv_sec = 20, .tv_nsec = 0};
    EXPECT_EQ(::sigtimedwait(&signals, nullptr, &patience), SIGHUP);
    parts.NoteReloadBegins();
    parts.NoteReload(want);
    asker.join();
    EXPECT_EQ(said, want);
  }
}

}  // namespace
}  // namespace postern::daemon
