#include "mta/server/dialogue.h"

#include <string>

#include "absl/strings/match.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mta/server/dialogue_fixture.h"

namespace postern::mta::server {
namespace {

using restrictions::Stage;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::StartsWith;
using Next = Step::Next;

TEST_F(DialogueTest, GreetsWithItsName) {
  const Step asks = dialogue_.OnConnect();
  EXPECT_EQ(asks.next, Next::kDecision);
  EXPECT_EQ(dialogue_.OnDecision({}).reply.Format(),
            "220 mx.example.org ESMTP Postern\r\n");
}

TEST_F(DialogueTest, OffersItsExtensionsToEhloAndNoneToHelo) {
  dialogue_.OnLine({net::Line::Kind::kText, "EHLO c.example"}, false);
  const Step ehlo = dialogue_.OnDecision({});
  EXPECT_EQ(ehlo.reply.Format(),
            "250-mx.example.org\r\n250-PIPELINING\r\n"
            "250-ENHANCEDSTATUSCODES\r\n250-8BITMIME\r\n250-DSN\r\n"
            "250-SMTPUTF8\r\n250-CHUNKING\r\n250-SIZE 52428800\r\n"
            "250 LIMITS RCPTMAX=1000\r\n");
  EXPECT_TRUE(dialogue_.is_esmtp());
  dialogue_.OnLine({net::Line::Kind::kText, "HELO d.example"}, false);
  const Step helo = dialogue_.OnDecision({});
  EXPECT_EQ(helo.reply.Format(), "250 mx.example.org\r\n");
  EXPECT_FALSE(dialogue_.is_esmtp());
  EXPECT_EQ(dialogue_.helo_name(), "d.example");
}

TEST_F(DialogueTest, CommandsComeInOrder) {
  EXPECT_EQ(Say("MAIL FROM:<a@b>"), "503 5.5.1") << "before EHLO";
  Say("EHLO c.example");
  EXPECT_EQ(Say("RCPT TO:<a@b>"), "503 5.5.1") << "before MAIL";
  EXPECT_EQ(Say("DATA"), "503 5.5.1") << "before MAIL";
  EXPECT_EQ(Say("MAIL FROM:<a@b>"), "250 2.1.0");
  EXPECT_EQ(Say("MAIL FROM:<a@b>"), "503 5.5.1") << "nested";
  EXPECT_EQ(Say("DATA"), "503 5.5.1") << "before RCPT";
  EXPECT_EQ(Say("RCPT TO:<a@refused.example>"), "554 5.7.1");
  EXPECT_EQ(Say("DATA"), "554 5.5.1") << "all were refused";
  EXPECT_EQ(Say("RCPT TO:<a@b.example>"), "250 2.1.5");
  EXPECT_EQ(Say("DATA"), "354 ");
}

TEST_F(DialogueTest, WhoIsRefusedAtConnectMayOnlyLeave) {
  refused_stage_ = Stage::kConnect;
  EXPECT_EQ(Answer(dialogue_.OnConnect()), "550 5.7.1");
  EXPECT_EQ(Say("EHLO c.example"), "503 5.7.0");
  EXPECT_EQ(Say("MAIL FROM:<a@b>"), "503 5.7.0");
  EXPECT_EQ(Say("QUIT"), "221 2.0.0*");
}

TEST_F(DialogueTest, AHelloThatIsRefusedDidNotHappen) {
  refused_stage_ = Stage::kHelo;
  EXPECT_EQ(Say("EHLO c.example"), "550 5.7.1");
  EXPECT_EQ(dialogue_.helo_name(), "");
  EXPECT_EQ(Say("MAIL FROM:<a@b>"), "503 5.5.1");
}

TEST_F(DialogueTest, MTA15OtherCommandsDoNotTouchTheTransaction) {
  Say("EHLO c.example");
  Say("MAIL FROM:<a@b.example>");
  Say("RCPT TO:<a@b.example>");
  EXPECT_EQ(Say("NOOP"), "250 2.0.0");
  EXPECT_EQ(Say("VRFY a@b.example"), "252 2.0.0");
  EXPECT_EQ(Say("HELP"), "214 2.0.0");
  EXPECT_EQ(Say("EXPN list"), "502 5.5.1");
  EXPECT_EQ(Say("DATA"), "354 ");
  EXPECT_THAT(
      dialogue_.transaction()->recipients(),
      ElementsAre(Field(&Transaction::Recipient::address, "a@b.example")));
}

TEST(DialogueRulesTest, ExtensionsMayBeWithdrawn) {
  DialogueRules rules = SomeRules();
  rules.discarded_keywords = {"chunking", "DSN", "SMTPUTF8", "limits"};
  Dialogue dialogue(rules, {.session = "s", .is_tls = true});
  dialogue.OnLine({net::Line::Kind::kText, "EHLO c.example"}, false);
  EXPECT_EQ(dialogue.OnDecision({}).reply.text,
            "mx.example.org\nPIPELINING\nENHANCEDSTATUSCODES\n8BITMIME\n"
            "REQUIRETLS\nSIZE 52428800");
  const Step mail = dialogue.OnLine(
      {net::Line::Kind::kText, "MAIL FROM:<a@b> RET=FULL"}, false);
  EXPECT_EQ(mail.reply.code, 555);
  dialogue.OnLine({net::Line::Kind::kText, "BDAT 10"}, false);
  EXPECT_FALSE(dialogue.is_chunk_wanted());
  EXPECT_EQ(dialogue.OnChunk(smtp::DataReader::Problem::kNone).reply.code, 502);
}

TEST(DialogueRulesTest, RequiretlsIsOfferedUnderTlsOnly) {
  const DialogueRules rules = SomeRules();
  for (const bool is_tls : {false, true}) {
    Dialogue dialogue(rules, {.session = "s", .is_tls = is_tls});
    dialogue.OnLine({net::Line::Kind::kText, "EHLO c.example"}, false);
    EXPECT_EQ(
        absl::StrContains(dialogue.OnDecision({}).reply.text, "REQUIRETLS"),
        is_tls);
    const Step mail = dialogue.OnLine(
        {net::Line::Kind::kText, "MAIL FROM:<a@b> REQUIRETLS"}, false);
    EXPECT_EQ(mail.next == Next::kOpen, is_tls);
  }
}

TEST(DialogueRulesTest, VrfyMayBeDisabledAndMessagesLimited) {
  DialogueRules rules = SomeRules();
  rules.has_vrfy = false;
  rules.message_limit = 1;
  Dialogue dialogue(rules, {.session = "s"});
  const auto say = [&dialogue](absl::string_view line) {
    return dialogue.OnLine({net::Line::Kind::kText, line}, false);
  };
  say("EHLO c.example");
  EXPECT_THAT(dialogue.OnDecision({}).reply.text,
              ::testing::HasSubstr("LIMITS MAILMAX=1 RCPTMAX=1000"));
  EXPECT_EQ(say("VRFY a").reply.code, 502);
  EXPECT_EQ(say("MAIL FROM:<a@b>").next, Next::kOpen);
  dialogue.OnOpen(std::string("q"));
  dialogue.OnDecision({});
  EXPECT_EQ(say("RSET").reply.code, 250);
  const Step second = say("MAIL FROM:<a@b>");
  EXPECT_EQ(second.next, Next::kClose);
  EXPECT_EQ(second.reply.code, 421);
}

TEST_F(DialogueTest, MTA06BareNewlinesDoNotEndACommand) {
  EXPECT_EQ(SayKind(net::Line::Kind::kBareLf, "EHLO a\nMAIL FROM:<>"),
            "500 5.5.2");
  EXPECT_EQ(SayKind(net::Line::Kind::kBareLf, "EHLO a\rb"), "501 5.5.2");
  EXPECT_EQ(dialogue_.helo_name(), "");
  EXPECT_EQ(dialogue_.errors(), 2u);
}

TEST_F(DialogueTest, MTA10WhoDoesNotWaitForItsTurnIsSentAway) {
  for (const char* line :
       {"EHLO c.example", "HELO c.example", "DATA", "NOOP", "VRFY a", "HELP"}) {
    EXPECT_EQ(Say(line, true), "554 5.5.0*") << line;
  }
}

TEST_F(DialogueTest, MTA10OtherCommandsMayBePipelined) {
  Say("EHLO c.example");
  EXPECT_EQ(Say("RSET", true), "250 2.0.0");
  EXPECT_EQ(Say("MAIL FROM:<a@b.example>", true), "250 2.1.0");
  EXPECT_EQ(Say("RCPT TO:<a@b.example>", true), "250 2.1.5");
  EXPECT_EQ(Say("BOGUS", true), "500 5.5.2");
  EXPECT_EQ(Say("QUIT", true), "221 2.0.0*");
}

TEST_F(DialogueTest, MTA23ALongLineIsOneErrorAndAnEndlessOneTheEnd) {
  EXPECT_EQ(SayKind(net::Line::Kind::kTooLong), "500 5.5.2");
  EXPECT_EQ(SayKind(net::Line::Kind::kEndless), "500 5.5.2*");
}

TEST_F(DialogueTest, MTA25ANulInACommandClosesTheConnection) {
  EXPECT_EQ(Say(absl::string_view("NOOP\0", 5)), "501 5.5.2*");
  EXPECT_EQ(Say(absl::string_view("MAIL FROM:<a\0@b>", 16)), "501 5.5.2*");
}

TEST_F(StrictDialogueTest, MTA40TooManyErrorsEndTheSession) {
  Say("EHLO c.example");
  EXPECT_EQ(Say("BOGUS"), "500 5.5.2");
  EXPECT_EQ(Say("MAIL FROM:<"), "501 5.1.7");
  EXPECT_EQ(Say("DATA"), "421 4.7.0*");
}

TEST_F(StrictDialogueTest, MTA40RefusedRecipientsAreErrors) {
  Say("EHLO c.example");
  Say("MAIL FROM:<a@b.example>");
  EXPECT_EQ(Say("RCPT TO:<a@refused.example>"), "554 5.7.1");
  EXPECT_EQ(Say("RCPT TO:<b@refused.example>"), "554 5.7.1");
  EXPECT_EQ(Say("RCPT TO:<c@refused.example>"), "421 4.7.0*");
}

TEST_F(DialogueTest, MTA40CommandsThatBringNoMailForwardAreCounted) {
  Say("EHLO c.example");
  std::string reply;
  uint32_t n = 1;
  for (; n < 1000 && reply != "421 4.7.0*"; ++n) reply = Say("NOOP");
  EXPECT_EQ(n, Dialogue::kMaxIdleCommands + 1);
}

TEST_F(DialogueTest, AReplyThatMeansCloseCloses) {
  Say("EHLO c.example");
  Say("MAIL FROM:<a@b.example>");
  EXPECT_EQ(Say("RCPT TO:<a@closed.example>"), "421 4.7.0*");
}

TEST_F(DialogueTest, AWebBrowserIsSentAway) {
  EXPECT_EQ(Say("GET / HTTP/1.1"), "502 5.7.0*");
  EXPECT_EQ(Say("POST /x HTTP/1.1"), "502 5.7.0*");
  EXPECT_EQ(Say("connect x:25 HTTP/1.1"), "502 5.7.0*");
}

TEST_F(DialogueTest, KnownCommandsThatWeDoNotOfferAreToldFromUnknownOnes) {
  EXPECT_EQ(Say("ETRN x"), "502 5.5.1");
  EXPECT_EQ(Say("AUTH PLAIN AGEAYg=="), "503 5.5.1");
  EXPECT_EQ(Say("XYZZY"), "500 5.5.2");
  EXPECT_EQ(Say(""), "500 5.5.2");
}

TEST_F(DialogueTest, LastWordsNameTheHost) {
  EXPECT_EQ(dialogue_.TooSlow().Format(),
            "421 4.4.2 mx.example.org Error: timeout exceeded\r\n");
  EXPECT_THAT(dialogue_.Stopping().Format(),
              StartsWith("421 4.3.2 mx.example.org "));
}

}  // namespace
}  // namespace postern::mta::server
