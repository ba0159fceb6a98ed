#include "lib/redis/exchange.h"

#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/base/status_macros.h"
#include "lib/net/runtime.h"
#include "lib/redis/command.h"
#include "lib/redis/fake_server.h"
#include "lib/testing/status_matchers.h"

namespace postern::redis {
namespace {

using ::postern::testing::IsOkAndHolds;
using ::postern::testing::StatusIs;
using ::testing::ElementsAre;

// Asks for two replies on a new connection.
net::Task<absl::StatusOr<std::vector<Reply>>> AskTwice(net::Endpoint server,
                                                       absl::Duration wait) {
  const net::Deadline deadline = net::Deadline::After(absl::Minutes(1));
  CO_ASSIGN_OR_RETURN(net::Stream stream,
                      co_await net::Connect(server, deadline));
  std::string request =
      FormatCommand({"GET", "a"}) + FormatCommand({"GET", "b"});
  const net::Deadline answer_deadline = net::Deadline::After(wait);
  co_return co_await Exchange(stream, std::move(request), 2, answer_deadline);
}

class ExchangeTest : public ::testing::Test {
 protected:
  absl::StatusOr<std::vector<Reply>> AskTwice(
      FakeServer::Answerer answerer, absl::Duration wait = absl::Minutes(1)) {
    const FakeServer server(*runtime_, std::move(answerer));
    return runtime_->BlockOn(redis::AskTwice(server.endpoint(), wait));
  }

  std::unique_ptr<net::Runtime> runtime_ =
      net::Runtime::Create({.reactors = 1, .blocking_threads = 1}).value();
};

TEST_F(ExchangeTest, ReturnsTheRepliesInOrder) {
  EXPECT_THAT(
      AskTwice([](const auto& command) { return "+" + command[1] + "\r\n"; }),
      IsOkAndHolds(ElementsAre(Reply::OfString("a"), Reply::OfString("b"))));
}

TEST_F(ExchangeTest, EndsWhenTheServerCloses) {
  EXPECT_THAT(AskTwice([](const auto&) { return FakeServer::kHangUp; }),
              StatusIs(absl::StatusCode::kUnavailable));
}

TEST_F(ExchangeTest, EndsWhenTheServerSpeaksSomethingElse) {
  EXPECT_THAT(AskTwice([](const auto&) { return "220 mx ESMTP\r\n"; }),
              StatusIs(absl::StatusCode::kDataLoss));
}

TEST_F(ExchangeTest, EndsWhenTheServerSaysTooMuch) {
  EXPECT_THAT(AskTwice([](const auto&) { return "+a\r\n+b\r\n+c\r\n"; }),
              StatusIs(absl::StatusCode::kDataLoss));
}

TEST_F(ExchangeTest, EndsAtItsDeadline) {
  EXPECT_THAT(AskTwice([](const auto&) { return ""; }, absl::Milliseconds(20)),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
}

}  // namespace
}  // namespace postern::redis
