#include "mta/server/auth_exchange.h"

#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace postern::mta::server {
namespace {

using ::testing::Eq;
using ::testing::Optional;
using ::testing::StartsWith;

TEST(AuthExchangeTest, TakesTheCommandApart) {
  const AuthInput plain = ParseAuth("plain AGEAYg==").value();
  EXPECT_EQ(plain.mechanism, "PLAIN");
  EXPECT_THAT(plain.response, Optional(std::string("\0a\0b", 4)));
  EXPECT_EQ(plain.problem, std::nullopt);
  const AuthInput bare = ParseAuth(" SCRAM-SHA-256 ").value();
  EXPECT_EQ(bare.mechanism, "SCRAM-SHA-256");
  EXPECT_EQ(bare.response, std::nullopt);
}

TEST(AuthExchangeTest, AnEqualsSignIsAnEmptyInitialResponse) {
  EXPECT_THAT(ParseAuth("PLAIN =")->response, Optional(std::string()));
  EXPECT_EQ(ParseAuth("PLAIN =")->problem, std::nullopt);
}

TEST(AuthExchangeTest, WantsAMechanismAndAtMostOneResponse) {
  for (const char* argument : {"", " ", "PLAIN a b", "PLAIN a= =", "PLA\tIN",
                               "PLAIN!", "MECHANISM-NAMES-HAVE-TWENTY"}) {
    EXPECT_FALSE(ParseAuth(argument).has_value()) << argument;
  }
}

TEST(AuthExchangeTest, TakesAResponseLineApart) {
  EXPECT_THAT(ParseAuthResponse("YQ==").response, Optional(std::string("a")));
  EXPECT_THAT(ParseAuthResponse("").response, Optional(std::string()));
  EXPECT_THAT(ParseAuthResponse("*").problem, Optional(AuthResult::kCancelled));
}

TEST(AuthExchangeTest, ReadsBase64Strictly) {
  for (const std::string& line :
       {std::string("="), std::string("YQ"), std::string("YQ="),
        std::string("Y==="), std::string("===="), std::string("YQ==YQ=="),
        std::string("Y Q="), std::string("YQ= "), std::string("YQ.."),
        std::string("YQ-_"), std::string("**"), std::string("YQ==\0", 5),
        std::string("\xc3\xa4YQ"), std::string(kMaxAuthLineBytes + 4, 'A')}) {
    EXPECT_THAT(ParseAuthResponse(line).problem,
                Optional(AuthResult::kMalformed))
        << line.substr(0, 20);
  }
  EXPECT_THAT(ParseAuth("PLAIN Y")->problem, Optional(AuthResult::kMalformed));
  EXPECT_THAT(ParseAuthResponse(std::string(kMaxAuthLineBytes, 'A')).problem,
              Eq(std::nullopt));
}

TEST(AuthExchangeTest, HasTheCodesOfRfc4954) {
  struct Case {
    AuthResult result;
    const char* want;
  };
  const Case cases[] = {
      {AuthResult::kChallenge, "334 YQ==\r\n"},
      {AuthResult::kAccepted, "235 2.7.0 "},
      {AuthResult::kRejected, "535 5.7.8 "},
      {AuthResult::kUnavailable, "454 4.7.0 "},
      {AuthResult::kMalformed, "501 5.5.2 "},
      {AuthResult::kTooLong, "500 5.5.6 "},
      {AuthResult::kCancelled, "501 5.7.0 "},
      {AuthResult::kUnknownMechanism, "504 5.5.4 "},
      {AuthResult::kTooWeak, "534 5.7.9 "},
      {AuthResult::kNeedsEncryption, "538 5.7.11 "},
      {AuthResult::kNeedsTransition, "432 4.7.12 "},
      {AuthResult::kLimited, "450 4.7.1 "},
  };
  std::set<absl::string_view> names;
  for (const Case& c : cases) {
    EXPECT_THAT(ReplyTo({c.result, "a"}).Format(), StartsWith(c.want));
    names.insert(AuthResultName(c.result));
  }
  EXPECT_EQ(names.size(), kAuthResultCount);
}

TEST(AuthExchangeTest, AnEmptyChallengeKeepsItsSpace) {
  EXPECT_EQ(ReplyTo({AuthResult::kChallenge, ""}).Format(), "334 \r\n");
}

TEST(AuthExchangeTest, AChallengeIsOneLine) {
  const std::string longest(372, '\xff');
  EXPECT_TRUE(FitsIntoReply(longest));
  const std::string line = ReplyTo({AuthResult::kChallenge, longest}).Format();
  EXPECT_EQ(line.size(), 4 + 496 + 2);
  EXPECT_FALSE(FitsIntoReply(longest + "x"));
}

}  // namespace
}  // namespace postern::mta::server
