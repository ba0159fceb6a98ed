#include "mta/restrictions/evaluation.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mta/restrictions/listing.h"

namespace postern::mta::restrictions {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;
using Go = Evaluation::Go;

Facts SomeFacts(AddressClass recipient_class = AddressClass::kRelay) {
  Facts facts;
  facts.recipient_class = recipient_class;
  facts.sender = mail::Address{"s", "example.net"};
  facts.recipient = mail::Address{"r", "example.org"};
  facts.question.client_name = "unknown";
  facts.question.client_address = "192.0.2.1";
  facts.question.helo_name = "helo.example";
  facts.question.sender = "s@example.net";
  facts.question.recipient = "r@example.org";
  return facts;
}

Facts UnknownFacts() {
  Facts facts = SomeFacts(AddressClass::kMailbox);
  facts.recipient_unlisted = {550, "5.1.1", "User unknown"};
  return facts;
}

Outcome Answer(absl::string_view text, const Facts& facts) {
  return Outcome::Act(policy::ParseVerdict(text).value(),
                      RecipientSubject(facts), Reason::kPolicyService);
}

Decision DecideAfter(const std::vector<std::string>& answers,
                     const Facts& facts, const EvaluationRules& rules = {},
                     bool warn_if_reject = false) {
  Evaluation evaluation(facts, rules);
  evaluation.BeginStage();
  for (const std::string& answer : answers) {
    if (evaluation.Take(Answer(answer, facts), warn_if_reject) != Go::kOn) {
      break;
    }
  }
  return evaluation.Finish();
}

std::string WordOf(const Decision& decision) {
  return decision.refusal ? decision.refusal->ToString() : "accepted";
}

// Gives the answers in turn and returns the last word.
std::string LastWord(const std::vector<std::string>& answers,
                     const Facts& facts = SomeFacts()) {
  return WordOf(DecideAfter(answers, facts));
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
      {"DEFER_IF_PERMIT",
       "450 4.7.1 <r@example.org>: Recipient address rejected: Service "
       "unavailable"},
      {"DEFER_IF_PERMIT 4.2.0 Greylisted, see x",
       "450 4.2.0 <r@example.org>: Recipient address rejected: Greylisted, see "
       "x"},
      {"451 4.7.9 odd",
       "451 4.7.9 <r@example.org>: Recipient address rejected: odd"},
  };
  for (const Case& c : cases) EXPECT_EQ(LastWord({c.answer}), c.want);
}

TEST(EvaluationTest, TheCodesAreConfigured) {
  const Facts facts = SomeFacts();
  const EvaluationRules rules = {.access_map_reject_code = 550,
                                 .access_map_defer_code = 451};
  EXPECT_EQ(DecideAfter({"REJECT"}, facts, rules).refusal->code, 550);
  EXPECT_EQ(DecideAfter({"DEFER"}, facts, rules).refusal->code, 451);
  EXPECT_EQ(DecideAfter({"DEFER_IF_PERMIT"}, facts, rules).refusal->code, 451);
}

TEST(EvaluationTest, DeferIfPermitCountsOnlyWhenNothingElseRefuses) {
  EXPECT_EQ(LastWord({"DEFER_IF_PERMIT a", "DEFER_IF_PERMIT b", "OK"}),
            "450 4.7.1 <r@example.org>: Recipient address rejected: a");
  EXPECT_EQ(LastWord({"DEFER_IF_PERMIT a", "REJECT b"}),
            "554 5.7.1 <r@example.org>: Recipient address rejected: b");
}

TEST(EvaluationTest, DeferIfPermitWaitsForTheRecipient) {
  Facts facts = SomeFacts();
  facts.stage = Stage::kHelo;
  const Decision early = DecideAfter({"DEFER_IF_PERMIT a"}, facts);
  EXPECT_FALSE(early.refusal.has_value());
  ASSERT_TRUE(early.deferral.has_value());
  facts.stage = Stage::kRecipient;
  facts.deferral = &*early.deferral;
  EXPECT_EQ(LastWord({"DEFER_IF_PERMIT b"}, facts),
            "450 4.7.1 <r@example.org>: Recipient address rejected: a");
  EXPECT_EQ(DecideAfter({"REJECT"}, facts).refusal->code, 554);
}

