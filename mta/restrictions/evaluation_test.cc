#include "mta/restrictions/evaluation.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace postern::mta::restrictions {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

Facts SomeFacts(AddressClass recipient_class = AddressClass::kRelay) {
  Facts facts;
  facts.recipient_class = recipient_class;
  facts.question.client_name = "unknown";
  facts.question.client_address = "192.0.2.1";
  facts.question.helo_name = "helo.example";
  facts.question.sender = "s@example.net";
  facts.question.recipient = "r@example.org";
  return facts;
}

policy::Verdict Answer(absl::string_view text) {
  return policy::ParseVerdict(text).value();
}

// Gives the answers in turn and returns the last word.
std::string LastWord(const std::vector<std::string>& answers,
                     const Facts& facts = SomeFacts(),
                     ListKind list = ListKind::kRecipient) {
  Evaluation evaluation(facts);
  evaluation.BeginList(list);
  for (const std::string& answer : answers) {
    if (evaluation.Take(Answer(answer), false) != Evaluation::Go::kOn) break;
  }
  const Decision decision = evaluation.Finish();
  return decision.refusal ? decision.refusal->ToString() : "accepted";
}

TEST(EvaluationTest, TheFirstDecisiveAnswerCounts) {
  EXPECT_EQ(LastWord({}), "accepted");
  EXPECT_EQ(LastWord({"DUNNO"}), "accepted");
  EXPECT_EQ(LastWord({"OK", "REJECT"}), "accepted");
  EXPECT_EQ(LastWord({"DUNNO", "REJECT no", "OK"}),
            "554 5.7.1 <r@example.org>: Recipient address rejected: no");
}

TEST(EvaluationTest, RepliesAreThoseOfPostfix) {
  struct Case {
    const char* answer;
    const char* want;
  };
  const Case cases[] = {
      {"REJECT",
       "554 5.7.1 <r@example.org>: Recipient address rejected: Access denied"},
      {"DEFER later",
       "450 4.7.1 <r@example.org>: Recipient address rejected: later"},
      {"DEFER_IF_PERMIT Greylisted",
       "450 4.7.1 <r@example.org>: Recipient address rejected: Greylisted"},
      {"DEFER_IF_PERMIT 4.2.0 Greylisted, see x",
       "450 4.2.0 <r@example.org>: Recipient address rejected: Greylisted, see "
       "x"},
      {"451 4.7.9 odd",
       "451 4.7.9 <r@example.org>: Recipient address rejected: odd"},
      {"554 2.0.0 odd",
       "554 5.7.1 <r@example.org>: Recipient address rejected: 2.0.0 odd"},
  };
  for (const Case& c : cases) EXPECT_EQ(LastWord({c.answer}), c.want);
}

TEST(EvaluationTest, TheReplyNamesWhatTheListIsAbout) {
  const Facts facts = SomeFacts();
  EXPECT_EQ(LastWord({"REJECT x"}, facts, ListKind::kClient),
            "554 5.7.1 <unknown[192.0.2.1]>: Client host rejected: x");
  EXPECT_EQ(LastWord({"REJECT x"}, facts, ListKind::kHelo),
            "554 5.7.1 <helo.example>: Helo command rejected: x");
  EXPECT_EQ(LastWord({"REJECT x"}, facts, ListKind::kSender),
            "554 5.7.1 <s@example.net>: Sender address rejected: x");
  EXPECT_EQ(LastWord({"REJECT x"}, facts, ListKind::kRelay),
            "554 5.7.1 <r@example.org>: Recipient address rejected: x");
}

TEST(EvaluationTest, DeferIfPermitCountsOnlyWhenNothingElseRefuses) {
  EXPECT_EQ(LastWord({"DEFER_IF_PERMIT a", "DEFER_IF_PERMIT b", "OK"}),
            "450 4.7.1 <r@example.org>: Recipient address rejected: a");
  EXPECT_EQ(LastWord({"DEFER_IF_PERMIT a", "REJECT b"}),
            "554 5.7.1 <r@example.org>: Recipient address rejected: b");
}

TEST(EvaluationTest, DeferIfRejectTurnsARejectionIntoADelay) {
  EXPECT_EQ(LastWord({"DEFER_IF_REJECT a", "REJECT b"}),
            "450 4.7.1 <r@example.org>: Recipient address rejected: a");
  EXPECT_EQ(LastWord({"DEFER_IF_REJECT a", "DEFER b"}),
            "450 4.7.1 <r@example.org>: Recipient address rejected: b");
  EXPECT_EQ(LastWord({"DEFER_IF_REJECT a", "OK"}), "accepted");
}

TEST(EvaluationTest, AnUnknownMailboxIsRefusedInTheEnd) {
  const Facts unknown = SomeFacts(AddressClass::kUnknownMailbox);
  const std::string refused =
      "550 5.1.1 <r@example.org>: Recipient address rejected: User unknown";
  EXPECT_EQ(LastWord({"OK"}, unknown), refused);
  EXPECT_EQ(LastWord({"DEFER_IF_PERMIT a"}, unknown), refused);
  EXPECT_EQ(LastWord({"DEFER a"}, unknown),
            "450 4.7.1 <r@example.org>: Recipient address rejected: a");
}

TEST(EvaluationTest, CollectsHeadersUpToALimit) {
  const Facts facts = SomeFacts();
  Evaluation evaluation(facts);
  evaluation.Take(Answer("PREPEND X-A: 1"), false);
  evaluation.Take(Answer("PREPEND X-B: 2"), false);
  EXPECT_THAT(evaluation.Finish().headers, ElementsAre("X-A: 1", "X-B: 2"));
  Evaluation flooded(facts);
  for (int i = 0; i < 50; ++i) flooded.Take(Answer("PREPEND X-A: 1"), false);
  EXPECT_THAT(flooded.Finish().headers, SizeIs(Evaluation::kMaxHeaders));
}

TEST(EvaluationTest, WarnIfRejectGoesOnAfterEveryRefusal) {
  const Facts facts = SomeFacts();
  for (const char* answer :
       {"REJECT", "DEFER", "450 x", "DEFER_IF_PERMIT x", "DUNNO"}) {
    Evaluation evaluation(facts);
    EXPECT_EQ(evaluation.Take(Answer(answer), true), Evaluation::Go::kOn);
    EXPECT_FALSE(evaluation.Finish().refusal.has_value()) << answer;
  }
}

TEST(EvaluationTest, WarnAndInfoOnlyTalk) {
  EXPECT_EQ(LastWord({"WARN odd", "INFO good"}), "accepted");
}

TEST(EvaluationTest, AnActionThatWeCannotDoDefersAndIsNeverIgnored) {
  for (const char* answer : {"DISCARD", "HOLD", "BCC a@b", "REDIRECT a@b",
                             "FILTER smtp:x", "permit_mynetworks, reject"}) {
    const Facts facts = SomeFacts();
    Evaluation evaluation(facts);
    EXPECT_EQ(evaluation.Take(Answer(answer), true), Evaluation::Go::kRefused);
    const Decision decision = evaluation.Finish();
    EXPECT_EQ(decision.refusal->ToString(),
              "451 4.3.5 Server configuration error");
    EXPECT_EQ(decision.reason, Reason::kUnsupported);
  }
}

}  // namespace
}  // namespace postern::mta::restrictions
