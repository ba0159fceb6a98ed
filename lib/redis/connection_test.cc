#include "lib/redis/connection.h"

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/net/runtime.h"
#include "lib/redis/command.h"
#include "lib/redis/fake_server.h"
#include "lib/testing/status_matchers.h"

namespace postern::redis {
namespace {

using ::postern::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Fate = Answer::Fate;

net::Deadline Soon() { return net::Deadline::After(absl::Milliseconds(30)); }
net::Deadline Late() { return net::Deadline::After(absl::Minutes(1)); }

// The reply is the last word of the command.
std::string Echo(const FakeServer::Words& command) {
  return absl::StrCat("+", command.back(), "\r\n");
}
std::string SayNothing(const FakeServer::Words&) { return ""; }

net::Task<Answer> Ask(Connection& connection, std::string word,
                      net::Deadline deadline) {
  const std::string wire = FormatCommand({"ECHO", word});
  co_return co_await connection.Roundtrip(wire, 0, deadline);
}

net::Task<> AskInto(Connection& connection, std::string word,
                    net::Deadline deadline, Answer& answer) {
  answer = co_await Ask(connection, std::move(word), deadline);
}

net::Task<> CloseIt(Connection& connection) {
  connection.Close();
  co_return;
}

class ConnectionTest : public ::testing::Test {
 protected:
  ConnectionTest() {
    Dialer::Options options;
    options.timeout = absl::Seconds(30);
    options.login.client_name = "postern-test";
    dialer_ = std::make_unique<Dialer>(options);
  }

  ~ConnectionTest() override { Close(); }

  void Open(const net::Endpoint& server,
            absl::Duration patience = absl::Minutes(1)) {
    connection_ = std::make_shared<Connection>(
        Connection::Options{.endpoint = server,
                            .dialer = *dialer_,
                            .drain = drain_,
                            .meters = meters_,
                            .patience = patience,
                            .on_broken = [this](const absl::Status& why) {
                              broken_.push_back(std::string(why.message()));
                            }});
  }

  void Close() {
    if (connection_) runtime_->BlockOn(CloseIt(*connection_));
    EXPECT_TRUE(drain_.AwaitIdle(absl::Minutes(1)));
  }

  Answer Ask(const std::string& word, net::Deadline deadline = Late()) {
    return runtime_->BlockOn(redis::Ask(*connection_, word, deadline));
  }

