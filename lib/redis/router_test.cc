#include "lib/redis/router.h"

#include <atomic>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/net/runtime.h"
#include "lib/redis/cluster.h"
#include "lib/redis/command.h"
#include "lib/redis/fake_server.h"
#include "lib/testing/status_matchers.h"

namespace postern::redis {
namespace {

using ::postern::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

constexpr uint16_t kSlot = 7;

net::Task<Answer> Send(Router& router, std::string preparation,
                       absl::Duration wait) {
  const std::string wire = FormatCommand({"GET", "a"});
  const Request request = {
      .wire = wire, .slot = kSlot, .preparation = preparation};
  const net::Deadline deadline = net::Deadline::After(wait);
  co_return co_await router.Send(request, deadline);
}

net::Task<> CloseIt(Router& router) {
  router.Close();
  co_return;
}

// A topology that a test sets: one node, or none until it is learned.
struct World {
  std::atomic<int> learned = 0;
  net::Endpoint present;
  net::Endpoint next;  // What Learn() finds; without port: an error.
};

class SetTopology final : public Topology {
 public:
  explicit SetTopology(World& world) : world_(world) {}
  const net::Endpoint* NodeOf(uint16_t) const override {
    return world_.present.port == 0 ? nullptr : &world_.present;
  }
  std::vector<net::Endpoint> Nodes() const override {
    if (world_.present.port == 0) return {};
    return {world_.present};
  }
  net::Task<absl::Status> Learn() override {
    ++world_.learned;
    co_await net::Yield();
    if (world_.next.port == 0) co_return absl::UnavailableError("no idea");
    world_.present = world_.next;
    co_return absl::OkStatus();
  }
  bool FollowsRedirections() const override { return false; }
  void Move(uint16_t, const net::Endpoint&) override {}
  bool Lose(const net::Endpoint&) override {
    world_.present = net::Endpoint();
    return true;
  }

 private:
  World& world_;
};

class RouterTest : public ::testing::Test {
 protected:
  RouterTest() {
    Dialer::Options options;
    options.timeout = absl::Seconds(30);
    options.login.client_name = "postern-test";
    dialer_ = std::make_unique<Dialer>(options);
    settings_ = std::make_unique<Node::Settings>(
        Node::Settings{.dialer = *dialer_,
                       .drain = drain_,
                       .meters = meters_,
                       .health = health_,
                       .operation_timeout = absl::Seconds(30),
                       .breaker = {},
                       .connections = 1});
  }

  ~RouterTest() override {
    if (router_) runtime_->BlockOn(CloseIt(*router_));
    EXPECT_TRUE(drain_.AwaitIdle(absl::Minutes(1)));
  }

  void Make(std::unique_ptr<Topology> topology) {
    router_ = std::make_unique<Router>(std::move(topology), *settings_);
  }
  // A cluster whose one known node says that it serves everything.
  void MakeCluster(const FakeServer& seed) {
    Make(std::make_unique<Cluster>(std::vector<net::Endpoint>{seed.endpoint()},
                                   *dialer_, absl::Seconds(30)));
  }

  Answer Send(std::string preparation = "",
              absl::Duration wait = absl::Minutes(1)) {
    return runtime_->BlockOn(
        redis::Send(*router_, std::move(preparation), wait));
  }

