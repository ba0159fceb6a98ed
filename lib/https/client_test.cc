#include "lib/https/client.h"

#include <cstdlib>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/dns/fake_resolver.h"
#include "lib/https/test_server.h"
#include "lib/net/deadline.h"
#include "lib/net/drain.h"
#include "lib/net/ip.h"
#include "lib/net/runtime.h"
#include "lib/net/task.h"
#include "lib/testing/status_matchers.h"

namespace postern::https {
namespace {

using ::postern::testing::StatusIs;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

constexpr char kHost[] = "web.example.org";

std::string Answer(const std::string& status, const std::string& body) {
  return absl::StrCat("HTTP/1.1 ", status,
                      "\r\nContent-Type: text/plain; charset=utf-8\r\n"
                      "Content-Length: ",
                      body.size(), "\r\n\r\n", body);
}

net::Task<> GetInto(absl::StatusOr<Response>& result, Client& client,
                    std::string uri, absl::Duration wait) {
  result = co_await client.Get(uri, 1024, net::Deadline::After(wait));
}

class ClientTest : public ::testing::Test {
 protected:
  ClientTest() { Restart(LoopbackAllowed()); }

  Options LoopbackAllowed() const {
    return {.ca_file = server_.ca_file(),
            .allowed_networks = {net::Network::Parse("127.0.0.0/8").value()}};
  }

  void Restart(Options options) {
    client_.reset();
    client_ = Client::Create(dns_, std::move(options)).value();
  }

  absl::StatusOr<Response> Get(const std::string& uri, size_t max_bytes = 1024,
                               absl::Duration wait = absl::Seconds(30)) {
    return runtime_->BlockOn(
        client_->Get(uri, max_bytes, net::Deadline::After(wait)));
  }

  const std::unique_ptr<net::Runtime> runtime_ =
      net::Runtime::Create({.reactors = 1}).value();
  TestServer server_{kHost};
  dns::FakeResolver dns_{absl::StrCat(kHost, " A 127.0.0.1")};
  std::unique_ptr<Client> client_;
};

TEST_F(ClientTest, GetsAText) {
  server_.Answer("/policy", Answer("200 OK", "version: STSv1\n"));
  const auto response = Get(server_.Uri("/policy"));
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->status, 200);
  EXPECT_EQ(response->content_type, "text/plain; charset=utf-8");
  EXPECT_EQ(response->body, "version: STSv1\n");
  EXPECT_THAT(server_.requests(),
              ElementsAre(AllOf(StartsWith("GET /policy HTTP/1.1\r\n"),
                                Not(HasSubstr("Cookie")),
                                Not(HasSubstr("Authorization")))));
}

TEST_F(ClientTest, PostsAnything) {
  server_.Answer("/report", Answer("201 Created", ""));
  const std::string body = absl::StrCat("a", std::string(1, '\0'), "\r\n\xff");
  const auto response = runtime_->BlockOn(
      client_->Post(server_.Uri("/report"), "application/tlsrpt+gzip", body,
                    net::Deadline::After(absl::Seconds(30))));
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->status, 201);
  EXPECT_THAT(server_.requests(),
              ElementsAre(AllOf(
                  StartsWith("POST /report HTTP/1.1\r\n"),
                  HasSubstr("\r\nContent-Type: application/tlsrpt+gzip\r\n"),
                  HasSubstr("\r\nContent-Length: 5\r\n"),
                  Not(HasSubstr("Expect")), EndsWith("\r\n\r\n" + body))));
}

TEST_F(ClientTest, AnswersOfAnyStatusAreValues) {
  const auto response = Get(server_.Uri("/absent"));
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->status, 404);
  EXPECT_EQ(response->content_type, "");
}

// MTA-22: no redirects.
TEST_F(ClientTest, FollowsNoRedirection) {
  server_.Answer("/old", absl::StrCat("HTTP/1.1 302 Found\r\nLocation: ",
                                      server_.Uri("/new"), "\r\n\r\n"));
  const auto response = Get(server_.Uri("/old"));
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->status, 302);
  EXPECT_EQ(server_.requests().size(), 1);
}