TEST(EvaluationTest, DeferIfRejectTurnsARejectionIntoADelay) {
  EXPECT_EQ(LastWord({"DEFER_IF_REJECT a", "REJECT b"}),
            "450 4.7.1 <r@example.org>: Recipient address rejected: a");
  EXPECT_EQ(LastWord({"DEFER_IF_REJECT a", "DEFER b"}),
            "450 4.7.1 <r@example.org>: Recipient address rejected: b");
  EXPECT_EQ(LastWord({"DEFER_IF_REJECT a", "OK"}), "accepted");
}

TEST(EvaluationTest, DeferIfRejectEndsWithItsStage) {
  const Facts facts = SomeFacts();
  const EvaluationRules rules;
  Evaluation evaluation(facts, rules);
  evaluation.Take(Answer("DEFER_IF_REJECT a", facts), false);
  EXPECT_FALSE(evaluation.is_settled());
  evaluation.Take(Answer("DEFER_IF_PERMIT a", facts), false);
  EXPECT_TRUE(evaluation.is_settled());
  evaluation.BeginStage();
  EXPECT_FALSE(evaluation.is_settled());
  evaluation.Take(Answer("REJECT b", facts), false);
  EXPECT_EQ(evaluation.Finish().refusal->code, 554);
}

TEST(EvaluationTest, AnUnknownMailboxIsRefusedInTheEnd) {
  const Facts unknown = UnknownFacts();
  EXPECT_EQ(
      LastWord({"OK"}, unknown),
      "550 5.1.1 <r@example.org>: Recipient address rejected: User unknown");
  EXPECT_EQ(LastWord({"DEFER a"}, unknown),
            "450 4.7.1 <r@example.org>: Recipient address rejected: a");
  EvaluationRules rules;
  rules.reject_unlisted_recipient = false;
  EXPECT_EQ(WordOf(DecideAfter({"OK"}, unknown, rules)), "accepted");
}

TEST(EvaluationTest, WhatARuleOnlyWarnedOfIsRefusedInTheEnd) {
  const Facts facts = UnknownFacts();
  const EvaluationRules rules;
  Evaluation evaluation(facts, rules);
  EXPECT_EQ(evaluation.Take(RecipientListing(facts), true), Go::kOn);
  EXPECT_TRUE(evaluation.Finish().refusal.has_value());
}

TEST(EvaluationTest, AnUnknownSenderIsRefusedIfTheConfigurationSaysSo) {
  Facts facts = SomeFacts();
  facts.sender_unlisted = {550, "5.1.0", "User unknown"};
  EvaluationRules rules;
  EXPECT_EQ(Evaluation(facts, rules).EndSenderList(), Go::kOn);
  rules.reject_unlisted_sender = true;
  Evaluation evaluation(facts, rules);
  EXPECT_EQ(evaluation.EndSenderList(), Go::kRefused);
  EXPECT_EQ(evaluation.Finish().refusal->status, "5.1.0");
}

TEST(EvaluationTest, CollectsWhatShallHappenToTheMessage) {
  const Decision decision =
      DecideAfter({"PREPEND X-A: 1", "HOLD suspicious", "PREPEND X-B: 2",
                   "REDIRECT one@example.org", "REDIRECT two@example.org",
                   "BCC copy@example.org", "BCC nobody", "REJECT"},
                  SomeFacts());
  EXPECT_TRUE(decision.refusal.has_value());
  EXPECT_THAT(decision.actions.headers, ElementsAre("X-A: 1", "X-B: 2"));
  EXPECT_TRUE(decision.actions.hold);
  EXPECT_EQ(decision.actions.redirect, "two@example.org");
  EXPECT_THAT(decision.actions.copies, ElementsAre("copy@example.org"));
}

