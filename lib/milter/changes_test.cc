#include "lib/milter/changes.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace postern::milter {
namespace {

using ::testing::ElementsAre;

TEST(ChangesTest, KeepsTheChangesInTheirOrder) {
  Changes changes;
  changes.DeleteHeader("Authentication-Results", 2);
  changes.ChangeHeader("Subject", 1, " new");
  changes.InsertHeader(0, "X-First", " 1");
  changes.AddHeader("X-Last", " 2");
  changes.ChangeSender("a@example.org", "RET=HDRS");
  changes.AddRecipient("b@example.org");
  changes.DeleteRecipient("c@example.org");
  changes.ReplaceBody("text\r\n");
  changes.Quarantine("why");
  using Kind = Change::Kind;
  EXPECT_THAT(
      changes.list(),
      ElementsAre(Change{Kind::kChangeHeader, 2, "Authentication-Results", ""},
                  Change{Kind::kChangeHeader, 1, "Subject", " new"},
                  Change{Kind::kInsertHeader, 0, "X-First", " 1"},
                  Change{Kind::kAddHeader, 0, "X-Last", " 2"},
                  Change{Kind::kChangeSender, 0, "a@example.org", "RET=HDRS"},
                  Change{Kind::kAddRecipient, 0, "b@example.org", ""},
                  Change{Kind::kDeleteRecipient, 0, "c@example.org", ""},
                  Change{Kind::kReplaceBody, 0, "", "text\r\n"},
                  Change{Kind::kQuarantine, 0, "", "why"}));
}

TEST(ChangesTest, ANewOneLetsTheMessagePassAsItIs) {
  const Changes changes;
  EXPECT_EQ(changes.verdict.kind, Verdict::Kind::kContinue);
  EXPECT_THAT(changes.list(), ElementsAre());
}

TEST(VerdictTest, ToldWithACodeItRefuses) {
  const Verdict verdict = Verdict::Reply(550, "5.7.1", "no");
  EXPECT_EQ(verdict.kind, Verdict::Kind::kReply);
  EXPECT_EQ(verdict.code, 550);
  EXPECT_EQ(verdict.enhanced_code, "5.7.1");
  EXPECT_THAT(verdict.lines, ElementsAre("no"));
}

TEST(VerdictTest, KnowsWhetherItRefuses) {
  using Kind = Verdict::Kind;
  EXPECT_TRUE(Verdict::Of(Kind::kReject).refuses());
  EXPECT_TRUE(Verdict::Of(Kind::kTempfail).refuses());
  EXPECT_TRUE(Verdict::Reply(450, "4.7.1", "later").refuses());
  EXPECT_FALSE(Verdict::Of(Kind::kContinue).refuses());
  EXPECT_FALSE(Verdict::Of(Kind::kAccept).refuses());
  EXPECT_FALSE(Verdict::Of(Kind::kDiscard).refuses());
}

}  // namespace
}  // namespace postern::milter
