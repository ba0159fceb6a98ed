#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mta/server/dialogue.h"
#include "mta/server/dialogue_fixture.h"

namespace postern::mta::server {
namespace {

using ::testing::HasSubstr;

TEST_F(DialogueTest, StrangersMayNotTellForWhomTheySpeak) {
  Say("EHLO c.example");
  EXPECT_EQ(Say("XCLIENT ADDR=192.0.2.1"), "550 5.7.0");
  EXPECT_EQ(Say("XFORWARD ADDR=192.0.2.1"), "550 5.7.0");
  EXPECT_EQ(dialogue_.errors(), 2u);
}

class ProxyDialogueTest : public DialogueTest {
 protected:
  ProxyDialogueTest()
      : DialogueTest(
            SomeRules(),
            {.session = "s", .may_xclient = true, .may_xforward = true}) {}
};

TEST_F(ProxyDialogueTest, XclientBeginsTheSessionAnew) {
  Say("EHLO proxy.example");
  EXPECT_EQ(Say("XCLIENT ADDR=192.0.2.1 HELO=c.example PROTO=ESMTP"), "220 ");
  EXPECT_EQ(dialogue_.helo_name(), "c.example");
  EXPECT_TRUE(dialogue_.is_esmtp());
  EXPECT_EQ(Say("MAIL FROM:<a@b>"), "250 2.1.0") << "HELO was told";
  EXPECT_EQ(Say("XCLIENT ADDR=192.0.2.1"), "503 5.5.1") << "in a transaction";
  Say("RSET");
  EXPECT_EQ(Say("XCLIENT ADDR=192.0.2.2"), "220 ");
  EXPECT_EQ(dialogue_.helo_name(), "");
  EXPECT_EQ(Say("MAIL FROM:<a@b>"), "503 5.5.1");
  EXPECT_EQ(Say("XCLIENT ADDR=192.0.2.2", true), "554 5.5.0*") << "MTA-10";
}

TEST_F(ProxyDialogueTest, TheClientOfAProxyMayBeRefusedAtConnect) {
  Say("EHLO proxy.example");
  refused_stage_ = restrictions::Stage::kConnect;
  EXPECT_EQ(Say("XCLIENT ADDR=192.0.2.1"), "550 5.7.1");
  EXPECT_EQ(Say("EHLO c.example"), "503 5.7.0");
}

TEST_F(ProxyDialogueTest, XforwardIsForOneMessage) {
  Say("EHLO proxy.example");
  EXPECT_EQ(Say("XFORWARD ADDR=192.0.2.1 NAME=a.example", true), "250 2.0.0")
      << "Postfix pipelines it";
  EXPECT_EQ(Say("XFORWARD IDENT=4X NAME=b.example"), "250 2.0.0");
  Say("MAIL FROM:<a@b>");
  const smtp::ClientAttributes told = dialogue_.transaction()->forwarded();
  EXPECT_EQ(told.address->value, "192.0.2.1");
  EXPECT_EQ(told.name->value, "b.example");
  EXPECT_EQ(told.identity->value, "4X");
  EXPECT_EQ(Say("XFORWARD IDENT=5X"), "503 5.5.1") << "in a transaction";
  Say("RSET");
  Say("MAIL FROM:<a@b>");
  EXPECT_FALSE(dialogue_.transaction()->forwarded().address.has_value());
}

TEST_F(ProxyDialogueTest, OffersBoth) {
  dialogue_.OnLine({net::Line::Kind::kText, "EHLO c.example"}, false);
  const std::string offer = dialogue_.OnDecision({}).reply.text;
  EXPECT_THAT(offer, HasSubstr("\nXCLIENT NAME ADDR"));
  EXPECT_THAT(offer, HasSubstr("\nXFORWARD NAME ADDR"));
}

}  // namespace
}  // namespace postern::mta::server
