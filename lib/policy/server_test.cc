#include "lib/policy/server.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/base/status_macros.h"
#include "lib/net/runtime.h"
#include "lib/testing/status_matchers.h"

namespace postern::policy {
namespace {

using ::postern::testing::IsOk;
using ::postern::testing::IsOkAndHolds;
using ::testing::HasSubstr;

net::Deadline Soon() { return net::Deadline::After(absl::Seconds(20)); }

std::string Question(absl::string_view sender) {
  return absl::StrCat("request=smtpd_access_policy\nsender=", sender, "\n\n");
}

std::string Answer(absl::string_view sender) {
  return absl::StrCat("action=REJECT ", sender, "\n\n");
}

// Rejects with the sender's name; cannot decide about "broken".
class EchoHandler final : public Handler {
 public:
  net::Task<absl::StatusOr<Verdict>> Check(const Request& request,
                                           net::Deadline deadline) override {
    time_left = deadline.Left();
    const std::string sender(request.Get(Attribute::kSender));
    if (sender == "broken") co_return absl::UnavailableError("broken");
    co_return Verdict{Verdict::Kind::kReject, 0, sender};
  }
  absl::Duration time_left;
};

// Sends `text`, then reads `bytes` bytes or to the end.
net::Task<absl::StatusOr<std::string>> Talk(net::Stream& stream,
                                            std::string text, size_t bytes) {
  CO_RETURN_IF_ERROR(co_await stream.Write(text, Soon()));
  std::string received;
  char buffer[4096];
  while (received.size() < bytes) {
    CO_ASSIGN_OR_RETURN(
        const size_t n,
        co_await stream.Read(absl::MakeSpan(buffer, sizeof(buffer)), Soon()));
    if (n == 0) break;
    received.append(buffer, n);
  }
  co_return received;
}

constexpr size_t kToTheEnd = 1 << 30;

// Sends `text` byte by byte, then reads to the end of the first answer.
net::Task<absl::StatusOr<std::string>> TalkSlowly(net::Stream& stream,
                                                  std::string text) {
  for (const char c : text) {
    CO_RETURN_IF_ERROR(co_await stream.Write(absl::string_view(&c, 1), Soon()));
    co_await net::Yield();
  }
  co_return co_await Talk(stream, "", 1);
}

// A stream dies on its reactor.
net::Task<> Close(std::vector<std::unique_ptr<net::Stream>>& streams) {
  streams.clear();
  co_return;
}

class ServerTest : public ::testing::Test {
 protected:
  // Reactor 0 serves, and BlockOn() runs the peer there as well.
  ServerTest()
      : runtime_(net::Runtime::Create({.reactors = 1, .blocking_threads = 1})
                     .value()) {}

  ~ServerTest() override {
    if (listener_) listener_->Close();
    runtime_->BlockOn(Close(streams_));
    drain_.Begin();
    EXPECT_TRUE(drain_.AwaitIdle(absl::Seconds(20)));
  }

  void Start(Server::Options options = {}) {
    server_.emplace("testd", options, drain_, metrics_, handler_);
    listener_ = net::Listener::Open(
                    *runtime_,
                    {.endpoint = net::Endpoint::Parse("127.0.0.1:0").value()})
                    .value();
    listener_->Serve(drain_, *server_);
  }

  net::Stream& Connect() {
    streams_.push_back(std::make_unique<net::Stream>(
        runtime_->BlockOn(net::Connect(listener_->endpoint(), Soon()))
            .value()));
    return *streams_.back();
  }

  absl::StatusOr<std::string> Exchange(net::Stream& stream, std::string text,
                                       size_t bytes) {
    return runtime_->BlockOn(Talk(stream, std::move(text), bytes));
  }

