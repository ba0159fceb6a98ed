#include "ctl/arguments.h"

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/testing/status_matchers.h"

namespace postern::ctl {
namespace {

using ::postern::testing::IsOk;
using ::postern::testing::IsOkAndHolds;
using ::postern::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

const Syntax kSyntax = {.options = {"--limit", "--sender"},
                        .switches = {"--all"},
                        .at_least = 0,
                        .at_most = 1};

TEST(ArgumentsTest, TakesOptionsSwitchesAndTheRestInAnyOrder) {
  const auto arguments = Arguments::Parse(
      {"--limit", "5", "word", "--all", "--sender=a=b"}, kSyntax);
  ASSERT_THAT(arguments, IsOk());
  EXPECT_TRUE(arguments->Has("--all"));
  EXPECT_EQ(arguments->Value("--sender"), "a=b");
  EXPECT_EQ(arguments->Value("--other", "none"), "none");
  EXPECT_THAT(arguments->Number("--limit", 1, 10), IsOkAndHolds(5u));
  EXPECT_THAT(arguments->Number("--offset", 3, 10), IsOkAndHolds(3u));
  EXPECT_THAT(arguments->rest(), ElementsAre("word"));
}

TEST(ArgumentsTest, NamesWhatIsWrong) {
  const struct {
    const char* why;
    std::vector<std::string> words;
    const char* text;
  } cases[] = {
      {"unknown option", {"--limt", "5"}, "--limt: unknown option"},
      {"value missing", {"--limit"}, "--limit: no value"},
      {"value for a switch", {"--all=yes"}, "--all=yes: unknown option"},
      {"too many words", {"a", "b"}, "b: one argument too many"},
  };
  for (const auto& c : cases) {
    EXPECT_THAT(Arguments::Parse(c.words, kSyntax),
                StatusIs(absl::StatusCode::kInvalidArgument, c.text))
        << c.why;
  }
  Syntax needs_one = kSyntax;
  needs_one.at_least = 1;
  EXPECT_THAT(Arguments::Parse({}, needs_one),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("argument is missing")));
}

TEST(ArgumentsTest, RefusesNumbersOutOfRange) {
  for (const char* number : {"0", "11", "-1", "x", "", "99999999999"}) {
    const auto arguments = Arguments::Parse({"--limit", number}, kSyntax);
    ASSERT_THAT(arguments, IsOk());
    EXPECT_THAT(arguments->Number("--limit", 1, 10),
                StatusIs(absl::StatusCode::kInvalidArgument,
                         HasSubstr("not a number from 1 to 10")))
        << number;
  }
}

}  // namespace
}  // namespace postern::ctl