// MTA-22: a cap on what is taken.
TEST_F(ClientTest, TakesNoMoreThanAskedFor) {
  const std::string body(1024, 'x');
  server_.Answer("/exact", Answer("200 OK", body));
  server_.Answer("/more", Answer("200 OK", body + "x"));
  server_.Answer("/endless", absl::StrCat("HTTP/1.1 200 OK\r\n\r\n",
                                          std::string(100'000, 'x')));
  server_.Answer("/fields", absl::StrCat("HTTP/1.1 200 OK\r\nX: ",
                                         std::string(70'000, 'x'), "\r\n\r\n"));
  const auto exact = Get(server_.Uri("/exact"));
  ASSERT_TRUE(exact.ok()) << exact.status();
  EXPECT_EQ(exact->body, body);
  for (const char* path : {"/more", "/endless", "/fields"}) {
    EXPECT_THAT(Get(server_.Uri(path)),
                StatusIs(absl::StatusCode::kResourceExhausted,
                         StartsWith("web.example.org: ")))
        << path;
  }
}

TEST_F(ClientTest, ABrokenAnswerIsNoAnswer) {
  server_.Answer("/short",
                 "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
  server_.Answer("/noise", "220 mail.example.org ESMTP\r\n");
  EXPECT_THAT(Get(server_.Uri("/short")),
              StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_THAT(Get(server_.Uri("/noise")),
              StatusIs(absl::StatusCode::kUnavailable));
}

TEST_F(ClientTest, ASilentServerCostsTheDeadlineOnly) {
  server_.Answer("/silent", "");
  EXPECT_THAT(Get(server_.Uri("/silent"), 1024, absl::Milliseconds(50)),
              StatusIs(absl::StatusCode::kDeadlineExceeded,
                       StartsWith("web.example.org: ")));
}

// One at a time: the second waits for the first, and then is not asked late.
TEST_F(ClientTest, WaitsItsTurnAndNoLonger) {
  Options options = LoopbackAllowed();
  options.max_at_a_time = 1;
  Restart(options);
  server_.Answer("/silent", "");
  server_.Answer("/policy", Answer("200 OK", "x"));
  net::Drain drain;
  absl::StatusOr<Response> first = absl::UnknownError("");
  net::Spawn(
      drain, runtime_->reactor(0),
      GetInto(first, *client_, server_.Uri("/silent"), absl::Seconds(1)));
  while (server_.requests().empty()) std::this_thread::yield();
  EXPECT_THAT(Get(server_.Uri("/policy"), 1024, absl::Milliseconds(20)),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
  const auto response = Get(server_.Uri("/policy"));
  EXPECT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(server_.requests().size(), 2);
  EXPECT_TRUE(drain.AwaitIdle(absl::Seconds(60)));
}

TEST_F(ClientTest, RefusesWhenTooManyWait) {
  Options options = LoopbackAllowed();
  options.max_waiting = 0;
  Restart(options);
  EXPECT_THAT(Get(server_.Uri("/policy")),
              StatusIs(absl::StatusCode::kUnavailable, HasSubstr("too many")));
}

TEST_F(ClientTest, BreaksOffWhatIsUnderWayWhenItEnds) {
  server_.Answer("/silent", "");
  absl::StatusOr<Response> result = absl::UnknownError("");
  net::Drain drain;
  net::Spawn(
      drain, runtime_->reactor(0),
      GetInto(result, *client_, server_.Uri("/silent"), absl::Minutes(10)));
  while (server_.requests().empty()) std::this_thread::yield();
  client_.reset();
  EXPECT_TRUE(drain.AwaitIdle(absl::Seconds(60)));
  EXPECT_THAT(result, StatusIs(absl::StatusCode::kUnavailable));
}

TEST_F(ClientTest, AsksOnlyServersWhoseCertificateIsTheirs) {
  dns_.Add("other.example.org A 127.0.0.1");
  std::string other = server_.Uri("/policy");
  other.replace(other.find("web."), 4, "other.");
  EXPECT_THAT(Get(other), StatusIs(absl::StatusCode::kUnauthenticated,
                                   StartsWith("other.example.org: ")));
  Options options = LoopbackAllowed();
  options.ca_file = "";  // The system's authorities do not know the server.
  Restart(options);
  EXPECT_THAT(Get(server_.Uri("/policy")),
              StatusIs(absl::StatusCode::kUnauthenticated));
  EXPECT_THAT(server_.requests(), IsEmpty());
}

TEST_F(ClientTest, AsksNobodyButTheInternet) {
  Options options = LoopbackAllowed();
  options.allowed_networks = {};
  Restart(options);
  dns_.Add(
      "inside.example.org A 10.0.0.1\n"
      "metadata.example.org A 169.254.169.254\n"
      "six.example.org AAAA fe80::1\n"
      "mapped.example.org AAAA ::ffff:127.0.0.1\n");
  for (const std::string& uri :
       {server_.Uri("/policy"), std::string("https://inside.example.org/"),
        std::string("https://metadata.example.org/"),
        std::string("https://six.example.org/"),
        std::string("https://mapped.example.org/"),
        std::string("https://localhost/"), std::string("https://127.0.0.1/"),
        std::string("https://0x7f.1/"), std::string("https://[::1]/"),
        std::string("https://[::ffff:10.0.0.1]/"),
        std::string("https://169.254.169.254/latest/meta-data/")}) {
    EXPECT_THAT(Get(uri), StatusIs(absl::StatusCode::kPermissionDenied,
                                   HasSubstr("is not an address of the")))
        << uri;
  }
  EXPECT_THAT(server_.requests(), IsEmpty());
}

// Whatever DNS would say a moment later: the address that was looked up is the
// one that is asked, and nobody else looks names up.
TEST_F(ClientTest, LooksTheNameUpOnceAndByItself) {
  server_.Answer("/policy", Answer("200 OK", "x"));
  EXPECT_TRUE(Get(server_.Uri("/policy")).ok());
  EXPECT_THAT(dns_.questions(),
              ElementsAre("web.example.org A", "web.example.org AAAA"));
}

TEST_F(ClientTest, HostsThatAreNotThereAreNotAsked) {
  dns_.Add("broken.example.org SERVFAIL\nslow.example.org TIMEOUT");
  EXPECT_THAT(Get("https://absent.example.org/"),
              StatusIs(absl::StatusCode::kNotFound,
                       "absent.example.org: has no address"));
  EXPECT_THAT(Get("https://broken.example.org/"),
              StatusIs(absl::StatusCode::kUnavailable,
                       StartsWith("broken.example.org: ")));
  EXPECT_THAT(Get("https://slow.example.org/"),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
  EXPECT_THAT(Get("http://web.example.org/"),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST_F(ClientTest, TheEnvironmentHasNoProxyForIt) {
  ::setenv("https_proxy", "http://127.0.0.1:1/", 1);
  ::setenv("ALL_PROXY", "socks5://127.0.0.1:1/", 1);
  server_.Answer("/policy", Answer("200 OK", "x"));
  const auto response = Get(server_.Uri("/policy"));
  ::unsetenv("https_proxy");
  ::unsetenv("ALL_PROXY");
  EXPECT_TRUE(response.ok()) << response.status();
}

TEST_F(ClientTest, NeedsTheFileThatItIsToTrust) {
  Options options;
  options.ca_file = "/nonexistent/ca.pem";
  EXPECT_THAT(
      Client::Create(dns_, options),
      StatusIs(absl::StatusCode::kNotFound, StartsWith("/nonexistent/ca.pem")));
}

}  // namespace
}  // namespace postern::https
