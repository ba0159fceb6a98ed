#include "dkimd/decision.h"

#include <set>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace postern::dkimd {
namespace {

// Mail of our own that can be signed.
Question Ours() {
  return {.origin = Origin::kInternal, .has_author = true, .has_key = true};
}

void ExpectDecision(const Question& question, Work work, Reason reason) {
  const Decision decision = Decide(question);
  EXPECT_EQ(decision.work, work) << ReasonName(decision.reason);
  EXPECT_EQ(decision.reason, reason) << ReasonName(decision.reason);
}

TEST(DecisionTest, MailOfOurOwnIsSignedWhereverItComesFrom) {
  Question question = Ours();
  ExpectDecision(question, Work::kSign, Reason::kInternal);
  question.origin = Origin::kAuthenticated;
  ExpectDecision(question, Work::kSign, Reason::kAuthenticated);
  question.origin = Origin::kMacro;
  ExpectDecision(question, Work::kSign, Reason::kMacro);
}

TEST(DecisionTest, AllOtherMailIsVerified) {
  Question question = Ours();
  question.origin = Origin::kExternal;
  ExpectDecision(question, Work::kVerify, Reason::kExternal);
}

TEST(DecisionTest, PeersAndExemptDomainsAreLetBe) {
  Question question = Ours();
  question.is_exempt = true;
  ExpectDecision(question, Work::kNone, Reason::kExempt);
  question.origin = Origin::kPeer;
  ExpectDecision(question, Work::kNone, Reason::kPeer);
}

TEST(DecisionTest, OneRoleAloneLeavesTheOthersMailAlone) {
  Question question = Ours();
  question.verifies = false;
  ExpectDecision(question, Work::kSign, Reason::kInternal);
  question.origin = Origin::kExternal;
  ExpectDecision(question, Work::kNone, Reason::kExternal);
  question.verifies = true;
  question.signs = false;
  ExpectDecision(question, Work::kVerify, Reason::kExternal);
  question.origin = Origin::kInternal;
  ExpectDecision(question, Work::kVerify, Reason::kInternal);
}

// FROM-17 among them.
TEST(DecisionTest, MailOfOurOwnThatCannotBeSignedIsVerifiedInstead) {
  const auto expect = [](Reason reason, auto change) {
    Question question = Ours();
    change(question);
    ExpectDecision(question, Work::kVerify, reason);
    question.verifies = false;
    ExpectDecision(question, Work::kNone, reason);
  };
  expect(Reason::kRecipient,
         [](Question& q) { q.has_unsigned_recipient = true; });
  expect(Reason::kDoubtfulAuthor,
         [](Question& q) { q.author_is_doubtful = true; });
  expect(Reason::kNoAuthor, [](Question& q) { q.has_author = false; });
  expect(Reason::kNoKey, [](Question& q) { q.has_key = false; });
  expect(Reason::kForbiddenAuthor,
         [](Question& q) { q.author_is_allowed = false; });
}

TEST(DecisionTest, EveryReasonHasANameOfItsOwn) {
  std::set<std::string> names;
  for (size_t i = 0; i < kReasons; ++i) {
    names.insert(std::string(ReasonName(static_cast<Reason>(i))));
  }
  EXPECT_EQ(names.size(), kReasons);
}

}  // namespace
}  // namespace postern::dkimd
