#include "lib/table/pcre_pattern.h"

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

absl::StatusOr<std::string> Translated(absl::string_view pattern) {
  return PcreToRe2(pattern, /*is_extended=*/false);
}

TEST(PcrePatternTest, LeavesWhatMeansTheSame) {
  for (const char* pattern :
       {"", "^user@example\\.org$", "(a|b)+?c*d??", "a{2,3}", "[[:alnum:]_]",
        "[^a-z]", "\\w\\W\\b\\B\\d\\D", "(?:a)(?i)b", "(?P<n>a)", "\\x41\\012",
        "[a-]", "[\\d\\]]", "(?=a)", "(?<=a)", "a b#c"}) {
    EXPECT_THAT(Translated(pattern), IsOkAndHolds(std::string(pattern)));
  }
}

TEST(PcrePatternTest, SpellsWhatRe2SpellsOtherwise) {
  struct Case {
    const char* pattern;
    const char* want;
  };
  const Case cases[] = {
      {"\\s", "[\\s\\x0b]"},
      {"\\S", "[^\\s\\x0b]"},
      {"[\\s,]", "[\\s\\x0b,]"},
      {"\\h+", "[\\t\\x20\\xa0]+"},
      {"[\\h]", "[\\t\\x20\\xa0]"},
      {"\\N", "[^\\n]"},
      {"\\R", "(?:\\r\\n|[\\n\\x0b\\f\\r\\x85])"},
      {"a\\Z", "a(?:\\n?\\z)"},
      {"\\e", "[\\x1b]"},
      {"(?<n>a)", "(?P<n>a)"},
      {"[]a]", "[\\]a]"},
      {"[^]a]", "[^\\]a]"},
      {"[[a]", "[\\[a]"},
      {"[\\b]", "[\\x08]"},
      {"\\Qa.b\\E.", "a\\.b."},
      {"\\Q[", "\\["},
      {"a\\Eb", "ab"},
  };
  for (const Case& c : cases) {
    EXPECT_THAT(Translated(c.pattern), IsOkAndHolds(std::string(c.want)))
        << c.pattern;
  }
}

TEST(PcrePatternTest, SkipsSpaceAndCommentsWhenExtended) {
  EXPECT_THAT(PcreToRe2("a b [ c] \\  # d", /*is_extended=*/true),
              IsOkAndHolds("ab[ c]\\ "));
  EXPECT_THAT(PcreToRe2("a # b\n c", /*is_extended=*/true), IsOkAndHolds("ac"));
}

TEST(PcrePatternTest, RefusesWhatRe2WouldMisread) {
  struct Case {
    const char* pattern;
    const char* want;
  };
  const Case cases[] = {
      {"(a)\\1", "\"\\1\" is a back-reference"},
      {"(a)\\12", "\"\\1\" is a back-reference"},
      {"a\\", "at the end"},
      {"[a\\", "at the end"},
      {"[a", "\"[\" does not end"},
      {"[\\Sa]", "inside brackets"},
      {"[\\Qa]", "inside brackets"},
      {"[\\1]", "inside brackets"},
      {"[[.a.]]", "\"[.\" inside brackets"},
  };
  for (const Case& c : cases) {
    EXPECT_THAT(Translated(c.pattern),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(c.want)))
        << c.pattern;
  }
}

}  // namespace
}  // namespace postern::table
