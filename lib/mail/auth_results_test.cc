#include "lib/mail/auth_results.h"

#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/testing/status_matchers.h"

namespace postern::mail {
namespace {

using ::postern::testing::IsOk;
using ::postern::testing::IsOkAndHolds;
using ::postern::testing::StatusIs;
using ::testing::Eq;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Optional;
using ::testing::SizeIs;
using Result = AuthResults::Result;

// RFC 8601 appendix B, and forms that other readers of the field are tested
// with.
TEST(AuthservIdTest, ReadsTheNameOfTheHost) {
  struct Case {
    const char* value;
    const char* id;
  };
  const Case cases[] = {
      {" example.org 1; none", "example.org"},
      {" example.com;\r\n          spf=pass smtp.mailfrom=example.net",
       "example.com"},
      {" foo.example.net (foobar) 1 (baz);\r\n    dkim (Because I like it) / "
       "1 (One yay) = (wait for it) fail",
       "foo.example.net"},
      {" \"example.com\";spf=pass", "example.com"},
      {" example.com", "example.com"},
      {" example.com;", "example.com"},
  };
  for (const Case& c : cases) {
    EXPECT_THAT(AuthservId(c.value), Optional(Eq(c.id))) << c.value;
  }
}

TEST(AuthservIdTest, WhatIsNoFieldOfThisKindHasNoHost) {
  for (const char* value :
       {"", " ;", " =x;", " \"open; spf=pass", " (open", " a.example spf=pass",
        " a.example 1 spf=pass", " a.example/1; none"}) {
    EXPECT_EQ(AuthservId(value), std::nullopt) << value;
  }
}

// RFC 8601 appendix B.
TEST(AuthResultsTest, ReadsResultsAndTheirProperties) {
  const auto all = AuthResults::Parse(
      " example.com;\r\n dkim=pass reason=\"good signature\"\r\n"
      " header.i=@mail-router.example.net; auth=PASS (cram-md5)\r\n"
      "\tsmtp.auth=sender@example.net;\r\n iprev=pass "
      "policy.iprev=192.0.2.200");
  ASSERT_THAT(all, IsOk());
  EXPECT_EQ(all->authserv_id, "example.com");
  EXPECT_EQ(all->version, 1);
  ASSERT_THAT(all->results, SizeIs(3));
  EXPECT_EQ(
      all->results[0],
      (Result{.method = "dkim",
              .result = "pass",
              .reason = "good signature",
              .properties = {{"header", "i", "@mail-router.example.net"}}}));
  EXPECT_EQ(all->results[1].result, "pass");
  EXPECT_EQ(all->results[1].Value("smtp", "auth"), "sender@example.net");
  EXPECT_EQ(all->results[2].Value("policy", "iprev"), "192.0.2.200");
  EXPECT_EQ(all->results[2].Value("policy", "other"), "");
}

TEST(AuthResultsTest, CommentsStandAnywhere) {
  const auto all = AuthResults::Parse(
      "foo.example.net (foobar) 1 (baz);\r\n dkim (Because I like it) / 1 (One "
      "yay) = (wait for it) fail\r\n policy (A dot can go here) . (like that) "
      "expired\r\n (this surprised me) = (as I wasn't expecting it) "
      "1362471462");
  ASSERT_THAT(all, IsOk());
  ASSERT_THAT(all->results, SizeIs(1));
  EXPECT_EQ(all->results[0].method_version, 1);
  EXPECT_EQ(all->results[0].result, "fail");
  EXPECT_EQ(all->results[0].Value("policy", "expired"), "1362471462");
}

TEST(AuthResultsTest, ThereMayBeNoResult) {
  for (const char* value : {"example.org 1; none", "example.org; NONE (x)",
                            "example.org", "example.org ;"}) {
    const auto all = AuthResults::Parse(value);
    ASSERT_THAT(all, IsOk()) << value;
    EXPECT_EQ(all->authserv_id, "example.org");
    EXPECT_THAT(all->results, IsEmpty());
  }
}

TEST(AuthResultsTest, ValuesWithoutQuotesAreReadAsTheyAreOutThere) {
  const auto all = AuthResults::Parse(
      "a; dkim=pass header.b=AB/c+d= header.i=\"j d\"@example.org"
      " policy.ip=2001:db8::1 smtp.mailfrom=<> x.y=");
  ASSERT_THAT(all, IsOk());
  const Result& result = all->results.front();
  EXPECT_EQ(result.Value("header", "b"), "AB/c+d=");
  EXPECT_EQ(result.Value("header", "i"), "j d@example.org");
  EXPECT_EQ(result.Value("policy", "ip"), "2001:db8::1");
  EXPECT_EQ(result.Value("smtp", "mailfrom"), "<>");
}

TEST(AuthResultsTest, WhatCannotBeReadIsAnError) {
  for (const char* value :
       {"", ";", "a; dkim", "a; dkim=", "a; =pass", "a; dkim=pass header",
        "a; dkim=pass header.d", "a; dkim=pass .d=x", "a; dkim/x=pass",
        "a; dkim=pass (open", "a; dkim=pass header.d=\"open", "a spf=pass",
        "a; dkim=pass reason=;", "a; none; dkim=pass", "a; dkim=pass; none",
        "a; dkim=pass)"}) {
    EXPECT_THAT(AuthResults::Parse(value),
                StatusIs(absl::StatusCode::kInvalidArgument))
        << value;
  }
}

TEST(AuthResultsTest, ResultsAreBounded) {
  std::string value = "a";
  for (int i = 0; i < 101; ++i) absl::StrAppend(&value, "; spf=pass");
  EXPECT_THAT(AuthResults::Parse(value),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("too many results")));
  value = "a; spf=pass";
  for (int i = 0; i < 51; ++i) absl::StrAppend(&value, " a.b=c");
  EXPECT_THAT(AuthResults::Parse(value),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("too many properties")));
}