  EchoHandler handler_;
  metrics::Registry metrics_;
  net::Drain drain_;
  std::unique_ptr<net::Runtime> runtime_;
  std::optional<Server> server_;
  std::unique_ptr<net::Listener> listener_;
  std::vector<std::unique_ptr<net::Stream>> streams_;
};

TEST_F(ServerTest, AnswersOneQuestionAfterTheOtherOnOneConnection) {
  Start();
  net::Stream& stream = Connect();
  for (const char* sender : {"a@b", "c@d"}) {
    EXPECT_THAT(Exchange(stream, Question(sender), Answer(sender).size()),
                IsOkAndHolds(Answer(sender)));
  }
  EXPECT_THAT(metrics_.Render(),
              HasSubstr("postern_testd_policy_requests_total 2"));
}

TEST_F(ServerTest, AnswersPipelinedQuestionsInOrder) {
  Start();
  std::string questions;
  std::string answers;
  for (int i = 0; i < 500; ++i) {
    questions += Question(absl::StrCat(i, "@x"));
    answers += Answer(absl::StrCat(i, "@x"));
  }
  EXPECT_THAT(Exchange(Connect(), questions, answers.size()),
              IsOkAndHolds(answers));
}

TEST_F(ServerTest, WaitsForTheRestOfASlowQuestion) {
  Start();
  EXPECT_THAT(runtime_->BlockOn(TalkSlowly(Connect(), Question("a@b"))),
              IsOkAndHolds(Answer("a@b")));
}

TEST_F(ServerTest, INJ13AMalformedQuestionEndsItsConnectionOnly) {
  Start();
  net::Stream& other = Connect();
  EXPECT_THAT(Exchange(Connect(), Question("a@b") + "garbage\n\n", kToTheEnd),
              IsOkAndHolds(Answer("a@b")));
  EXPECT_THAT(Exchange(Connect(), "request=junk\n\n", kToTheEnd),
              IsOkAndHolds(""));
  EXPECT_THAT(Exchange(other, Question("c@d"), Answer("c@d").size()),
              IsOkAndHolds(Answer("c@d")));
  EXPECT_THAT(metrics_.Render(),
              HasSubstr("postern_testd_policy_malformed_total 2"));
}

TEST_F(ServerTest, WithoutADecisionTheFailureModeAnswers) {
  Server::Options options;
  options.on_failure = {Verdict::Kind::kDeferIfPermit, 0, "later"};
  Start(options);
  const std::string later = "action=DEFER_IF_PERMIT later\n\n";
  EXPECT_THAT(Exchange(Connect(), Question("broken"), later.size()),
              IsOkAndHolds(later));
  EXPECT_THAT(metrics_.Render(),
              HasSubstr("postern_testd_policy_failures_total 1"));
}

TEST_F(ServerTest, FailureModesComeFromTheConfiguration) {
  config::v1::PolicyServer config;
  EXPECT_EQ(Server::Options::FromConfig(config).on_failure, Verdict());
  config.set_on_failure(config::v1::PolicyServer::FAILURE_DEFER);
  EXPECT_EQ(Server::Options::FromConfig(config).on_failure.kind,
            Verdict::Kind::kDeferIfPermit);
}

TEST_F(ServerTest, MayCloseAfterEachAnswer) {
  Server::Options options;
  options.close_after_request = true;
  Start(options);
  EXPECT_THAT(Exchange(Connect(), Question("a@b"), kToTheEnd),
              IsOkAndHolds(Answer("a@b")));
}

TEST_F(ServerTest, AnOldConnectionEndsBehindAnAnswer) {
  Server::Options options;
  options.max_connection_age = absl::ZeroDuration();
  Start(options);
  EXPECT_THAT(Exchange(Connect(), Question("a@b") + Question("c@d"), kToTheEnd),
              IsOkAndHolds(Answer("a@b") + Answer("c@d")));
}

TEST_F(ServerTest, AnIdleConnectionEnds) {
  Server::Options options;
  options.idle_timeout = absl::Milliseconds(1);
  Start(options);
  EXPECT_THAT(Exchange(Connect(), "", kToTheEnd), IsOkAndHolds(""));
}

TEST_F(ServerTest, AnUnfinishedQuestionEndsTheConnectionInTime) {
  Server::Options options;
  options.request_timeout = absl::Milliseconds(1);
  Start(options);
  EXPECT_THAT(Exchange(Connect(), "request=smtpd_", kToTheEnd),
              IsOkAndHolds(""));
}

TEST_F(ServerTest, TheHandlerKnowsItsDeadline) {
  Server::Options options;
  options.request_timeout = absl::Seconds(7);
  Start(options);
  ASSERT_THAT(Exchange(Connect(), Question("a@b"), 1), IsOk());
  EXPECT_LE(handler_.time_left, absl::Seconds(7));
  EXPECT_GT(handler_.time_left, absl::ZeroDuration());
}

TEST_F(ServerTest, DrainingEndsIdleConnectionsAndAnswersWhatWasBegun) {
  Start();
  net::Stream& idle = Connect();
  ASSERT_THAT(Exchange(idle, Question("a@b"), Answer("a@b").size()), IsOk());
  net::Stream& busy = Connect();
  const std::string question = Question("c@d");
  // Both halves of the second question are on their way around the drain.
  ASSERT_THAT(Exchange(busy, Question("x@y") + question.substr(0, 20),
                       Answer("x@y").size()),
              IsOk());
  listener_->Close();
  drain_.Begin();
  EXPECT_THAT(Exchange(idle, "", kToTheEnd), IsOkAndHolds(""));
  EXPECT_THAT(Exchange(busy, question.substr(20), kToTheEnd),
              IsOkAndHolds(Answer("c@d")));
  EXPECT_TRUE(drain_.AwaitIdle(absl::Seconds(20)));
}

}  // namespace
}  // namespace postern::policy
