#include "mta/server/dialogue.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace postern::mta::server {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;
using Next = Step::Next;
using Problem = smtp::DataReader::Problem;

DialogueRules SomeRules() {
  DialogueRules rules;
  rules.myhostname = "mx.example.org";
  return rules;
}

// A client that talks with a dialogue whose surroundings say yes to everything
// but to recipients at refused.example.
class DialogueTest : public ::testing::Test {
 protected:
  explicit DialogueTest(DialogueRules rules = SomeRules())
      : rules_(std::move(rules)), dialogue_(rules_, "s") {}

  // Returns the reply, with "*" behind it when the connection is closed.
  std::string Say(absl::string_view line, bool has_more_input = false) {
    return Answer(
        dialogue_.OnLine({net::Line::Kind::kText, line}, has_more_input));
  }
  std::string SayKind(net::Line::Kind kind, absl::string_view text = "") {
    return Answer(dialogue_.OnLine({kind, text}, false));
  }

  std::string Answer(Step step) {
    if (step.next == Next::kSender) step = dialogue_.OnRoom(room_);
    if (step.next == Next::kRecipient) {
      restrictions::Decision decision;
      decision.headers = {"X-A: b"};
      if (dialogue_.command().address.domain == "refused.example") {
        decision.refusal = {554, "5.7.1", "no"};
      }
      if (dialogue_.command().address.domain == "closed.example") {
        decision.refusal = {421, "4.7.0", "go"};
      }
      step = dialogue_.OnDecision(std::move(decision));
    }
    if (step.next == Next::kMessage) is_data_ = true;
    return absl::StrCat(step.reply.code, " ", step.reply.status,
                        step.next == Next::kClose ? "*" : "");
  }

  // Says lines until a message may come.
  void BeginMessage() {
    is_data_ = false;
    if (dialogue_.helo_name().empty()) Say("EHLO c.example");
    Say("MAIL FROM:<a@example.net>");
    Say("RCPT TO:<b@example.org>");
    EXPECT_EQ(Say("DATA"), "354 ");
    EXPECT_TRUE(is_data_);
  }

  const DialogueRules rules_;
  Dialogue dialogue_;
  absl::Status room_;
  bool is_data_ = false;
};

TEST_F(DialogueTest, GreetsWithItsName) {
  EXPECT_EQ(dialogue_.Greeting().Format(),
            "220 mx.example.org ESMTP Postern\r\n");
}

TEST_F(DialogueTest, OffersItsExtensionsToEhloAndNoneToHelo) {
  const Step ehlo =
      dialogue_.OnLine({net::Line::Kind::kText, "EHLO c.example"}, false);
  EXPECT_EQ(ehlo.reply.Format(),
            "250-mx.example.org\r\n250-PIPELINING\r\n250-SIZE 52428800\r\n"
            "250-ENHANCEDSTATUSCODES\r\n250 8BITMIME\r\n");
  EXPECT_TRUE(dialogue_.is_esmtp());
  const Step helo =
      dialogue_.OnLine({net::Line::Kind::kText, "HELO d.example"}, false);
  EXPECT_EQ(helo.reply.Format(), "250 mx.example.org\r\n");
  EXPECT_FALSE(dialogue_.is_esmtp());
  EXPECT_EQ(dialogue_.helo_name(), "d.example");
}

