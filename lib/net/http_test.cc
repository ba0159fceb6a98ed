#include "lib/net/http.h"

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/base/status_macros.h"
#include "lib/net/deadline.h"
#include "lib/net/drain.h"
#include "lib/net/endpoint.h"
#include "lib/net/listener.h"
#include "lib/net/runtime.h"
#include "lib/net/stream.h"
#include "lib/net/task.h"
#include "lib/testing/status_matchers.h"

namespace postern::net {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class HttpTest : public ::testing::Test {
 protected:
  HttpTest() {
    server_.Handle("/healthz", [] { return HttpResponse{.body = "fine\n"}; });
  }

  std::string Answer(const std::string& head) {
    return server_.Answer(head, keep_alive_);
  }

  Drain drain_;
  HttpServer server_{drain_};
  bool keep_alive_ = false;
};

TEST_F(HttpTest, AnswersAPageWithItsLength) {
  const std::string answer = Answer("GET /healthz?x=1 HTTP/1.1\r\n\r\n");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(answer, HasSubstr("\r\nContent-Length: 5\r\n"));
  EXPECT_THAT(answer, EndsWith("\r\n\r\nfine\n"));
  EXPECT_TRUE(keep_alive_);
}

TEST_F(HttpTest, AHeadRequestGetsNoBody) {
  EXPECT_THAT(Answer("HEAD /healthz HTTP/1.1\r\n\r\n"), EndsWith("\r\n\r\n"));
}

TEST_F(HttpTest, KeepsOrClosesAsThePeerAsks) {
  Answer("GET /healthz HTTP/1.0\r\n\r\n");
  EXPECT_FALSE(keep_alive_);
  Answer("GET /healthz HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n");
  EXPECT_TRUE(keep_alive_);
  Answer("GET /healthz HTTP/1.1\r\nconnection: close\r\n\r\n");
  EXPECT_FALSE(keep_alive_);
}

TEST_F(HttpTest, RefusesWhatItDoesNotServe) {
  EXPECT_THAT(Answer("GET /etc/passwd HTTP/1.1\r\n\r\n"),
              StartsWith("HTTP/1.1 404 "));
  EXPECT_THAT(Answer("POST /healthz HTTP/1.1\r\n\r\n"),
              StartsWith("HTTP/1.1 405 "));
  EXPECT_FALSE(keep_alive_);
  EXPECT_THAT(Answer("EHLO x\r\n\r\n"), StartsWith("HTTP/1.1 400 "));
  EXPECT_FALSE(keep_alive_);
  // MTA-46: no cross-origin reading.
  EXPECT_THAT(Answer("GET /healthz HTTP/1.1\r\n\r\n"),
              Not(HasSubstr("Access-Control")));
}

Task<absl::StatusOr<std::string>> Converse(Endpoint endpoint,
                                           std::string requests) {
  const Deadline soon = Deadline::After(absl::Seconds(30));
  CO_ASSIGN_OR_RETURN(Stream stream, co_await Connect(endpoint, soon));
  CO_RETURN_IF_ERROR(co_await stream.Write(requests, soon));
  std::string all;
  char buffer[4096];
  while (true) {
    CO_ASSIGN_OR_RETURN(const size_t n,
                        co_await stream.Read(absl::MakeSpan(buffer), soon));
    if (n == 0) co_return all;
    all.append(buffer, n);
  }
}

TEST_F(HttpTest, ServesSeveralRequestsOnAConnection) {
  const auto runtime = Runtime::Create({.reactors = 1}).value();
  const auto listener =
      Listener::Open(*runtime,
                     {.endpoint = Endpoint::Parse("127.0.0.1:0").value()})
          .value();
  listener->Serve(drain_, server_);
  const auto answers = runtime->BlockOn(
      Converse(listener->endpoint(),
               "GET /healthz HTTP/1.1\r\n\r\n"
               "GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n"));
  ASSERT_TRUE(answers.ok()) << answers.status();
  EXPECT_THAT(*answers, HasSubstr("fine\nHTTP/1.1 200 OK"));
  const auto too_long = runtime->BlockOn(Converse(
      listener->endpoint(),
      absl::StrCat("GET /", std::string(10'000, 'x'), " HTTP/1.1\r\n\r\n")));
  // The rest of the request is still under way when we close: EOF or reset.
  if (too_long.ok()) {
    EXPECT_EQ(*too_long, "");
  }
  drain_.Begin();
  EXPECT_TRUE(drain_.AwaitIdle(absl::Seconds(30)));
}

}  // namespace
}  // namespace postern::net
