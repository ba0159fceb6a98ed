#include "lib/table/logical_line.h"

#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/testing/status_matchers.h"

namespace postern::table {
namespace {

using ::postern::testing::IsOkAndHolds;
using ::postern::testing::StatusIs;
using ::testing::IsEmpty;

// "1:first|4:second", or the error.
std::string Lines(absl::string_view content) {
  const auto lines = LogicalLines(content, "/t");
  if (!lines.ok()) return std::string(lines.status().message());
  return absl::StrJoin(*lines, "|",
                       [](std::string* out, const LogicalLine& line) {
                         absl::StrAppend(out, line.number, ":", line.text);
                       });
}

TEST(LogicalLineTest, SkipsCommentsAndEmptyLines) {
  EXPECT_EQ(Lines("# comment\n\na 1\n   \n  # b\nc 2"), "3:a 1|6:c 2");
  EXPECT_THAT(LogicalLines("", "/t"), IsOkAndHolds(IsEmpty()));
}

TEST(LogicalLineTest, JoinsContinuedLines) {
  EXPECT_EQ(Lines("a\n 1\n\t2\nb 3\n"), "1:a 1\t2|4:b 3");
}

TEST(LogicalLineTest, SkipsCommentsInsideAContinuedLine) {
  EXPECT_EQ(Lines("a\n# comment\n\n  # another\n 1\n"), "1:a 1");
}

TEST(LogicalLineTest, TakesWhitespaceOffTheEnds) {
  EXPECT_EQ(Lines("a 1 \t\r\nb # c\r\n"), "1:a 1|2:b # c");
}

TEST(LogicalLineTest, RefusesAContinuationOfNothing) {
  EXPECT_THAT(Lines("# a\n b\n"), ::testing::StartsWith("/t:2: whitespace"));
}

TEST(LogicalLineTest, RefusesNul) {
  EXPECT_EQ(Lines(absl::string_view("a 1\nb \0\n", 8)),
            "/t:2: a NUL character");
}

TEST(LogicalLineTest, SaysWhereAnErrorIs) {
  EXPECT_THAT(LineError("/t", 3, "what"),
              StatusIs(absl::StatusCode::kInvalidArgument, "/t:3: what"));
}

}  // namespace
}  // namespace postern::table
