#include "lib/table/delimited_pattern.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/testing/status_matchers.h"

namespace postern::table {
namespace {

using ::postern::testing::StatusIs;
using ::testing::HasSubstr;

TEST(DelimitedPatternTest, MeasuresAPatternWithItsFlags) {
  struct Case {
    const char* why;
    const char* text;
    size_t bytes;
  };
  const Case cases[] = {
      {"the usual", "/a/ x", 3},
      {"flags belong to it", "/a/im x", 5},
      {"nothing behind it", "/a/", 3},
      {"spaces inside", "/a b/ x", 5},
      {"an escaped delimiter", "/a\\/b/ x", 6},
      {"another delimiter", "%a/b%\tx", 5},
      {"a letter does not delimit", "abca x", 0},
      {"nor a backslash", "\\a\\ x", 0},
      {"without an end", "/a x", 0},
      {"with its end escaped", "/a\\/", 0},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(DelimitedBytes(c.text), c.bytes) << c.why;
  }
}

TEST(DelimitedPatternTest, SplitsExpressionFromFlags) {
  const DelimitedPattern pattern = SplitPattern("/a\\/b/im");
  EXPECT_EQ(pattern.expression, "a\\/b");
  EXPECT_EQ(pattern.flags, "im");
  EXPECT_EQ(SplitPattern("//").expression, "");
}

TEST(DelimitedPatternTest, NamesTheUnknownFlag) {
  EXPECT_THAT(UnknownFlag('\x01'),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("\"?\"")));
}

}  // namespace
}  // namespace postern::table
