#include "lib/table/posix_pattern.h"

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/testing/status_matchers.h"

namespace postern::table {
namespace {

using ::postern::testing::IsOkAndHolds;
using ::postern::testing::StatusIs;
using ::testing::HasSubstr;

TEST(PosixPatternTest, LeavesWhatMeansTheSame) {
  for (const char* pattern :
       {"", "^user@example\\.org$", "(a|b)+c*d?", "a{2,3}", "[[:alnum:]_]",
        "[^a-z]", "\\w\\W\\s\\S\\b\\B\\d\\D", "a.*?b", "a??", "\\/", "()",
        "[a-]"}) {
    EXPECT_THAT(PosixToRe2(pattern), IsOkAndHolds(std::string(pattern)));
  }
}

TEST(PosixPatternTest, TakesABackslashInBracketsForItself) {
  EXPECT_THAT(PosixToRe2("[\\d]"), IsOkAndHolds("[\\\\d]"));
  EXPECT_THAT(PosixToRe2("[a\\]b]"), IsOkAndHolds("[a\\\\]b]"));
}

TEST(PosixPatternTest, TakesTheFirstClosingBracketForItself) {
  EXPECT_THAT(PosixToRe2("[]a]"), IsOkAndHolds("[\\]a]"));
  EXPECT_THAT(PosixToRe2("[^]a]"), IsOkAndHolds("[^\\]a]"));
  EXPECT_THAT(PosixToRe2("[[a^]"), IsOkAndHolds("[\\[a\\^]"));
}

TEST(PosixPatternTest, RefusesWhatRe2WouldReadDifferently) {
  struct Case {
    const char* pattern;
    const char* why;
  };
  const Case cases[] = {
      {"(a)\\1", "is a back-reference"},
      {"\\<word\\>", "cannot be expressed; use \\b"},
      {"\\`a", "cannot be expressed"},
      {"a\\'", "cannot be expressed"},
      {"\\pL", "has no meaning"},
      {"\\n", "has no meaning"},
      {"\\Qa", "has no meaning"},
      {"a\\", "at the end"},
      {"a+?", "\"+?\" is ambiguous"},
      {"a{2}?", "\"}?\" is ambiguous"},
      {"a{,3}", "use {0,"},
      {"[[.a.]]", "inside brackets cannot be expressed"},
      {"[[=a=]]", "inside brackets cannot be expressed"},
      {"[[:alpha", "does not end"},
      {"[a", "does not end"},
      {"[]", "does not end"},
  };
  for (const Case& c : cases) {
    EXPECT_THAT(PosixToRe2(c.pattern),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(c.why)))
        << c.pattern;
  }
}

}  // namespace
}  // namespace postern::table
