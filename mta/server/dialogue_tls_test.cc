// What the dialogue has to do with TLS.

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mta/server/dialogue_fixture.h"

namespace postern::mta::server {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using Use = TlsSettings::Use;

template <Use use>
class DialogueWith : public DialogueTest {
 protected:
  DialogueWith() : DialogueTest(Rules()) {}
  static DialogueRules Rules() {
    DialogueRules rules = SomeRules();
    rules.tls = use;
    return rules;
  }

  std::string Hello() {
    Step step =
        dialogue_.OnLine({net::Line::Kind::kText, "EHLO c.example"}, false);
    return dialogue_.OnDecision({}).reply.text;
  }

  // STARTTLS and a handshake that succeeds.
  void Secure() {
    const Step step =
        dialogue_.OnLine({net::Line::Kind::kText, "STARTTLS"}, false);
    EXPECT_EQ(step.next, Step::Next::kStartTls);
    EXPECT_EQ(step.reply.code, 220);
    EXPECT_EQ(dialogue_.OnSecured().next, Step::Next::kListen);
  }
};

using DialogueWithoutTlsTest = DialogueWith<Use::kNone>;
using DialogueTlsTest = DialogueWith<Use::kOffered>;
using DialogueTlsMustTest = DialogueWith<Use::kRequired>;

TEST_F(DialogueWithoutTlsTest, StartTlsIsNotImplemented) {
  EXPECT_THAT(Hello(), Not(HasSubstr("STARTTLS")));
  EXPECT_EQ(Say("STARTTLS"), "502 5.5.1");
}

TEST_F(DialogueTlsTest, StartTlsIsOfferedInTheClearOnly) {
  EXPECT_THAT(Hello(), HasSubstr("STARTTLS"));
  Secure();
  EXPECT_THAT(Hello(), Not(HasSubstr("STARTTLS")));
}

TEST_F(DialogueTlsTest, MTA17NothingMayFollowStartTls) {
  Hello();
  EXPECT_EQ(Say("STARTTLS", /*has_more_input=*/true), "554 5.5.0*");
}

TEST_F(DialogueTlsTest, MTA18WhatWasSaidInTheClearIsForgotten) {
  Hello();
  Say("MAIL FROM:<a@example.net>");
  Say("RCPT TO:<b@example.org>");
  Secure();
  EXPECT_EQ(dialogue_.transaction(), nullptr);
  EXPECT_EQ(dialogue_.helo_name(), "");
  EXPECT_FALSE(dialogue_.is_esmtp());
  EXPECT_EQ(Say("DATA"), "503 5.5.1");
  EXPECT_EQ(Say("MAIL FROM:<a@example.net>"), "503 5.5.1")
      << "EHLO comes first again";
  Hello();
  EXPECT_EQ(Say("MAIL FROM:<a@example.net>"), "250 2.1.0");
}

TEST_F(DialogueTlsTest, MTA18ASecondStartTlsIsRefused) {
  Secure();
  Hello();
  EXPECT_EQ(Say("STARTTLS"), "503 5.5.1");
}

TEST_F(DialogueTlsTest, StartTlsHasNoArgument) {
  Hello();
  EXPECT_EQ(Say("STARTTLS now"), "501 5.5.4");
}

TEST_F(DialogueTlsMustTest, BeforeTlsThereIsNoMail) {
  EXPECT_THAT(Hello(), HasSubstr("STARTTLS"));
  for (const char* line : {"MAIL FROM:<a@example.net>", "RCPT TO:<b@c.example>",
                           "DATA", "VRFY a", "RSET"}) {
    EXPECT_EQ(Say(line), "530 5.7.0") << line;
  }
  EXPECT_EQ(Say("NOOP"), "250 2.0.0");
  Secure();
  Hello();
  EXPECT_EQ(Say("MAIL FROM:<a@example.net>"), "250 2.1.0");
}

TEST_F(DialogueTlsMustTest, BeforeTlsAClientMayLeave) {
  EXPECT_EQ(Say("QUIT"), "221 2.0.0*");
}

}  // namespace
}  // namespace postern::mta::server
