#include "lib/dkim/result.h"

#include <set>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace postern::dkim {
namespace {

// RFC 8601 section 2.7.1.
TEST(OutcomeTest, HasTheNamesOfTheRfc) {
  std::set<absl::string_view> names;
  for (int i = 0; i <= static_cast<int>(Outcome::kPermError); ++i) {
    names.insert(OutcomeName(static_cast<Outcome>(i)));
  }
  EXPECT_THAT(names, ::testing::UnorderedElementsAre("none", "pass", "fail",
                                                     "policy", "neutral",
                                                     "temperror", "permerror"));
}

}  // namespace
}  // namespace postern::dkim
