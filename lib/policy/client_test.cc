#include "lib/policy/client.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/net/drain.h"
#include "lib/net/listener.h"
#include "lib/net/stream.h"
#include "lib/policy/request.h"
#include "lib/testing/status_matchers.h"

namespace postern::policy {
namespace {

using ::postern::testing::IsOkAndHolds;
using ::postern::testing::StatusIs;
using ::testing::HasSubstr;

constexpr absl::Duration kLong = absl::Seconds(20);
constexpr char kDunno[] = "action=DUNNO\n\n";

// Answers every question with the same bytes.
class Service final : public net::ConnectionHandler {
 public:
  explicit Service(std::string reply) : reply_(std::move(reply)) {}

  net::Task<> Serve(net::Stream stream) override {
    ++connections;
    RequestReader reader;
    while (true) {
      absl::StatusOr<const Request*> next = reader.Next();
      if (!next.ok()) co_return;
      if (*next != nullptr) {
        if (closes_without_answer) co_return;
        if (!reply_.empty()) {
          const absl::Status written =
              co_await stream.Write(reply_, net::Deadline::After(kLong));
          if (!written.ok()) co_return;
        }
        if (closes_after_answer) co_return;
        continue;
      }
      absl::StatusOr<size_t> n =
          co_await stream.Read(reader.Space(), net::Deadline::After(kLong));
      if (!n.ok() || *n == 0) co_return;
      reader.Fill(*n);
    }
  }

  int connections = 0;
  bool closes_after_answer = false;
  bool closes_without_answer = false;

 private:
  std::string reply_;
};

std::string Question() {
  std::string text;
  AppendAttribute(Attribute::kRequest, kAccessPolicy, text);
  AppendAttribute(Attribute::kSender, "a@b", text);
  EndRequest(text);
  return text;
}

class ClientTest : public ::testing::Test {
 protected:
  ClientTest()
      : runtime_(net::Runtime::Create({.reactors = 1, .blocking_threads = 1})
                     .value()) {}

  ~ClientTest() override {
    client_.reset();
    for (auto& listener : listeners_) listener->Close();
    drain_.Begin();
    EXPECT_TRUE(drain_.AwaitIdle(kLong));
  }

  // Starts a service; returns where.
  net::Endpoint Start(Service& service) {
    listeners_.push_back(
        net::Listener::Open(
            *runtime_,
            {.endpoint = net::Endpoint::Parse("127.0.0.1:0").value()})
            .value());
    listeners_.back()->Serve(drain_, service);
    return listeners_.back()->endpoint();
  }

  // Where nobody listens.
  net::Endpoint Nowhere() {
    Service service("");
    auto listener = net::Listener::Open(
        *runtime_, {.endpoint = net::Endpoint::Parse("127.0.0.1:0").value()});
    return (*listener)->endpoint();
  }

  absl::StatusOr<Verdict> Ask(absl::Duration time = kLong) {
    return runtime_->BlockOn(
        client_->Ask(question_, net::Deadline::After(time)));
  }

  void Make(std::vector<net::Endpoint> endpoints) {
    options_.roster.endpoints = std::move(endpoints);
    client_.emplace(*runtime_, options_, Clock::System());
  }

  static Client::Options OneTry() {
    Client::Options options;
    options.try_limit = 1;
    return options;
  }

