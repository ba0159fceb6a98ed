#include "ctl/child_output.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/testing/status_matchers.h"

namespace postern::ctl {
namespace {

using ::postern::testing::IsOk;
using ::postern::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(ChildOutputTest, LinesComeOneByOne) {
  std::vector<std::string> lines;
  EXPECT_THAT(ForEachLine({"printf", "a\\n\\nb c\\nend"},
                          [&](absl::string_view line) {
                            lines.emplace_back(line);
                            return absl::OkStatus();
                          }),
              IsOk());
  EXPECT_THAT(lines, ElementsAre("a", "", "b c", "end"));
}

TEST(ChildOutputTest, ArgumentsAreNotForAShell) {
  std::vector<std::string> lines;
  EXPECT_THAT(ForEachLine({"echo", "$HOME; exit 1"},
                          [&](absl::string_view line) {
                            lines.emplace_back(line);
                            return absl::OkStatus();
                          }),
              IsOk());
  EXPECT_THAT(lines, ElementsAre("$HOME; exit 1"));
}

TEST(ChildOutputTest, AProgramThatIsNotThereIsNotFound) {
  EXPECT_THAT(
      ForEachLine({"no-such-program-here"},
                  [](absl::string_view) { return absl::OkStatus(); }),
      StatusIs(absl::StatusCode::kNotFound, HasSubstr("no-such-program-here")));
}

TEST(ChildOutputTest, AProgramThatFailsIsAnError) {
  EXPECT_THAT(ForEachLine({"false"},
                          [](absl::string_view) { return absl::OkStatus(); }),
              StatusIs(absl::StatusCode::kInternal, HasSubstr("exit code 1")));
}

TEST(ChildOutputTest, ReadingEndsWhenTheTakerHasEnough) {
  int taken = 0;
  EXPECT_THAT(ForEachLine({"yes"},
                          [&](absl::string_view) {
                            return ++taken < 3
                                       ? absl::OkStatus()
                                       : absl::InvalidArgumentError("enough");
                          }),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_EQ(taken, 3);
}

}  // namespace
}  // namespace postern::ctl