TEST(EvaluationTest, HeadersHaveALimitAndAForm) {
  const std::vector<std::string> flood(50, "PREPEND X-A: 1");
  EXPECT_THAT(DecideAfter(flood, SomeFacts()).actions.headers,
              SizeIs(Evaluation::kMaxHeaders));
  EXPECT_THAT(DecideAfter({"PREPEND no header", "PREPEND : x"}, SomeFacts())
                  .actions.headers,
              SizeIs(0));
  Facts facts = SomeFacts();
  facts.stage = Stage::kEndOfData;
  EXPECT_THAT(DecideAfter({"PREPEND X-A: 1"}, facts).actions.headers,
              SizeIs(0));
}

TEST(EvaluationTest, DiscardEndsAllQuestions) {
  const Facts facts = UnknownFacts();
  const EvaluationRules rules;
  Evaluation evaluation(facts, rules);
  EXPECT_EQ(evaluation.Take(Answer("DISCARD", facts), false), Go::kPermitted);
  EXPECT_TRUE(evaluation.is_discarded());
  const Decision decision = evaluation.Finish();
  EXPECT_FALSE(decision.refusal.has_value());
  EXPECT_TRUE(decision.actions.discard);
}

TEST(EvaluationTest, WarnIfRejectGoesOnAfterEveryRefusal) {
  for (const char* answer :
       {"REJECT", "DEFER", "450 x", "DEFER_IF_PERMIT x", "DUNNO"}) {
    const Facts facts = SomeFacts();
    const EvaluationRules rules;
    Evaluation evaluation(facts, rules);
    EXPECT_EQ(evaluation.Take(Answer(answer, facts), true), Go::kOn);
    EXPECT_FALSE(evaluation.Finish().refusal.has_value()) << answer;
  }
}

TEST(EvaluationTest, WarnIfRejectDoesNotHideOurOwnFaults) {
  const Facts facts = SomeFacts();
  const EvaluationRules rules;
  Evaluation evaluation(facts, rules);
  const Outcome fault = Outcome::CannotLookUp(RecipientSubject(facts));
  EXPECT_EQ(evaluation.Take(fault, true), Go::kRefused);
  EXPECT_EQ(evaluation.Finish().reason, Reason::kTemporary);
}

TEST(EvaluationTest, SoftBounceTurnsEveryRefusalIntoOneForNow) {
  const EvaluationRules rules = {.soft_bounce = true};
  EXPECT_EQ(WordOf(DecideAfter({"REJECT no"}, SomeFacts(), rules)),
            "454 4.7.1 <r@example.org>: Recipient address rejected: no");
  EXPECT_EQ(WordOf(DecideAfter({"450 later"}, SomeFacts(), rules)),
            "450 4.7.1 <r@example.org>: Recipient address rejected: later");
  EXPECT_EQ(DecideAfter({}, UnknownFacts(), rules).refusal->code, 450);
}

TEST(EvaluationTest, WarnAndInfoOnlyTalk) {
  EXPECT_EQ(LastWord({"WARN odd", "INFO good"}), "accepted");
}

TEST(EvaluationTest, AListOfRestrictionsIsTheCallersToEvaluate) {
  const Facts facts = SomeFacts();
  const EvaluationRules rules;
  Evaluation evaluation(facts, rules);
  EXPECT_EQ(evaluation.Take(Answer("permit_mynetworks, reject", facts), false),
            Go::kNested);
}

TEST(EvaluationTest, AnActionThatWeCannotDoDefersAndIsNeverIgnored) {
  const Decision decision =
      DecideAfter({"FILTER smtp:x"}, SomeFacts(), {}, /*warn_if_reject=*/true);
  EXPECT_EQ(WordOf(decision), "451 4.3.5 Server configuration error");
  EXPECT_EQ(decision.reason, Reason::kUnsupported);
}

}  // namespace
}  // namespace postern::mta::restrictions
