#include "greylistd/reason.h"

#include <set>
#include <string>

#include "gtest/gtest.h"

namespace postern::greylistd {
namespace {

TEST(ReasonTest, EveryReasonHasANameOfItsOwn) {
  std::set<std::string> names;
  for (size_t i = 0; i < kReasons; ++i) {
    names.insert(std::string(ReasonName(static_cast<Reason>(i))));
  }
  EXPECT_EQ(names.size(), kReasons);
  EXPECT_FALSE(names.contains(""));
}

TEST(ReasonTest, OutcomesAndSkipsHaveTheirReasons) {
  EXPECT_EQ(ReasonOf(Outcome::Kind::kNew), Reason::kNew);
  EXPECT_EQ(ReasonOf(Outcome::Kind::kEarlyRetry), Reason::kEarlyRetry);
  EXPECT_EQ(ReasonOf(Outcome::Kind::kPendingLimit), Reason::kPendingLimit);
  EXPECT_EQ(ReasonOf(Outcome::Kind::kFirstPass), Reason::kFirstPass);
  EXPECT_EQ(ReasonOf(Outcome::Kind::kKnown), Reason::kKnown);
  EXPECT_EQ(ReasonOf(Outcome::Kind::kAllowedClient), Reason::kAllowedClient);
  EXPECT_EQ(ReasonOf(Skip::kAuthenticated), Reason::kAuthenticated);
  EXPECT_EQ(ReasonOf(Skip::kClientAllowlist), Reason::kClientAllowlist);
  EXPECT_EQ(ReasonOf(Skip::kRecipientAllowlist), Reason::kRecipientAllowlist);
  EXPECT_EQ(ReasonOf(Skip::kRule), Reason::kRule);
}

}  // namespace
}  // namespace postern::greylistd
