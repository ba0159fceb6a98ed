// That servers are content with what the client says, by every mechanism, is in
// mta/server/auth_cyrus_test.cc.

#include "mta/sasl/client.h"

#include <string>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/testing/status_matchers.h"

namespace postern::mta::sasl {
namespace {

using ::postern::testing::IsOk;
using ::postern::testing::IsOkAndHolds;
using ::postern::testing::StatusIs;
using ::testing::HasSubstr;
using ::testing::Not;

const Login kJean = {"jean", "fr0mage"};

TEST(ParseLoginTest, TheFirstColonEndsTheUser) {
  EXPECT_THAT(ParseLogin("jean@falcot.com:a:b "),
              IsOkAndHolds(Login{"jean@falcot.com", "a:b "}));
  EXPECT_THAT(ParseLogin("jean:"), IsOkAndHolds(Login{"jean", ""}));
}

TEST(ParseLoginTest, AnErrorShowsNothingOfThePassword) {
  for (const char* text : {"", "s3cret", ":s3cret"}) {
    const auto login = ParseLogin(text);
    EXPECT_THAT(login, StatusIs(absl::StatusCode::kInvalidArgument,
                                Not(HasSubstr("s3cret"))));
  }
}

TEST(ClientExchangeTest, PlainSaysAllAtOnceAndActsForNobodyElse) {
  ClientExchange exchange(kJean, "mx.example.org", {});
  const auto opening = exchange.Begin("PLAIN");
  ASSERT_THAT(opening, IsOk());
  EXPECT_EQ(opening->mechanism, "PLAIN");
  EXPECT_EQ(opening->response, std::string("\0jean\0fr0mage", 13));
  EXPECT_TRUE(exchange.is_complete());
}

TEST(ClientExchangeTest, LoginAnswersTwoQuestions) {
  ClientExchange exchange(kJean, "mx.example.org", {});
  const auto opening = exchange.Begin("LOGIN");
  ASSERT_THAT(opening, IsOk());
  EXPECT_EQ(opening->response, std::nullopt);
  EXPECT_THAT(exchange.Respond("Username:"), IsOkAndHolds("jean"));
  EXPECT_FALSE(exchange.is_complete());
  EXPECT_THAT(exchange.Respond("Password:"), IsOkAndHolds("fr0mage"));
  EXPECT_TRUE(exchange.is_complete());
}

// The example of RFC 2195 has another user.
TEST(ClientExchangeTest, CramMd5ShowsNoPassword) {
  ClientExchange exchange({"tim", "tanstaaftanstaaf"}, "mx.example.org", {});
  ASSERT_THAT(exchange.Begin("CRAM-MD5"), IsOk());
  EXPECT_THAT(exchange.Respond("<1896.697170952@postoffice.reston.mci.net>"),
              IsOkAndHolds("tim b913a602c7eda7a495b4e6e7334d3890"));
}

TEST(ClientExchangeTest, TakesWhatKeepsThePasswordWhereItCan) {
  ClientExchange exchange(kJean, "mx.example.org", {});
  const auto opening = exchange.Begin("LOGIN PLAIN CRAM-MD5 SCRAM-SHA-256");
  ASSERT_THAT(opening, IsOk());
  EXPECT_EQ(opening->mechanism, "SCRAM-SHA-256");
  EXPECT_THAT(*opening->response, HasSubstr("n=jean"));
  EXPECT_FALSE(exchange.is_complete());
}

TEST(ClientExchangeTest, WhatTheOptionsForbidIsNoMechanism) {
  ClientExchange exchange(kJean, "mx.example.org", {.no_plaintext = true});
  EXPECT_THAT(exchange.Begin("PLAIN LOGIN"),
              StatusIs(absl::StatusCode::kFailedPrecondition));
  ClientExchange other(kJean, "mx.example.org", {});
  EXPECT_THAT(other.Begin("X-UNKNOWN"),
              StatusIs(absl::StatusCode::kFailedPrecondition));
}

TEST(ClientExchangeTest, AServerThatMakesUsWorkForeverIsRefused) {
  ClientExchange exchange(kJean, "mx.example.org", {});
  const auto opening = exchange.Begin("SCRAM-SHA-256");
  ASSERT_THAT(opening, IsOk());
  const std::string nonce =
      opening->response->substr(opening->response->find("r="));
  EXPECT_THAT(exchange.Respond(nonce + "abc,s=c2FsdHNhbHQ=,i=4294967295"),
              StatusIs(absl::StatusCode::kInternal, HasSubstr("iterations")));
}

TEST(ClientExchangeTest, NonsenseEndsTheExchange) {
  for (const char* challenge :
       {"", "r=,s=,i=1", "r=x,s=c2FsdA==,i=4096", "v=AAAA", "e=other-error"}) {
    SCOPED_TRACE(challenge);
    ClientExchange exchange(kJean, "mx.example.org", {});
    ASSERT_THAT(exchange.Begin("SCRAM-SHA-256"), IsOk());
    EXPECT_FALSE(exchange.Respond(challenge).ok());
    EXPECT_FALSE(exchange.is_complete());
  }
}

TEST(WantsTooMuchTest, OnlyANumberInBoundsIsNot) {
  EXPECT_FALSE(WantsTooMuch("r=abc,s=c2FsdA==,i=4096"));
  EXPECT_FALSE(WantsTooMuch("r=abc,s=c2FsdA==,i=1000000"));
  EXPECT_FALSE(WantsTooMuch("v=cHJvb2Y="));
  EXPECT_TRUE(WantsTooMuch("r=abc,s=c2FsdA==,i=1000001"));
  EXPECT_TRUE(WantsTooMuch("r=abc,s=c2FsdA==,i=99999999999999999999"));
  EXPECT_TRUE(WantsTooMuch("r=abc,s=c2FsdA==,i=-1"));
  EXPECT_TRUE(WantsTooMuch("r=abc,s=c2FsdA=="));
}

}  // namespace
}  // namespace postern::mta::sasl
