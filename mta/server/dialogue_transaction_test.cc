#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mta/server/dialogue.h"
#include "mta/server/dialogue_fixture.h"

namespace postern::mta::server {
namespace {

using restrictions::Stage;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::StartsWith;
using Next = Step::Next;
using Problem = smtp::DataReader::Problem;

TEST_F(DialogueTest, TakesAMessageAndAnother) {
  BeginMessage();
  ASSERT_NE(dialogue_.transaction(), nullptr);
  EXPECT_EQ(dialogue_.transaction()->instance(), "s.1");
  EXPECT_THAT(
      dialogue_.transaction()->recipients(),
      ElementsAre(Field(&Transaction::Recipient::address, "b@example.org")));
  EXPECT_THAT(dialogue_.transaction()->actions().headers,
              ElementsAre("X-A: b"));
  EXPECT_EQ(dialogue_.transaction()->queue_id(), "q1");
  dialogue_.OnContent(Problem::kNone, 10);
  EXPECT_EQ(dialogue_.stage(), Stage::kEndOfData);
  EXPECT_EQ(dialogue_.OnDecision({}).next, Next::kStore);
  const Step stored = dialogue_.OnStored(absl::OkStatus());
  EXPECT_EQ(stored.reply.Format(), "250 2.0.0 Ok: queued as q1\r\n");
  EXPECT_EQ(dialogue_.transaction(), nullptr);
  BeginMessage();
  EXPECT_EQ(dialogue_.transaction()->instance(), "s.2");
  EXPECT_EQ(Say("QUIT"), "221 2.0.0*");
}

TEST_F(DialogueTest, MTA14AfterARefusedMessageThereIsNoTransaction) {
  BeginMessage();
  EXPECT_EQ(Answer(dialogue_.OnContent(Problem::kTooLarge, 10)), "552 5.3.4");
  EXPECT_EQ(Say("RCPT TO:<a@b.example>"), "503 5.5.1");
  BeginMessage();
  refused_stage_ = Stage::kEndOfData;
  EXPECT_EQ(Answer(dialogue_.OnContent(Problem::kNone, 10)), "550 5.7.1");
  EXPECT_EQ(Say("RCPT TO:<a@b.example>"), "503 5.5.1");
  refused_stage_.reset();
  BeginMessage();
  stored_ = absl::ResourceExhaustedError("disk full");
  EXPECT_EQ(Answer(dialogue_.OnContent(Problem::kNone, 10)), "452 4.3.1");
  EXPECT_EQ(Say("RCPT TO:<a@b.example>"), "503 5.5.1");
}

TEST_F(DialogueTest, ASenderThatIsRefusedOpensNoTransaction) {
  refused_stage_ = Stage::kSender;
  Say("EHLO c.example");
  EXPECT_EQ(Say("MAIL FROM:<a@b>"), "550 5.7.1");
  EXPECT_EQ(dialogue_.transaction(), nullptr);
  refused_stage_.reset();
  EXPECT_EQ(Say("MAIL FROM:<c@b>"), "250 2.1.0");
}

TEST_F(DialogueTest, RefusedDataLeavesTheTransactionOpen) {
  refused_stage_ = Stage::kData;
  Say("EHLO c.example");
  Say("MAIL FROM:<a@b>");
  Say("RCPT TO:<b@example.org>");
  EXPECT_EQ(Say("DATA"), "550 5.7.1");
  EXPECT_NE(dialogue_.transaction(), nullptr);
  EXPECT_EQ(Say("RSET"), "250 2.0.0");
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
  EXPECT_EQ(Answer(dialogue_.OnContent(Problem::kBareNewline, 10)),
            "521 5.5.2*");
}

TEST_F(DialogueTest, TakesAMessageInChunks) {
  Say("EHLO c.example");
  Say("MAIL FROM:<a@example.net>");
  Say("RCPT TO:<b@example.org>");
  EXPECT_EQ(Say("BDAT 1000", true), "250 2.0.0") << "may be pipelined";
  EXPECT_TRUE(dialogue_.is_chunk_wanted());
  EXPECT_EQ(dialogue_.transaction()->content_bytes(), 1000);
  EXPECT_EQ(Say("RCPT TO:<c@example.org>"), "503 5.5.1") << "too late";
  EXPECT_EQ(Say("DATA"), "503 5.5.1") << "MTA-16: not both";
  EXPECT_EQ(Say("NOOP"), "250 2.0.0");
  EXPECT_EQ(Say("BDAT 24 LAST"), "250 2.0.0");
  EXPECT_EQ(dialogue_.transaction(), nullptr);
  EXPECT_EQ(Say("BDAT 0 LAST"), "503 5.5.1") << "MTA-13: it is over";
}

TEST_F(DialogueTest, MTA13AChunkThatIsRefusedEndsTheTransaction) {
  Say("EHLO c.example");
  EXPECT_EQ(Say("BDAT 10"), "503 5.5.1") << "no MAIL";
  Say("MAIL FROM:<a@example.net>");
  EXPECT_EQ(Say("BDAT 10"), "503 5.5.1") << "no RCPT";
  EXPECT_EQ(Say("RCPT TO:<b@example.org>"), "503 5.5.1");
  Say("MAIL FROM:<a@example.net>");
  Say("RCPT TO:<b@refused.example>");
  EXPECT_EQ(Say("BDAT 10 LAST"), "554 5.5.1") << "no valid RCPT";
  EXPECT_EQ(Say("DATA"), "503 5.5.1");
  refused_stage_ = Stage::kData;
  Say("MAIL FROM:<a@example.net>");
  Say("RCPT TO:<b@example.org>");
  EXPECT_EQ(Say("BDAT 10"), "550 5.7.1") << "the restrictions say no";
  EXPECT_EQ(Say("BDAT 10 LAST"), "503 5.5.1");
  refused_stage_.reset();
  problem_ = Problem::kBareNewline;
  Say("MAIL FROM:<a@example.net>");
  Say("RCPT TO:<b@example.org>");
  EXPECT_EQ(Say("BDAT 10"), "550 5.6.11") << "the content is bad";
  EXPECT_EQ(Say("BDAT 10 LAST"), "503 5.5.1");
  EXPECT_EQ(Say("DATA"), "503 5.5.1");
}

TEST_F(DialogueTest, MTA11ChunksAreBounded) {
  Say("EHLO c.example");
  Say("MAIL FROM:<a@example.net>");
  Say("RCPT TO:<b@example.org>");
  EXPECT_EQ(Say("BDAT 52428000"), "250 2.0.0");
  EXPECT_EQ(Say("BDAT 801"), "552 5.3.4") << "together they are too large";
  Say("MAIL FROM:<a@example.net>");
  Say("RCPT TO:<b@example.org>");
  EXPECT_EQ(Say("BDAT 52428801 LAST"), "552 5.3.4");
  EXPECT_EQ(Say("BDAT 18446744073709551615"), "552 5.3.4*");
}

TEST_F(DialogueTest, MTA11AChunkOfUnknownSizeClosesTheConnection) {
  EXPECT_EQ(Say("BDAT x LAST"), "501 5.5.4*");
}

TEST_F(DialogueTest, MTA12TinyChunksAreCounted) {
  Say("EHLO c.example");
  Say("MAIL FROM:<a@example.net>");
  Say("RCPT TO:<b@example.org>");
  std::string reply;
  uint32_t n = 0;
  for (; n < 1000 && reply != "421 4.7.0*"; ++n) reply = Say("BDAT 1");
  EXPECT_EQ(n, Dialogue::kMaxIdleCommands);
}

TEST_F(DialogueTest, MTA43ARecipientBeyondAsciiWantsSmtputf8AtMail) {
  Say("EHLO c.example");
  Say("MAIL FROM:<a@example.net>");
  EXPECT_EQ(Say("RCPT TO:<h\xc3\xa9@example.org>"), "553 5.6.7");
  Say("RSET");
  EXPECT_EQ(Say("MAIL FROM:<h\xc3\xa9@example.net>"), "553 5.6.7");
  EXPECT_EQ(Say("MAIL FROM:<h\xc3\xa9@example.net> SMTPUTF8"), "250 2.1.0");
  EXPECT_EQ(Say("RCPT TO:<h\xc3\xa9@example.org>"), "250 2.1.5");
}

TEST_F(DialogueTest, KeepsTheParametersOfTheEnvelope) {
  Say("EHLO c.example");
  EXPECT_EQ(Say("MAIL FROM:<a@example.net> RET=HDRS ENVID=x"), "250 2.1.0");
  EXPECT_EQ(Say("RCPT TO:<b@example.org> NOTIFY=NEVER"), "250 2.1.5");
  EXPECT_EQ(dialogue_.transaction()->mail().envelope_id, "x");
  EXPECT_TRUE(dialogue_.transaction()->recipients()[0].parameters.notify_never);
  EXPECT_EQ(Say("RCPT TO:<b@example.org> XYZZY"), "555 5.5.4");
}

TEST_F(DialogueTest, RsetAndHelloEndTheTransaction) {
  for (const char* end : {"RSET", "EHLO d.example", "HELO d.example"}) {
    Say("EHLO c.example");
    Say("MAIL FROM:<a@b.example>");
    EXPECT_THAT(Say(end), StartsWith("250"));
    EXPECT_EQ(Say("RCPT TO:<a@b.example>"), "503 5.5.1") << end;
  }
}

TEST_F(DialogueTest, AMessageThatIsDeclaredTooLargeIsRefusedAtOnce) {
  Say("EHLO c.example");
  EXPECT_EQ(Say("MAIL FROM:<a@b.example> SIZE=52428801"), "552 5.3.4");
  EXPECT_EQ(Say("MAIL FROM:<a@b.example> SIZE=18446744073709551616"),
            "552 5.3.4");
  EXPECT_EQ(Say("MAIL FROM:<a@b.example> SIZE=52428800"), "250 2.1.0");
}

TEST_F(DialogueTest, MTA41NoRoomIsSaidAtMailAndIsNotTheClientsError) {
  queue_id_ = absl::ResourceExhaustedError("full");
  Say("EHLO c.example");
  EXPECT_EQ(Say("MAIL FROM:<a@b.example>"), "452 4.3.1");
  EXPECT_EQ(dialogue_.errors(), 0u);
  EXPECT_EQ(Say("RCPT TO:<a@b.example>"), "503 5.5.1");
}

TEST_F(StrictDialogueTest, AMessageThatIsAcceptedForgivesTheErrors) {
  Say("EHLO c.example");
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(Say("BOGUS"), "500 5.5.2");
    EXPECT_EQ(Say("BOGUS"), "500 5.5.2");
    BeginMessage();
    EXPECT_EQ(Answer(dialogue_.OnContent(Problem::kNone, 10)), "250 2.0.0");
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

TEST_F(DialogueTest, PostmasterWithoutADomainIsOurs) {
  Say("EHLO c.example");
  Say("MAIL FROM:<>");
  EXPECT_EQ(Say("RCPT TO:<Postmaster>"), "250 2.1.5");
  EXPECT_THAT(dialogue_.transaction()->recipients(),
              ElementsAre(Field(&Transaction::Recipient::address,
                                "Postmaster@mx.example.org")));
}

}  // namespace
}  // namespace postern::mta::server
