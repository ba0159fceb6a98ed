// The part of the dialogue in which another relay hands its mail over.

#include "gtest/gtest.h"
#include "mta/server/dialogue_fixture.h"

namespace postern::mta::server {
namespace {

constexpr char kHello[] = "XHANDOFF HELLO 00112233445566778899aabbccddeeff";
constexpr char kMessage[] = "XHANDOFF MESSAGE 10 20";

class DialogueHandoffTest : public DialogueTest {
 protected:
  DialogueHandoffTest()
      : DialogueTest(SomeRules(), {.session = "s", .may_handoff = true}) {}

  // The step that follows the line.
  Step Next(absl::string_view line) {
    return dialogue_.OnLine({net::Line::Kind::kText, line}, true);
  }
};

TEST_F(DialogueHandoffTest, GoesOnWithWhatWasFoundOut) {
  Say("EHLO peer.example");
  EXPECT_EQ(Next(kHello).next, Step::Next::kHandoff);
  EXPECT_EQ(Answer(dialogue_.OnHandoff({{250, "2.7.0", "x"}, false})),
            "250 2.7.0");
  EXPECT_EQ(Next(kMessage).next, Step::Next::kHandoff);
  EXPECT_EQ(dialogue_.command().handoff.content_bytes, 20);
  EXPECT_EQ(Answer(dialogue_.OnHandoff({{451, "4.3.0", "x"}, false})),
            "451 4.3.0");
  EXPECT_EQ(dialogue_.errors(), 0u) << "that was no fault of the relay's";
  EXPECT_EQ(Answer(dialogue_.OnHandoff({{554, "5.5.4", "x"}, false})),
            "554 5.5.4");
  EXPECT_EQ(dialogue_.errors(), 1u);
  EXPECT_EQ(Answer(dialogue_.OnHandoff({{535, "5.7.8", "x"}, true})),
            "535 5.7.8*");
}

TEST_F(DialogueHandoffTest, ComesAfterEhlo) {
  EXPECT_EQ(Say(kHello), "503 5.5.1");
  EXPECT_EQ(Say(kMessage), "503 5.5.1*") << "what follows is no command";
}

TEST_F(DialogueHandoffTest, ComesBetweenTransactions) {
  Say("EHLO peer.example");
  Say("MAIL FROM:<a@example.net>");
  EXPECT_EQ(Say(kHello), "503 5.5.1");
  EXPECT_EQ(Say(kMessage), "503 5.5.1*");
}

TEST_F(DialogueHandoffTest, WhatCannotBeReadEndsTheSession) {
  Say("EHLO peer.example");
  EXPECT_EQ(Say("XHANDOFF MESSAGE 10"), "501 5.5.4*");
}

TEST_F(DialogueHandoffTest, AClientThatWasRefusedHandsNothing) {
  refused_stage_ = restrictions::Stage::kConnect;
  Answer(dialogue_.OnConnect());
  EXPECT_EQ(Say(kHello), "503 5.7.0");
  EXPECT_EQ(Say(kMessage), "503 5.7.0*");
}

class DialogueNoHandoffTest : public DialogueTest {};

TEST_F(DialogueNoHandoffTest, OthersAreNotOfferedIt) {
  Say("EHLO client.example");
  EXPECT_EQ(Say(kHello), "502 5.5.1");
  EXPECT_EQ(Say(kMessage), "502 5.5.1*");
}

class DialogueTlsHandoffTest : public DialogueTest {
 protected:
  static DialogueRules Rules() {
    DialogueRules rules = SomeRules();
    rules.tls = TlsSettings::Use::kRequired;
    return rules;
  }
  DialogueTlsHandoffTest()
      : DialogueTest(Rules(), {.session = "s", .may_handoff = true}) {}
};

TEST_F(DialogueTlsHandoffTest, ComesUnderTlsWhereThatIsAMust) {
  Say("EHLO peer.example");
  EXPECT_EQ(Say(kHello), "530 5.7.0");
  EXPECT_EQ(Say(kMessage), "530 5.7.0*");
}

}  // namespace
}  // namespace postern::mta::server