  std::unique_ptr<net::Runtime> runtime_ =
      net::Runtime::Create({.reactors = 1, .blocking_threads = 1}).value();
  net::Drain drain_;
  Meters meters_{nullptr, "test"};
  Health health_{meters_};
  std::unique_ptr<Dialer> dialer_;
  std::unique_ptr<Node::Settings> settings_;
  World world_;  // Until the router has ended.
  std::unique_ptr<Router> router_;
};

// Answers CLUSTER SLOTS: whoever is asked serves all.
constexpr char kAllMine[] = "*1\r\n*3\r\n:0\r\n:16383\r\n*2\r\n$-1\r\n:";
std::string AllAt(uint16_t port) {
  return absl::StrCat(kAllMine, port, "\r\n");
}
std::string Redirect(const char* word, const net::Endpoint& to) {
  return absl::StrCat("-", word, " ", kSlot, " ", to.ToString(), "\r\n");
}

TEST_F(RouterTest, AsksTheOneServer) {
  const FakeServer server(*runtime_, [](const auto&) { return "+hi\r\n"; });
  Make(std::make_unique<SingleServer>(server.endpoint()));
  EXPECT_EQ(Send().reply, Reply::OfString("hi"));
  EXPECT_THAT(server.commands(), ElementsAre("GET a"));
}

TEST_F(RouterTest, APreparationGoesFirstToTheSameServer) {
  const FakeServer server(*runtime_, [](const auto& command) {
    return absl::StrCat("+", command[0], "\r\n");
  });
  Make(std::make_unique<SingleServer>(server.endpoint()));
  EXPECT_EQ(Send(FormatCommand({"SCRIPT", "LOAD", "x"})).reply,
            Reply::OfString("GET"));
  EXPECT_THAT(server.commands(), ElementsAre("SCRIPT LOAD x", "GET a"));
}

TEST_F(RouterTest, OneServerCannotSendUsElsewhere) {
  const FakeServer other(*runtime_, [](const auto&) { return "+hi\r\n"; });
  for (const char* word : {"MOVED", "ASK"}) {
    const FakeServer server(*runtime_, [&](const auto&) {
      return Redirect(word, other.endpoint());
    });
    Make(std::make_unique<SingleServer>(server.endpoint()));
    EXPECT_TRUE(Send().reply.is_error());
    EXPECT_EQ(other.connections(), 0);
    runtime_->BlockOn(CloseIt(*router_));
    ASSERT_TRUE(drain_.AwaitIdle(absl::Minutes(1)));
  }
}

TEST_F(RouterTest, Rd04FollowsMovedAndRemembersIt) {
  const FakeServer target(*runtime_, [&](const auto& command) {
    return command[0] == "CLUSTER" ? "-ERR not now\r\n" : "+hi\r\n";
  });
  std::atomic<uint16_t> own_port = 0;
  const FakeServer server(*runtime_, [&](const auto& command) {
    return command[0] == "CLUSTER" ? AllAt(own_port)
                                   : Redirect("MOVED", target.endpoint());
  });
  own_port = server.endpoint().port;
  MakeCluster(server);
  EXPECT_EQ(Send().reply, Reply::OfString("hi"));
  EXPECT_EQ(Send().reply, Reply::OfString("hi"));
  EXPECT_THAT(server.commands(), ElementsAre("CLUSTER SLOTS", "GET a"));
}

TEST_F(RouterTest, Rd04FollowsAskOnceWithAskingBeforeTheCommand) {
  const FakeServer target(*runtime_, [](const auto&) { return "+hi\r\n"; });
  std::atomic<uint16_t> own_port = 0;
  const FakeServer server(*runtime_, [&](const auto& command) {
    return command[0] == "CLUSTER" ? AllAt(own_port)
                                   : Redirect("ASK", target.endpoint());
  });
  own_port = server.endpoint().port;
  MakeCluster(server);
  EXPECT_EQ(Send(FormatCommand({"SCRIPT", "LOAD", "x"})).reply,
            Reply::OfString("hi"));
  EXPECT_THAT(target.commands(),
              ElementsAre("SCRIPT LOAD x", "ASKING", "GET a"));
  Send();
  EXPECT_THAT(server.commands(),
              ElementsAre("CLUSTER SLOTS", "SCRIPT LOAD x", "GET a", "GET a"));
}

TEST_F(RouterTest, Rd04RedirectionsHaveABound) {
  std::atomic<uint16_t> own_port = 0;
  const FakeServer server(*runtime_, [&](const auto& command) {
    net::Endpoint self;
    self.host = "127.0.0.1";
    self.port = own_port;
    return command[0] == "CLUSTER" ? AllAt(own_port) : Redirect("ASK", self);
  });
  own_port = server.endpoint().port;
  MakeCluster(server);
  const Answer answer = Send();
  EXPECT_TRUE(answer.IsError(ErrorReply::Kind::kAsk));
  // One, and three times ASKING and the command again.
  EXPECT_THAT(server.commands(), SizeIs(1 + 1 + 3 * 2));
}

TEST_F(RouterTest, TryAgainIsTriedAgainForABoundedNumberOfTimes) {
  std::atomic<uint16_t> own_port = 0;
  const FakeServer server(*runtime_, [&](const auto& command) {
    return command[0] == "CLUSTER" ? AllAt(own_port) : "-TRYAGAIN x\r\n";
  });
  own_port = server.endpoint().port;
  MakeCluster(server);
  EXPECT_THAT(Send().ToResult(),
              StatusIs(absl::StatusCode::kUnavailable, HasSubstr("TRYAGAIN")));
  EXPECT_THAT(server.commands(), SizeIs(1 + 4));
}

TEST_F(RouterTest, ACommandWaitsWhileNothingIsKnown) {
  const FakeServer server(*runtime_, [](const auto&) { return "+hi\r\n"; });
  world_.next = server.endpoint();
  Make(std::make_unique<SetTopology>(world_));
  EXPECT_EQ(Send().reply, Reply::OfString("hi"));
  EXPECT_EQ(world_.learned, 1);
}

TEST_F(RouterTest, WhenNobodyKnowsItFailsAtOnceUntilTheNextInquiry) {
  settings_->breaker.shortest_pause = absl::Hours(1);
  Make(std::make_unique<SetTopology>(world_));
  for (int i = 0; i < 3; ++i) {
    EXPECT_THAT(Send().status,
                StatusIs(absl::StatusCode::kUnavailable, HasSubstr("no idea")));
  }
  EXPECT_EQ(world_.learned, 1);
  EXPECT_THAT(health_.Current(), StatusIs(absl::StatusCode::kUnavailable,
                                          HasSubstr("topology: no idea")));
}

TEST_F(RouterTest, Rd04TurnsFromAFormerMasterToTheNewOne) {
  const FakeServer former(*runtime_, [](const auto&) {
    return "-READONLY You can't write against a read only replica.\r\n";
  });
  const FakeServer master(*runtime_, [](const auto&) { return "+hi\r\n"; });
  world_.present = former.endpoint();
  world_.next = master.endpoint();
  Make(std::make_unique<SetTopology>(world_));
  EXPECT_EQ(Send().reply, Reply::OfString("hi"));
  EXPECT_THAT(former.commands(), ElementsAre("GET a"));
}

TEST_F(RouterTest, WhatWasNotSentGoesToTheNewMaster) {
  const FakeServer master(*runtime_, [](const auto&) { return "+hi\r\n"; });
  {
    const FakeServer gone(*runtime_, [](const auto&) { return "+x\r\n"; });
    world_.present = gone.endpoint();
  }
  world_.next = master.endpoint();
  Make(std::make_unique<SetTopology>(world_));
  EXPECT_EQ(Send().reply, Reply::OfString("hi"));
}

TEST_F(RouterTest, WhatMayHaveBeenDoneIsNotSentAgain) {
  const FakeServer dying(*runtime_,
                         [](const auto&) { return FakeServer::kHangUp; });
  const FakeServer master(*runtime_, [](const auto&) { return "+hi\r\n"; });
  world_.present = dying.endpoint();
  world_.next = master.endpoint();
  Make(std::make_unique<SetTopology>(world_));
  EXPECT_EQ(Send().fate, Answer::Fate::kLost);
  EXPECT_EQ(Send().reply, Reply::OfString("hi"));
  EXPECT_THAT(master.commands(), ElementsAre("GET a"));
}

TEST_F(RouterTest, ARouterThatIsClosedRefuses) {
  const FakeServer server(*runtime_, [](const auto&) { return "+hi\r\n"; });
  Make(std::make_unique<SingleServer>(server.endpoint()));
  Send();
  runtime_->BlockOn(CloseIt(*router_));
  EXPECT_THAT(Send().status,
              StatusIs(absl::StatusCode::kUnavailable, HasSubstr("closed")));
}

}  // namespace
}  // namespace postern::redis
