#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mta/server/dialogue_fixture.h"

namespace postern::mta::server {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// A dialogue whose mechanisms say what the test wants.
class DialogueAuthTest : public DialogueTest {
 protected:
  explicit DialogueAuthTest(DialogueRules rules = Rules())
      : DialogueTest(std::move(rules)) {}

  static DialogueRules Rules() {
    DialogueRules rules = SomeRules();
    rules.auth.is_enabled = true;
    rules.auth.only_encrypted = false;
    rules.auth.clear_mechanisms = {"CRAM-MD5"};
    rules.auth.encrypted_mechanisms = {"PLAIN", "CRAM-MD5"};
    rules.auth.failure_limit = 3;
    return rules;
  }

  // Says a line that belongs to an exchange; the mechanism answers `result`.
  std::string SayAuth(absl::string_view line, AuthResult result,
                      bool has_more_input = false) {
    const Step step =
        dialogue_.OnLine({net::Line::Kind::kText, line}, has_more_input);
    if (step.next != Step::Next::kAuthenticate) return Answer(step);
    const std::optional<AuthResult> problem = dialogue_.auth_input().problem;
    return Answer(dialogue_.OnAuthAnswer({problem.value_or(result), "jean"}));
  }
};

TEST_F(DialogueAuthTest, OffersWhatMayBeUsedNow) {
  const Step hello =
      dialogue_.OnLine({net::Line::Kind::kText, "EHLO c.example"}, false);
  EXPECT_EQ(hello.next, Step::Next::kDecision);
  const std::string text = dialogue_.OnDecision({}).reply.text;
  EXPECT_THAT(text, HasSubstr("\nAUTH CRAM-MD5"));
  EXPECT_THAT(text, Not(HasSubstr("PLAIN")));
}

TEST_F(DialogueAuthTest, KnowsTheClientAfterAnExchange) {
  Say("EHLO c.example");
  EXPECT_EQ(dialogue_.auth(), nullptr);
  EXPECT_EQ(SayAuth("AUTH cram-md5", AuthResult::kChallenge), "334 ");
  EXPECT_TRUE(dialogue_.is_authenticating());
  EXPECT_EQ(SayAuth("NOOP now", AuthResult::kAccepted), "501 5.5.2")
      << "a response, no command";
  EXPECT_EQ(SayAuth("AUTH CRAM-MD5", AuthResult::kChallenge), "334 ");
  EXPECT_EQ(SayAuth("YQ==", AuthResult::kAccepted), "235 2.7.0");
  ASSERT_NE(dialogue_.auth(), nullptr);
  EXPECT_EQ(dialogue_.auth()->method, "CRAM-MD5");
  EXPECT_EQ(dialogue_.auth()->username, "jean");
  EXPECT_EQ(Say("EHLO c.example"), "250 ");
  EXPECT_EQ(Say("RSET"), "250 2.0.0");
  EXPECT_NE(dialogue_.auth(), nullptr) << "it lasts";
}

TEST_F(DialogueAuthTest, HasItsPlaceInASession) {
  EXPECT_EQ(Say("AUTH CRAM-MD5"), "503 5.5.1") << "before EHLO";
  Say("HELO c.example");
  EXPECT_EQ(Say("AUTH CRAM-MD5"), "503 5.5.1") << "after HELO";
  Say("EHLO c.example");
  Say("MAIL FROM:<a@example.net>");
  EXPECT_EQ(Say("AUTH CRAM-MD5"), "503 5.5.1") << "in a transaction";
  Say("RSET");
  EXPECT_EQ(Say("AUTH"), "501 5.5.4");
  EXPECT_EQ(SayAuth("AUTH CRAM-MD5", AuthResult::kAccepted), "235 2.7.0");
  EXPECT_EQ(Say("AUTH CRAM-MD5"), "503 5.5.1") << "only once";
}

TEST_F(DialogueAuthTest, SaysWhyAMechanismCannotBeUsed) {
  Say("EHLO c.example");
  EXPECT_EQ(SayAuth("AUTH PLAIN AGEAYg==", AuthResult::kAccepted),
            "538 5.7.11");
  EXPECT_EQ(SayAuth("AUTH X-OTHER", AuthResult::kAccepted), "504 5.5.4");
  EXPECT_EQ(dialogue_.auth(), nullptr);
}

TEST_F(DialogueAuthTest, TheClientMayCancel) {
  Say("EHLO c.example");
  SayAuth("AUTH CRAM-MD5", AuthResult::kChallenge);
  EXPECT_EQ(SayAuth("*", AuthResult::kAccepted), "501 5.7.0");
  EXPECT_FALSE(dialogue_.is_authenticating());
  EXPECT_EQ(Say("MAIL FROM:<a@example.net>"), "250 2.1.0");
}

// MTA-10.
TEST_F(DialogueAuthTest, NothingMayFollowUnasked) {
  Say("EHLO c.example");
  EXPECT_EQ(SayAuth("AUTH CRAM-MD5", AuthResult::kAccepted, true),
            "554 5.5.0*");
}

TEST_F(DialogueAuthTest, NothingMayFollowAResponseUnasked) {
  Say("EHLO c.example");
  SayAuth("AUTH CRAM-MD5", AuthResult::kChallenge);
  EXPECT_EQ(SayAuth("YQ==", AuthResult::kAccepted, true), "554 5.5.0*");
}

// MTA-40.
TEST_F(DialogueAuthTest, FailuresAreBounded) {
  Say("EHLO c.example");
  EXPECT_EQ(SayAuth("AUTH CRAM-MD5", AuthResult::kRejected), "535 5.7.8");
  EXPECT_EQ(SayAuth("AUTH CRAM-MD5", AuthResult::kUnavailable), "454 4.7.0");
  EXPECT_EQ(dialogue_.auth_failures(), 2u);
  EXPECT_EQ(SayAuth("AUTH CRAM-MD5", AuthResult::kRejected), "421 4.7.0*");
}

TEST_F(DialogueAuthTest, LinesAreBounded) {
  Say("EHLO c.example");
  SayAuth("AUTH CRAM-MD5", AuthResult::kChallenge);
  const Step step = dialogue_.OnLine({net::Line::Kind::kTooLong, ""}, false);
  ASSERT_EQ(step.next, Step::Next::kAuthenticate);
  EXPECT_EQ(Answer(dialogue_.OnAuthAnswer({*dialogue_.auth_input().problem})),
            "500 5.5.6");
  SayAuth("AUTH CRAM-MD5", AuthResult::kChallenge);
  EXPECT_EQ(SayKind(net::Line::Kind::kEndless), "500 5.5.6*");
}

// MTA-20.
class EncryptedOnlyTest : public DialogueAuthTest {
 protected:
  EncryptedOnlyTest() : DialogueAuthTest(Strict()) {}
  static DialogueRules Strict() {
    DialogueRules rules = Rules();
    rules.auth.only_encrypted = true;
    return rules;
  }
};

TEST_F(EncryptedOnlyTest, NothingIsOfferedOrTakenInTheClear) {
  dialogue_.OnLine({net::Line::Kind::kText, "EHLO c.example"}, false);
  EXPECT_THAT(dialogue_.OnDecision({}).reply.text, Not(HasSubstr("AUTH")));
  EXPECT_EQ(Say("AUTH CRAM-MD5"), "538 5.7.11");
  EXPECT_EQ(dialogue_.auth(), nullptr);
}

// MTA-18.
TEST_F(EncryptedOnlyTest, UnderTlsAllIsNew) {
  Say("EHLO c.example");
  Say("MAIL FROM:<a@example.net>");
  dialogue_.OnSecured();
  EXPECT_EQ(dialogue_.helo_name(), "");
  EXPECT_EQ(dialogue_.transaction(), nullptr);
  EXPECT_EQ(Say("AUTH PLAIN"), "503 5.5.1") << "before EHLO";
  dialogue_.OnLine({net::Line::Kind::kText, "EHLO c.example"}, false);
  EXPECT_THAT(dialogue_.OnDecision({}).reply.text,
              HasSubstr("\nAUTH PLAIN CRAM-MD5"));
  EXPECT_EQ(SayAuth("AUTH PLAIN AGEAYg==", AuthResult::kAccepted), "235 2.7.0");
  dialogue_.OnSecured();
  EXPECT_EQ(dialogue_.auth(), nullptr);
}

TEST_F(DialogueAuthTest, OnlyWhoIsKnownMayNameTheAuthor) {
  Say("EHLO c.example");
  Say("MAIL FROM:<a@example.net> AUTH=jean+40example.org");
  EXPECT_EQ(dialogue_.transaction()->mail().auth, std::nullopt);
  Say("RSET");
  SayAuth("AUTH CRAM-MD5", AuthResult::kAccepted);
  Say("MAIL FROM:<a@example.net> AUTH=jean+40example.org");
  EXPECT_EQ(dialogue_.transaction()->mail().auth, "jean@example.org");
}

class NoAuthTest : public DialogueTest {};

TEST_F(NoAuthTest, ItCanBeOff) {
  dialogue_.OnLine({net::Line::Kind::kText, "EHLO c.example"}, false);
  EXPECT_THAT(dialogue_.OnDecision({}).reply.text, Not(HasSubstr("AUTH")));
  EXPECT_EQ(Say("AUTH CRAM-MD5"), "503 5.5.1");
  EXPECT_EQ(Say("EHLO c.example"), "250 ");
  EXPECT_EQ(Say("MAIL FROM:<a@example.net> AUTH=<>"), "555 5.5.4");
}

}  // namespace
}  // namespace postern::mta::server
