#include "lib/redis/node.h"

#include <atomic>
#include <memory>
#include <string>

#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/net/runtime.h"
#include "lib/redis/command.h"
#include "lib/redis/fake_server.h"
#include "lib/testing/status_matchers.h"

namespace postern::redis {
namespace {

using ::postern::testing::IsOk;
using ::postern::testing::StatusIs;
using ::testing::HasSubstr;
using Fate = Answer::Fate;

net::Task<Answer> Ask(Node& node, absl::Duration wait) {
  const std::string wire = FormatCommand({"GET", "a"});
  const net::Deadline deadline = net::Deadline::After(wait);
  co_return co_await node.Roundtrip(wire, 0, deadline);
}

net::Task<> CloseIt(Node& node) {
  node.Close();
  co_return;
}

// Waits until the node lets commands pass again.
net::Task<bool> ComesBack(Node& node) {
  const net::Deadline end = net::Deadline::After(absl::Minutes(1));
  while (!end.has_passed()) {
    const Answer answer = co_await Ask(node, absl::Milliseconds(30));
    if (answer.fate == Fate::kReplied) co_return true;
    co_await net::Yield();
  }
  co_return false;
}

class NodeTest : public ::testing::Test {
 protected:
  NodeTest() {
    Dialer::Options options;
    options.timeout = absl::Seconds(30);
    options.login.client_name = "postern-test";
    dialer_ = std::make_unique<Dialer>(options);
    settings_ = std::make_unique<Node::Settings>(
        Node::Settings{.dialer = *dialer_,
                       .drain = drain_,
                       .meters = meters_,
                       .health = health_,
                       .operation_timeout = absl::Milliseconds(30),
                       .breaker = {.failures = 2,
                                   .shortest_pause = absl::Milliseconds(1),
                                   .longest_pause = absl::Milliseconds(4)},
                       .connections = 1});
    Make(server_.endpoint());
  }

  ~NodeTest() override { Close(); }

  void Make(const net::Endpoint& endpoint) {
    node_ = std::make_shared<Node>(endpoint, *settings_, [this] { ++broken_; });
  }

  void Close() {
    runtime_->BlockOn(CloseIt(*node_));
    EXPECT_TRUE(drain_.AwaitIdle(absl::Minutes(1)));
  }

  Answer Ask(absl::Duration wait = absl::Milliseconds(30)) {
    return runtime_->BlockOn(redis::Ask(*node_, wait));
  }

  void SetAnswer(const char* answer) { answer_ = answer; }

  std::unique_ptr<net::Runtime> runtime_ =
      net::Runtime::Create({.reactors = 1, .blocking_threads = 1}).value();
  std::atomic<const char*> answer_ = "+fine\r\n";
  FakeServer server_{*runtime_, [this](const FakeServer::Words&) {
                       return std::string(answer_.load());
                     }};
  net::Drain drain_;
  Meters meters_{nullptr, "test"};
  Health health_{meters_};
  std::unique_ptr<Dialer> dialer_;
  std::unique_ptr<Node::Settings> settings_;
  std::shared_ptr<Node> node_;
  int broken_ = 0;
};

TEST_F(NodeTest, PassesCommandsOn) {
  EXPECT_EQ(Ask().reply, Reply::OfString("fine"));
  EXPECT_TRUE(node_->is_idle());
  EXPECT_THAT(health_.Current(), IsOk());
}

TEST_F(NodeTest, Rd01LeavesAServerAloneThatFailsAgainAndAgain) {
  SetAnswer("");
  EXPECT_EQ(Ask().fate, Fate::kTimedOut);
  EXPECT_THAT(health_.Current(), IsOk());
  EXPECT_EQ(Ask().fate, Fate::kTimedOut);
  const Answer refused = Ask();
  EXPECT_EQ(refused.fate, Fate::kRefused);
  EXPECT_THAT(refused.status,
              StatusIs(absl::StatusCode::kUnavailable, HasSubstr("no reply")));
  EXPECT_THAT(health_.Current(),
              StatusIs(absl::StatusCode::kUnavailable, HasSubstr("no reply")));
}

TEST_F(NodeTest, Rd01ComesBackByItself) {
  SetAnswer(FakeServer::kHangUp);
  Ask();
  Ask();
  ASSERT_EQ(Ask().fate, Fate::kRefused);
  SetAnswer("+fine\r\n");
  EXPECT_TRUE(runtime_->BlockOn(ComesBack(*node_)));
  EXPECT_THAT(health_.Current(), IsOk());
}

TEST_F(NodeTest, AServerThatIsNotReadyIsAFailure) {
  SetAnswer("-LOADING Redis is loading the dataset in memory\r\n");
  Ask();
  Ask();
  EXPECT_EQ(Ask().fate, Fate::kRefused);
  EXPECT_THAT(health_.Current(),
              StatusIs(absl::StatusCode::kUnavailable, HasSubstr("LOADING")));
}

TEST_F(NodeTest, AnErrorOfTheCommandIsNoFailure) {
  SetAnswer("-WRONGTYPE Operation against a key\r\n");
  for (int i = 0; i < 5; ++i) EXPECT_EQ(Ask().fate, Fate::kReplied);
}

TEST_F(NodeTest, WhoCouldNotWaitDoesNotCount) {
  Ask();  // The connection is there.
  SetAnswer("");
  settings_->operation_timeout = absl::Minutes(1);
  for (int i = 0; i < 5; ++i) {
    EXPECT_NE(Ask(absl::ZeroDuration()).fate, Fate::kRefused);
  }
}

TEST_F(NodeTest, TellsWhenAConnectionBreaks) {
  SetAnswer(FakeServer::kHangUp);
  EXPECT_EQ(Ask(absl::Minutes(1)).fate, Fate::kLost);
  EXPECT_EQ(broken_, 1);
}

TEST_F(NodeTest, SpreadsCommandsOverItsConnections) {
  Close();
  settings_->connections = 3;
  Make(server_.endpoint());
  for (int i = 0; i < 6; ++i) Ask(absl::Minutes(1));
  EXPECT_EQ(server_.connections(), 3);
}

TEST_F(NodeTest, ANodeThatIsClosedIsNobodysTrouble) {
  SetAnswer("");
  Ask();
  Ask();
  ASSERT_THAT(health_.Current(), StatusIs(absl::StatusCode::kUnavailable));
  Close();
  EXPECT_THAT(health_.Current(), IsOk());
}

}  // namespace
}  // namespace postern::redis
