#include "mta/routing/sts_fetch.h"

#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/net/runtime.h"

namespace postern::mta::routing {
namespace {

using ::testing::HasSubstr;

constexpr char kFile[] =
    "version: STSv1\nmode: enforce\nmx: mx.example.org\nmax_age: 86400\n";

https::Response Answer(int status, std::string type, std::string body) {
  return {.status = status,
          .content_type = std::move(type),
          .body = std::move(body)};
}

net::Task<absl::StatusOr<https::Response>> Get(std::string* asked,
                                               std::string uri,
                                               size_t max_bytes,
                                               net::Deadline) {
  *asked = uri;
  EXPECT_EQ(max_bytes, 65536u);
  co_return Answer(200, "text/plain", kFile);
}

TEST(StsFetchTest, TheFileIsAtTheDomainsPolicyHost) {
  const auto runtime = net::Runtime::Create({.reactors = 1}).value();
  std::string asked;
  const HttpsGet get = [&asked](std::string uri, size_t most, net::Deadline d) {
    return Get(&asked, std::move(uri), most, d);
  };
  const StsFetched fetched = runtime->BlockOn(
      FetchSts(get, "example.org", net::Deadline::After(absl::Seconds(5))));
  EXPECT_EQ(asked, "https://mta-sts.example.org/.well-known/mta-sts.txt");
  ASSERT_TRUE(fetched.policy.has_value());
  EXPECT_EQ(fetched.policy->mode, StsPolicy::Mode::kEnforce);
  EXPECT_EQ(fetched.file, kFile);
}

TEST(StsFetchTest, TheTypeMayHaveParameters) {
  const auto fetched =
      JudgeSts(Answer(200, "Text/Plain; charset=utf-8", kFile));
  EXPECT_TRUE(fetched.policy.has_value());
}

TEST(StsFetchTest, WhatIsNoPolicyIsCalledByItsName) {
  struct Case {
    const char* why;
    absl::StatusOr<https::Response> response;
    TlsFailure failure;
    const char* detail;
  };
  const Case cases[] = {
      {"a redirect", Answer(301, "text/plain", kFile),
       TlsFailure::kStsPolicyFetchError, "301"},
      {"no such file", Answer(404, "text/plain", ""),
       TlsFailure::kStsPolicyFetchError, "404"},
      {"a web page", Answer(200, "text/html", kFile),
       TlsFailure::kStsPolicyInvalid, "not text/plain"},
      {"no type", Answer(200, "", kFile), TlsFailure::kStsPolicyInvalid,
       "not text/plain"},
      {"no policy", Answer(200, "text/plain", "hello\n"),
       TlsFailure::kStsPolicyInvalid, "no field"},
      {"too long", absl::ResourceExhaustedError("too long"),
       TlsFailure::kStsPolicyInvalid, "too long"},
      {"a wrong certificate", absl::UnauthenticatedError("expired"),
       TlsFailure::kStsWebpkiInvalid, "expired"},
      {"no answer", absl::DeadlineExceededError("no answer\r\nin time"),
       TlsFailure::kStsPolicyFetchError, "in time"},
      {"a private address", absl::PermissionDeniedError("not public"),
       TlsFailure::kStsPolicyFetchError, "not public"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.why);
    const StsFetched fetched = JudgeSts(c.response);
    EXPECT_FALSE(fetched.policy.has_value());
    EXPECT_EQ(fetched.failure, c.failure);
    EXPECT_THAT(fetched.detail, HasSubstr(c.detail));
    EXPECT_EQ(fetched.detail.find('\n'), std::string::npos);
  }
}

}  // namespace
}  // namespace postern::mta::routing