  const std::string question_ = Question();
  Client::Options options_ = OneTry();
  net::Drain drain_;
  std::unique_ptr<net::Runtime> runtime_;
  std::vector<std::unique_ptr<net::Listener>> listeners_;
  std::optional<Client> client_;
};

TEST_F(ClientTest, UsesAConnectionAgain) {
  Service service(kDunno);
  Make({Start(service)});
  for (int i = 0; i < 3; ++i) EXPECT_THAT(Ask(), IsOkAndHolds(Verdict()));
  EXPECT_EQ(service.connections, 1);
}

TEST_F(ClientTest, ReplacesAConnectionThatDiedWhileIdle) {
  Service service(kDunno);
  service.closes_after_answer = true;
  Make({Start(service)});
  for (int i = 0; i < 3; ++i) EXPECT_THAT(Ask(), IsOkAndHolds(Verdict()));
  EXPECT_EQ(service.connections, 3);
}

TEST_F(ClientTest, GoesRoundTheEndpoints) {
  Service one(kDunno);
  Service other(kDunno);
  Make({Start(one), Start(other)});
  for (int i = 0; i < 4; ++i) EXPECT_THAT(Ask(), IsOkAndHolds(Verdict()));
  EXPECT_EQ(one.connections, 1);
  EXPECT_EQ(other.connections, 1);
}

TEST_F(ClientTest, LeavesOutAnEndpointThatCannotBeReached) {
  Service service(kDunno);
  Make({Nowhere(), Start(service)});
  for (int i = 0; i < 4; ++i) EXPECT_THAT(Ask(), IsOkAndHolds(Verdict()));
}

TEST_F(ClientTest, OneThatHangsIsFollowedByTheNextWithinTheDeadline) {
  Service hanging("");
  Service service(kDunno);
  Make({Start(hanging), Start(service)});
  EXPECT_THAT(Ask(absl::Milliseconds(200)), IsOkAndHolds(Verdict()));
  EXPECT_EQ(client_->healthy(), 1u);
  EXPECT_THAT(Ask(), IsOkAndHolds(Verdict()));
  EXPECT_EQ(hanging.connections, 1);
}

TEST_F(ClientTest, OneThatAnswersNonsenseIsFollowedByTheNext) {
  Service broken("result=OK\n\n");
  Service service(kDunno);
  Make({Start(broken), Start(service)});
  EXPECT_THAT(Ask(), IsOkAndHolds(Verdict()));
}

TEST_F(ClientTest, AsksAgainAsOftenAsItIsAllowedTo) {
  Service service(kDunno);
  service.closes_without_answer = true;
  options_.try_limit = 3;
  options_.retry_delay = absl::Milliseconds(1);
  Make({Start(service)});
  EXPECT_THAT(Ask(), StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_EQ(service.connections, 3);
}

TEST_F(ClientTest, DoesNotWaitForARepetitionPastItsDeadline) {
  options_.try_limit = 3;
  options_.retry_delay = absl::Hours(1);
  Make({Nowhere()});
  EXPECT_THAT(Ask(), StatusIs(absl::StatusCode::kUnavailable));
}

TEST_F(ClientTest, AConnectionIsAskedNoMoreOftenThanTheLimit) {
  Service service(kDunno);
  options_.request_limit = 2;
  Make({Start(service)});
  for (int i = 0; i < 4; ++i) EXPECT_THAT(Ask(), IsOkAndHolds(Verdict()));
  EXPECT_EQ(service.connections, 2);
}

TEST_F(ClientTest, IsUnavailableWhenNobodyAnswers) {
  const net::Endpoint nowhere = Nowhere();
  Make({nowhere});
  EXPECT_THAT(Ask(), StatusIs(absl::StatusCode::kUnavailable,
                              HasSubstr(nowhere.ToString())));
}

TEST_F(ClientTest, GivesUpAtItsDeadline) {
  Service service("");
  Make({Start(service)});
  EXPECT_THAT(Ask(absl::Milliseconds(30)),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
}

TEST_F(ClientTest, MTA29AServiceThatClosesInsteadOfAnsweringIsUnavailable) {
  Service service(kDunno);
  service.closes_without_answer = true;
  Make({Start(service)});
  EXPECT_THAT(Ask(), StatusIs(absl::StatusCode::kUnavailable,
                              HasSubstr("closed without an answer")));
}

TEST_F(ClientTest, MTA29APartOfAnAnswerIsNone) {
  Service service("action=OK\n");
  service.closes_after_answer = true;
  Make({Start(service)});
  EXPECT_THAT(Ask(), StatusIs(absl::StatusCode::kUnavailable));
}

TEST_F(ClientTest, MTA29MalformedAnswersAreErrors) {
  for (const std::string& reply :
       {std::string("result=OK\n\n"), std::string("action=OK\naction=OK\n\n"),
        std::string("action=REJECT a\rb\n\n"),
        std::string(2 * kMaxReplyBytes, 'x')}) {
    Service service(reply);
    Make({Start(service)});
    EXPECT_THAT(Ask(), StatusIs(absl::StatusCode::kInvalidArgument));
    client_.reset();
    listeners_.back()->Close();
    drain_.Begin();
    EXPECT_TRUE(drain_.AwaitIdle(kLong));
  }
}

TEST_F(ClientTest, MTA29AConnectionOutOfStepIsNotUsedAgain) {
  Service service("action=OK\n\naction=REJECT not for you\n\n");
  Make({Start(service)});
  for (int i = 0; i < 2; ++i) {
    EXPECT_THAT(Ask(), IsOkAndHolds(Verdict{Verdict::Kind::kOk, 0, ""}));
  }
  EXPECT_EQ(service.connections, 2);
}

}  // namespace
}  // namespace postern::policy
