#include "lib/table/expression_snapshot.h"

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/testing/status_matchers.h"

namespace postern::table {
namespace {

using ::postern::testing::StatusIs;
using ::testing::Eq;
using ::testing::HasSubstr;
using ::testing::Optional;

// A syntax of its own: the flag s makes it case sensitive, l longest.
absl::StatusOr<Expression> Translate(const DelimitedPattern& pattern) {
  Expression expression{.text = std::string(pattern.expression)};
  for (const char flag : pattern.flags) {
    if (flag != 's' && flag != 'l') return UnknownFlag(flag);
    if (flag == 's') expression.is_case_sensitive = true;
    if (flag == 'l') expression.is_longest_match = true;
  }
  return expression;
}

std::optional<std::string> Found(absl::string_view content,
                                 absl::string_view key) {
  return ParseExpressions(content, "/t", Translate).value()->Find(key);
}

TEST(ExpressionSnapshotTest, RunsTheExpressionAsTold) {
  EXPECT_THAT(Found("/A/ x\n", "a"), Optional(Eq("x")));
  EXPECT_THAT(Found("/A/s x\n", "a"), Eq(std::nullopt));
  EXPECT_THAT(Found("/(a|ab)/ $1\n", "ab"), Optional(Eq("a")));
  EXPECT_THAT(Found("/(a|ab)/l $1\n", "ab"), Optional(Eq("ab")));
}

TEST(ExpressionSnapshotTest, FillsManyGroups) {
  EXPECT_THAT(Found("/(a)(b)(c)(d)(e)(f)(g)(h)(i)(j)/ $10$1\n", "abcdefghij"),
              Optional(Eq("ja")));
  EXPECT_THAT(Found("/(a)|(b)/ <$1$2>\n", "b"), Optional(Eq("<b>")));
}

TEST(ExpressionSnapshotTest, NamesTheExpressionThatIsRefused) {
  EXPECT_THAT(ParseExpressions("/b/ x\n/a(/ x\n", "/t", Translate),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       Eq("/t:2: RE2: missing ): a( in \"a(\"")));
  EXPECT_THAT(ParseExpressions("/b/q x\n", "/t", Translate),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       Eq("/t:1: unknown flag \"q\" in \"b\"")));
}

}  // namespace
}  // namespace postern::table