TEST_F(DialogueTest, TakesAMessageAndAnother) {
  BeginMessage();
  ASSERT_NE(dialogue_.transaction(), nullptr);
  EXPECT_EQ(dialogue_.transaction()->instance(), "s.1");
  EXPECT_THAT(dialogue_.transaction()->recipients(),
              ElementsAre("b@example.org"));
  EXPECT_THAT(dialogue_.transaction()->headers(), ElementsAre("X-A: b"));
  const Step stored = dialogue_.OnMessage(absl::OkStatus(), "q1");
  EXPECT_EQ(stored.reply.Format(), "250 2.0.0 Ok: queued as q1\r\n");
  EXPECT_EQ(dialogue_.transaction(), nullptr);
  BeginMessage();
  EXPECT_EQ(dialogue_.transaction()->instance(), "s.2");
  EXPECT_EQ(Say("QUIT"), "221 2.0.0*");
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

TEST_F(DialogueTest, MTA14AfterARefusedMessageThereIsNoTransaction) {
  BeginMessage();
  EXPECT_EQ(Answer(dialogue_.OnBadMessage(Problem::kTooLarge)), "552 5.3.4");
  EXPECT_EQ(Say("RCPT TO:<a@b.example>"), "503 5.5.1");
  BeginMessage();
  EXPECT_EQ(Answer(dialogue_.OnMessage(
                absl::ResourceExhaustedError("disk full"), "q")),
            "452 4.3.1");
  EXPECT_EQ(Say("RCPT TO:<a@b.example>"), "503 5.5.1");
}

TEST_F(DialogueTest, EveryProblemOfAMessageHasItsReply) {
  struct Case {
    Problem problem;
    const char* want;
  };
  const Case cases[] = {
      {Problem::kTooManyHops, "554 5.4.6"},  // MTA-27.
      {Problem::kHeaderTooLarge, "552 5.3.4"},
      {Problem::kTooLarge, "552 5.3.4"},
      {Problem::kLineTooLong, "550 5.6.0"},   // MTA-24.
      {Problem::kNul, "550 5.6.0"},           // MTA-25.
      {Problem::kBareNewline, "550 5.6.11"},  // MTA-03.
  };
  for (const Case& c : cases) {
    BeginMessage();
    EXPECT_EQ(Answer(dialogue_.OnBadMessage(c.problem)), c.want);
  }
}

class DisconnectingDialogueTest : public DialogueTest {
 protected:
  DisconnectingDialogueTest() : DialogueTest(Rules()) {}
  static DialogueRules Rules() {
    DialogueRules rules = SomeRules();
    rules.disconnect_on_bare_newline = true;
    return rules;
  }
};

TEST_F(DisconnectingDialogueTest, MTA03MayCloseAtABareNewline) {
  BeginMessage();
  EXPECT_EQ(Answer(dialogue_.OnBadMessage(Problem::kBareNewline)),
            "521 5.5.2*");
}

TEST_F(DialogueTest, RsetAndHelloEndTheTransaction) {
  for (const char* end : {"RSET", "EHLO d.example", "HELO d.example"}) {
    Say("EHLO c.example");
    Say("MAIL FROM:<a@b.example>");
    EXPECT_THAT(Say(end), StartsWith("250"));
    EXPECT_EQ(Say("RCPT TO:<a@b.example>"), "503 5.5.1") << end;
  }
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
  EXPECT_THAT(dialogue_.transaction()->recipients(),
              ElementsAre("a@b.example"));
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

TEST_F(DialogueTest, AMessageThatIsDeclaredTooLargeIsRefusedAtOnce) {
  Say("EHLO c.example");
  EXPECT_EQ(Say("MAIL FROM:<a@b.example> SIZE=52428801"), "552 5.3.4");
  EXPECT_EQ(Say("MAIL FROM:<a@b.example> SIZE=18446744073709551616"),
            "552 5.3.4");
  EXPECT_EQ(Say("MAIL FROM:<a@b.example> SIZE=52428800"), "250 2.1.0");
}

TEST_F(DialogueTest, MTA41NoRoomIsSaidAtMailAndIsNotTheClientsError) {
  room_ = absl::ResourceExhaustedError("full");
  Say("EHLO c.example");
  EXPECT_EQ(Say("MAIL FROM:<a@b.example>"), "452 4.3.1");
  EXPECT_EQ(dialogue_.errors(), 0u);
  EXPECT_EQ(Say("RCPT TO:<a@b.example>"), "503 5.5.1");
}

class StrictDialogueTest : public DialogueTest {
 protected:
  StrictDialogueTest() : DialogueTest(Rules()) {}
  static DialogueRules Rules() {
    DialogueRules rules = SomeRules();
    rules.hard_error_limit = 3;
    rules.recipient_limit = 2;
    return rules;
  }
};

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

TEST_F(StrictDialogueTest, AMessageThatIsAcceptedForgivesTheErrors) {
  Say("EHLO c.example");
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(Say("BOGUS"), "500 5.5.2");
    EXPECT_EQ(Say("BOGUS"), "500 5.5.2");
    BeginMessage();
    dialogue_.OnMessage(absl::OkStatus(), "q");
  }
}

TEST_F(StrictDialogueTest, MTA45MoreRecipientsThanTheLimitAreForLater) {
  Say("EHLO c.example");
  Say("MAIL FROM:<>");
  EXPECT_EQ(Say("RCPT TO:<a@b.example>"), "250 2.1.5");
  EXPECT_EQ(Say("RCPT TO:<a@b.example>"), "250 2.1.5") << "a duplicate";
  EXPECT_EQ(Say("RCPT TO:<b@b.example>"), "250 2.1.5");
  EXPECT_EQ(Say("RCPT TO:<c@b.example>"), "452 4.5.3");
  EXPECT_EQ(Say("DATA"), "354 ");
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
  EXPECT_EQ(Say("STARTTLS"), "502 5.5.1");
  EXPECT_EQ(Say("AUTH PLAIN AGEAYg=="), "502 5.5.1");
  EXPECT_EQ(Say("BDAT 10 LAST"), "502 5.5.1");
  EXPECT_EQ(Say("XYZZY"), "500 5.5.2");
  EXPECT_EQ(Say(""), "500 5.5.2");
}

TEST_F(DialogueTest, PostmasterWithoutADomainIsOurs) {
  Say("EHLO c.example");
  Say("MAIL FROM:<>");
  EXPECT_EQ(Say("RCPT TO:<Postmaster>"), "250 2.1.5");
  EXPECT_THAT(dialogue_.transaction()->recipients(),
              ElementsAre("Postmaster@mx.example.org"));
}

TEST_F(DialogueTest, LastWordsNameTheHost) {
  EXPECT_EQ(dialogue_.TooSlow().Format(),
            "421 4.4.2 mx.example.org Error: timeout exceeded\r\n");
  EXPECT_THAT(dialogue_.Stopping().Format(),
              StartsWith("421 4.3.2 mx.example.org "));
}

}  // namespace
}  // namespace postern::mta::server
