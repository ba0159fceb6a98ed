#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mta/server/dialogue.h"
#include "mta/server/dialogue_fixture.h"

namespace postern::mta::server {
namespace {

using restrictions::Stage;
using ::testing::ElementsAre;
using ::testing::StartsWith;
using Next = Step::Next;
using Problem = smtp::DataReader::Problem;

TEST_F(DialogueTest, TakesAMessageAndAnother) {
  BeginMessage();
  ASSERT_NE(dialogue_.transaction(), nullptr);
  EXPECT_EQ(dialogue_.transaction()->instance(), "s.1");
  EXPECT_THAT(dialogue_.transaction()->recipients(),
              ElementsAre("b@example.org"));
  EXPECT_THAT(dialogue_.transaction()->actions().headers,
              ElementsAre("X-A: b"));
  EXPECT_EQ(dialogue_.transaction()->queue_id(), "q1");
  dialogue_.OnContent(Problem::kNone);
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
  EXPECT_EQ(Answer(dialogue_.OnContent(Problem::kTooLarge)), "552 5.3.4");
  EXPECT_EQ(Say("RCPT TO:<a@b.example>"), "503 5.5.1");
  BeginMessage();
  refused_stage_ = Stage::kEndOfData;
  EXPECT_EQ(Answer(dialogue_.OnContent(Problem::kNone)), "550 5.7.1");
  EXPECT_EQ(Say("RCPT TO:<a@b.example>"), "503 5.5.1");
  refused_stage_.reset();
  BeginMessage();
  stored_ = absl::ResourceExhaustedError("disk full");
  EXPECT_EQ(Answer(dialogue_.OnContent(Problem::kNone)), "452 4.3.1");
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
  EXPECT_EQ(Answer(dialogue_.OnContent(Problem::kBareNewline)), "521 5.5.2*");
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
    EXPECT_EQ(Answer(dialogue_.OnContent(Problem::kNone)), "250 2.0.0");
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
              ElementsAre("Postmaster@mx.example.org"));
}

}  // namespace
}  // namespace postern::mta::server
