#include "lib/table/result_text.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/testing/status_matchers.h"

namespace postern::table {
namespace {

using ::postern::testing::StatusIs;
using ::testing::HasSubstr;

std::string Filled(absl::string_view text) {
  std::vector<std::string> groups;
  for (int i = 0; i < 100; ++i) groups.push_back(absl::StrCat("<", i, ">"));
  const std::vector<absl::string_view> views(groups.begin(), groups.end());
  return ResultText::Parse(text).value().Fill(views);
}

TEST(ResultTextTest, PutsTheGroupsIn) {
  EXPECT_EQ(Filled(""), "");
  EXPECT_EQ(Filled("REJECT no"), "REJECT no");
  EXPECT_EQ(Filled("$1"), "<1>");
  EXPECT_EQ(Filled("a${2}b$(3)c"), "a<2>b<3>c");
  EXPECT_EQ(Filled("$12 ${99} $3x"), "<12> <99> <3>x");
  EXPECT_EQ(Filled("$$1 $$"), "$1 $");
}

TEST(ResultTextTest, KnowsTheHighestGroup) {
  EXPECT_EQ(ResultText::Parse("a $$")->last_group(), 0);
  EXPECT_EQ(ResultText::Parse("$11 $2")->last_group(), 11);
}

TEST(ResultTextTest, RefusesADollarThatNamesNoGroup) {
  for (const char* text : {"$", "a $ b", "$0", "$x", "${1", "$(1}", "${}",
                           "$00", "$100", "${x}"}) {
    EXPECT_THAT(
        ResultText::Parse(text),
        StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("a lone \"$\"")))
        << text;
  }
}

}  // namespace
}  // namespace postern::table
