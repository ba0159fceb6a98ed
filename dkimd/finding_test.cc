#include "dkimd/finding.h"

#include <set>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace postern::dkimd {
namespace {

using milter::Verdict;
using ::testing::ElementsAre;
using ::testing::SizeIs;

milter::Changes Applied(Action action, Finding finding) {
  milter::Changes changes;
  Apply(action, finding, changes);
  return changes;
}

TEST(FindingTest, EachActionDoesWhatItSays) {
  EXPECT_EQ(Applied(config::v1::DKIM_ACTION_ACCEPT, Finding::kBadSignature),
            milter::Changes());
  EXPECT_EQ(Applied(config::v1::DKIM_ACTION_DISCARD, Finding::kBadSignature)
                .verdict.kind,
            Verdict::Kind::kDiscard);
  const milter::Changes held =
      Applied(config::v1::DKIM_ACTION_QUARANTINE, Finding::kBadSignature);
  ASSERT_THAT(held.list(), SizeIs(1));
  EXPECT_EQ(held.list()[0].kind, milter::Change::Kind::kQuarantine);
  EXPECT_FALSE(held.verdict.refuses());
  const Verdict later =
      Applied(config::v1::DKIM_ACTION_TEMPFAIL, Finding::kDnsError).verdict;
  EXPECT_EQ(later.code, 451);
  EXPECT_THAT(later.lines, ElementsAre("DKIM key could not be looked up"));
}

TEST(FindingTest, ARejectionHasTheCodeOfRfc7372) {
  struct Case {
    Finding finding;
    const char* code;
  };
  for (const Case& c : {Case{Finding::kBadSignature, "5.7.20"},
                        Case{Finding::kNoSignature, "5.7.20"},
                        Case{Finding::kSecurity, "5.7.21"},
                        Case{Finding::kForbiddenAuthor, "5.7.1"}}) {
    const Verdict verdict =
        Applied(config::v1::DKIM_ACTION_REJECT, c.finding).verdict;
    EXPECT_EQ(verdict.code, 550);
    EXPECT_EQ(verdict.enhanced_code, c.code);
    EXPECT_THAT(verdict.lines, SizeIs(1));
  }
}

TEST(FindingTest, EveryFindingAndActionHasANameOfItsOwn) {
  std::set<std::string> names;
  for (size_t i = 0; i < kFindings; ++i) {
    names.insert(std::string(FindingName(static_cast<Finding>(i))));
  }
  EXPECT_EQ(names.size(), kFindings);
  std::set<std::string> actions;
  for (size_t i = 0; i < kActions; ++i) {
    actions.insert(std::string(ActionName(static_cast<Action>(i))));
  }
  EXPECT_EQ(actions.size(), kActions);
}

}  // namespace
}  // namespace postern::dkimd