  std::unique_ptr<net::Runtime> runtime_ =
      net::Runtime::Create({.reactors = 1, .blocking_threads = 1}).value();
  net::Drain drain_;
  Meters meters_{nullptr, "test"};
  std::unique_ptr<Dialer> dialer_;
  std::shared_ptr<Connection> connection_;
  std::vector<std::string> broken_;  // What on_broken was told.
};

TEST_F(ConnectionTest, OpensWhenItIsFirstAsked) {
  const FakeServer server(*runtime_, Echo);
  Open(server.endpoint());
  EXPECT_EQ(server.connections(), 0);
  const Answer answer = Ask("hello");
  EXPECT_EQ(answer.fate, Fate::kReplied);
  EXPECT_EQ(answer.reply, Reply::OfString("hello"));
  EXPECT_EQ(server.connections(), 1);
}

net::Task<> AskManyAtOnce(Connection& connection, net::Drain& drain,
                          std::vector<Answer>& answers) {
  for (size_t i = 0; i < answers.size(); ++i) {
    net::Spawn(drain, AskInto(connection, absl::StrCat(i), Late(), answers[i]));
  }
  co_return;
}

TEST_F(ConnectionTest, ManyTasksShareItAndEachGetsItsOwnReply) {
  const FakeServer server(*runtime_, Echo);
  Open(server.endpoint());
  net::Drain asking;
  std::vector<Answer> answers(300);
  runtime_->BlockOn(AskManyAtOnce(*connection_, asking, answers));
  ASSERT_TRUE(asking.AwaitIdle(absl::Minutes(1)));
  for (size_t i = 0; i < answers.size(); ++i) {
    EXPECT_EQ(answers[i].reply, Reply::OfString(absl::StrCat(i)));
  }
  EXPECT_EQ(server.connections(), 1);
}

TEST_F(ConnectionTest, Rd02WhatIsGivenUpLeavesItsPlaceAndItsReplyIsDropped) {
  const FakeServer server(*runtime_, [](const auto& command) {
    if (command.back() == "slow") return "";
    return "+for slow\r\n+for quick\r\n";
  });
  Open(server.endpoint());
  const Answer slow = Ask("slow", Soon());
  EXPECT_EQ(slow.fate, Fate::kTimedOut);
  EXPECT_THAT(slow.status, StatusIs(absl::StatusCode::kDeadlineExceeded));
  EXPECT_EQ(Ask("quick").reply, Reply::OfString("for quick"));
  EXPECT_EQ(server.connections(), 1);
}

net::Task<Answer> AskPrepared(Connection& connection) {
  const std::string wire = FormatCommand({"ECHO", "1"}) +
                           FormatCommand({"ECHO", "2"}) +
                           FormatCommand({"ECHO", "3"});
  co_return co_await connection.Roundtrip(wire, 2, Late());
}

TEST_F(ConnectionTest, TheRepliesOfAPreludeAreDropped) {
  const FakeServer server(*runtime_, Echo);
  Open(server.endpoint());
  EXPECT_EQ(runtime_->BlockOn(AskPrepared(*connection_)).reply,
            Reply::OfString("3"));
  EXPECT_EQ(Ask("next").reply, Reply::OfString("next"));
}

TEST_F(ConnectionTest, OpensAgainAfterItBroke) {
  const FakeServer server(*runtime_, [](const auto& command) {
    return command.back() == "bye" ? FakeServer::kHangUp : Echo(command);
  });
  Open(server.endpoint());
  const Answer lost = Ask("bye");
  EXPECT_EQ(lost.fate, Fate::kLost);
  EXPECT_THAT(lost.status, StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_EQ(Ask("again").reply, Reply::OfString("again"));
  EXPECT_EQ(server.connections(), 2);
  EXPECT_THAT(broken_, ElementsAre(HasSubstr("closed by the server")));
}

TEST_F(ConnectionTest, NobodyThereMeansNotSent) {
  net::Endpoint nobody;
  {
    const FakeServer server(*runtime_, Echo);
    nobody = server.endpoint();
  }
  Open(nobody);
  const Answer answer = Ask("hello");
  EXPECT_EQ(answer.fate, Fate::kNotSent);
  EXPECT_THAT(answer.status, StatusIs(absl::StatusCode::kUnavailable,
                                      HasSubstr(nobody.ToString())));
  EXPECT_EQ(broken_.size(), 1u);
}

// RD-03.
TEST_F(ConnectionTest, GarbageBreaksIt) {
  const FakeServer server(*runtime_,
                          [](const auto&) { return "220 mx ESMTP\r\n"; });
  Open(server.endpoint());
  const Answer answer = Ask("hello");
  EXPECT_EQ(answer.fate, Fate::kLost);
  EXPECT_THAT(answer.status, StatusIs(absl::StatusCode::kUnavailable));
}

TEST_F(ConnectionTest, AReplyThatNobodyAskedForBreaksIt) {
  const FakeServer server(*runtime_, [](const auto& command) {
    return command.back() == "1" ? "+1\r\n+surplus\r\n" : Echo(command);
  });
  Open(server.endpoint());
  EXPECT_EQ(Ask("1").reply, Reply::OfString("1"));
  EXPECT_EQ(Ask("2").reply, Reply::OfString("2"));
  EXPECT_EQ(server.connections(), 2);
  EXPECT_THAT(broken_, ElementsAre(HasSubstr("nobody asked for")));
}

TEST_F(ConnectionTest, Rd02AServerThatOwesAReplyForTooLongIsLeft) {
  const FakeServer server(*runtime_, [](const auto& command) {
    return command.back() == "lost" ? "" : Echo(command);
  });
  Open(server.endpoint(), /*patience=*/absl::Milliseconds(1));
  EXPECT_EQ(Ask("lost", Soon()).fate, Fate::kTimedOut);
  EXPECT_EQ(Ask("next").reply, Reply::OfString("next"));
  EXPECT_EQ(server.connections(), 2);
  EXPECT_THAT(broken_, ElementsAre(HasSubstr("owed a reply for too long")));
}

TEST_F(ConnectionTest, ClosingEndsWhatIsUnderWayAndRefusesTheRest) {
  const FakeServer server(*runtime_, SayNothing);
  Open(server.endpoint());
  net::Drain asking;
  std::vector<Answer> answers(3);
  runtime_->BlockOn(AskManyAtOnce(*connection_, asking, answers));
  Close();
  ASSERT_TRUE(asking.AwaitIdle(absl::Minutes(1)));
  for (const Answer& answer : answers) {
    EXPECT_THAT(answer.status,
                StatusIs(absl::StatusCode::kUnavailable, HasSubstr("closed")));
  }
  EXPECT_EQ(Ask("more").fate, Fate::kRefused);
}

TEST_F(ConnectionTest, TooManyAtOnceAreRefused) {
  const FakeServer server(*runtime_, SayNothing);
  Open(server.endpoint());
  net::Drain asking;
  std::vector<Answer> answers(Connection::kMaxUnderWay);
  runtime_->BlockOn(AskManyAtOnce(*connection_, asking, answers));
  const Answer refused = Ask("one more");
  EXPECT_EQ(refused.fate, Fate::kRefused);
  EXPECT_THAT(refused.status,
              StatusIs(absl::StatusCode::kUnavailable, HasSubstr("too many")));
  Close();
  EXPECT_TRUE(asking.AwaitIdle(absl::Minutes(1)));
}

}  // namespace
}  // namespace postern::redis