TEST(AuthResultsTest, IsWrittenALineAResult) {
  const AuthResults all = {
      .authserv_id = "mx.example.org",
      .results = {{.method = "dkim",
                   .result = "pass",
                   .comment = "2048-bit key",
                   .properties = {{"header", "d", "example.com"},
                                  {"header", "i", "joe@example.com"},
                                  {"header", "b", "aB/cd+12"}}},
                  {.method = "spf", .result = "none", .reason = "no record"}}};
  EXPECT_EQ(all.ToValue(),
            " mx.example.org;\r\n"
            "\tdkim=pass (2048-bit key) header.d=example.com"
            " header.i=joe@example.com\r\n"
            "\theader.b=\"aB/cd+12\";\r\n"
            "\tspf=none reason=\"no record\"");
  EXPECT_EQ((AuthResults{.authserv_id = "a b", .version = 2}).ToValue(),
            " \"a b\" 2; none");
}

TEST(AuthResultsTest, WhatIsWrittenIsReadAgain) {
  AuthResults all = {.authserv_id = "mx.example.org"};
  for (const char* value :
       {"x", "a@b.example", "@b.example", "a@", "@", "a@b@c", "a b@c", "", "\"",
        "\\", "a;b", "(c)", "x=y", "'a'", "a\"b\\c@d"}) {
    all.results.push_back({.method = "x",
                           .method_version = 2,
                           .result = "fail",
                           .reason = value,
                           .properties = {{"header", "d", value}}});
  }
  EXPECT_THAT(AuthResults::Parse(all.ToValue()), IsOkAndHolds(all));
}

TEST(AuthResultsTest, INJ01INJ05NoValueEndsItself) {
  for (const std::string evil :
       {"a; spf=pass smtp.mailfrom=evil.example", "a\r\nX: y", "a\r\n\t; x=y",
        "legit.example(a.attack.example", "legit.example'@a.attack.example",
        "\" ; spf=pass", "\\\" ; spf=pass", "a)b; spf=pass", "\xff\x80 ;"}) {
    const AuthResults all = {
        .authserv_id = "mx.example.org",
        .results = {{.method = "dkim",
                     .result = "fail",
                     .reason = evil,
                     .comment = evil,
                     .properties = {{"header", "d", evil}}}}};
    const std::string value = all.ToValue();
    const auto again = AuthResults::Parse(value);
    ASSERT_THAT(again, IsOk()) << value;
    EXPECT_THAT(again->results, SizeIs(1));
    EXPECT_THAT(again->results.front().properties, SizeIs(1));
    EXPECT_EQ(again->results.front().result, "fail");
    for (const absl::string_view line : absl::StrSplit(value, "\r\n")) {
      EXPECT_TRUE(absl::StartsWith(line, " ") || absl::StartsWith(line, "\t"));
      EXPECT_EQ(line.find_first_of("\r\n"), absl::string_view::npos);
    }
  }
}

TEST(AuthResultsTest, CharactersBeyondAsciiStayWhereTheyMay) {
  const AuthResults all = {
      .authserv_id = "a",
      .results = {{.method = "dkim",
                   .result = "pass",
                   .properties = {{"header", "i", "j\xc3\xb6@example.org"}}}}};
  EXPECT_THAT(AuthResults::Parse(all.ToValue(Charset::kUtf8)),
              IsOkAndHolds(all));
  EXPECT_THAT(all.ToValue(), HasSubstr("header.i=\"j??@example.org\""));
}

}  // namespace
}  // namespace postern::mail
