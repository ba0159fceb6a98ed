#include "mta/restrictions/decision.h"

#include <set>
#include <string>

#include "gtest/gtest.h"

namespace postern::mta::restrictions {
namespace {

TEST(DecisionTest, EveryReasonHasANameOfItsOwn) {
  std::set<std::string> names;
  for (int i = 0; i < kReasonCount; ++i) {
    names.emplace(ReasonName(static_cast<Reason>(i)));
  }
  EXPECT_EQ(names.size(), static_cast<size_t>(kReasonCount));
  EXPECT_EQ(names.count(""), 0u);
}

TEST(DecisionTest, AcceptsUnlessSomethingRefuses) {
  // g++ 12 takes a temporary's empty optional for an uninitialized one.
  static const Decision decision;
  EXPECT_FALSE(decision.refusal.has_value());
  EXPECT_EQ(decision.reason, Reason::kNone);
}

}  // namespace
}  // namespace postern::mta::restrictions
