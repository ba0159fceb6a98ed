#include "lib/net/http_pages.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace postern::net {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class HttpPagesTest : public ::testing::Test {
 protected:
  HttpPagesTest() {
    pages_.Handle("/healthz", [] { return HttpResponse{.body = "fine\n"}; });
  }

  std::string Answer(const std::string& head) {
    return pages_.Answer(head, keep_alive_);
  }

  HttpPages pages_;
  bool keep_alive_ = false;
};

TEST_F(HttpPagesTest, AnswersAPageWithItsLength) {
  const std::string answer = Answer("GET /healthz?x=1 HTTP/1.1\r\n\r\n");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(answer, HasSubstr("\r\nContent-Length: 5\r\n"));
  EXPECT_THAT(answer, EndsWith("\r\n\r\nfine\n"));
  EXPECT_TRUE(keep_alive_);
}

TEST_F(HttpPagesTest, AHeadRequestGetsNoBody) {
  EXPECT_THAT(Answer("HEAD /healthz HTTP/1.1\r\n\r\n"), EndsWith("\r\n\r\n"));
}

TEST_F(HttpPagesTest, KeepsOrClosesAsThePeerAsks) {
  Answer("GET /healthz HTTP/1.0\r\n\r\n");
  EXPECT_FALSE(keep_alive_);
  Answer("GET /healthz HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n");
  EXPECT_TRUE(keep_alive_);
  Answer("GET /healthz HTTP/1.1\r\nconnection: close\r\n\r\n");
  EXPECT_FALSE(keep_alive_);
}

TEST_F(HttpPagesTest, RefusesWhatItDoesNotServe) {
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

}  // namespace
}  // namespace postern::net
