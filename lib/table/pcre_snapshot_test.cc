#include "lib/table/pcre_snapshot.h"

#include <string>

#include "absl/strings/string_view.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace postern::table {
namespace {

using ::testing::Eq;
using ::testing::HasSubstr;

std::string Found(absl::string_view content, absl::string_view key) {
  return ParsePcre(content, "/t").value()->Find(key).value_or("none");
}
std::string ErrorOf(absl::string_view content) {
  return std::string(ParsePcre(content, "/t").status().message());
}

TEST(PcreSnapshotTest, TakesTheFirstThatMatches) {
  const char kRules[] = "/^(?!owner-)(.*)-outgoing@/ x\n";
  EXPECT_THAT(ErrorOf(kRules), HasSubstr("/t:1: RE2: invalid perl operator: "
                                         "(?! in \"^(?!owner-)(.*)"));
  const char kPossible[] =
      "if !/^owner-/\n"
      "/^(.*)-outgoing@(\\S+)$/ 550 Use ${1}@${2} instead\n"
      "endif\n"
      "/^\\w+@/ OK\n";
  EXPECT_EQ(Found(kPossible, "list-outgoing@example.org"),
            "550 Use list@example.org instead");
  EXPECT_EQ(Found(kPossible, "owner-x-outgoing@example.org"), "none");
  EXPECT_EQ(Found(kPossible, "user@example.org"), "OK");
}

TEST(PcreSnapshotTest, HasTheFlagsOfPostfix) {
  struct Case {
    const char* why;
    const char* rule;
    const char* key;
    const char* want;
  };
  const Case cases[] = {
      {"case does not matter", "/abc/ x\n", "ABC", "x"},
      {"i", "/abc/i x\n", "ABC", "none"},
      {"i twice", "/abc/ii x\n", "ABC", "x"},
      {"one line", "/^b$/ x\n", "a\nb\nc", "none"},
      {"m", "/^b$/m x\n", "a\nb\nc", "x"},
      {"the dot matches a newline", "/a.b/ x\n", "a\nb", "x"},
      {"s", "/a.b/s x\n", "a\nb", "none"},
      {"m leaves the dot alone", "/a.b/m x\n", "a\nb", "x"},
      {"a space counts", "/a b/ x\n", "ab", "none"},
      {"x", "/a b/x x\n", "ab", "x"},
      {"anywhere", "/b/ x\n", "ab", "x"},
      {"A", "/b|c/A x\n", "ac", "none"},
      {"A at the beginning", "/b|c/A x\n", "ca", "x"},
      {"greedy", "/(a+)/ $1\n", "aaa", "aaa"},
      {"U", "/(a+)/U $1\n", "aaa", "a"},
      {"E and X", "/a$/EX x\n", "a", "x"},
      {"the first alternative", "/(a|ab)/ $1\n", "ab", "a"},
      {"a named group", "/(?<w>\\w+)/ $1\n", "ab", "ab"},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(Found(c.rule, c.key), c.want) << c.why;
  }
}

TEST(PcreSnapshotTest, TreatsKeysAsBytes) {
  EXPECT_EQ(Found("/^a.b$/ x\n",
                  "a\xff"
                  "b"),
            "x");
  EXPECT_EQ(Found("/^a\\xffb$/ x\n",
                  "a\xff"
                  "b"),
            "x");
}

TEST(PcreSnapshotTest, SaysWhereAndWhyAnExpressionIsRefused) {
  struct Case {
    const char* content;
    const char* want;
  };
  const Case cases[] = {
      {"# c\n/(a)\\1/ x\n", "/t:2: \"\\1\" is a back-reference"},
      {"/a(?=b)/ x\n", "/t:1: RE2: invalid perl operator: (?= in \"a(?=b)\""},
      {"/(?<=a)b/ x\n", "/t:1: RE2: "},
      {"/(?>a)/ x\n", "/t:1: RE2: invalid perl operator: (?>"},
      {"/a++/ x\n", "/t:1: RE2: bad repetition operator: ++ in \"a++\""},
      {"/(?(1)a)/ x\n", "/t:1: RE2: "},
      {"/\\Gb/ x\n", "/t:1: RE2: invalid escape sequence: \\G"},
      {"/a\\Kb/ x\n", "/t:1: RE2: invalid escape sequence: \\K"},
      {"/(*UTF)a/ x\n", "/t:1: RE2: "},
      {"/a(b/ x\n", "/t:1: RE2: missing )"},
      {"/a/y x\n", "/t:1: unknown flag \"y\""},
      {"/a/\n", "/t:1: the pattern has no result"},
      {"/(a)/ $2\n", "/t:1: $2: there are 1 pairs of parentheses"},
      {"!/(a)/ $1\n", "/t:1: $1 in a rule with \"!\""},
  };
  for (const Case& c : cases) {
    EXPECT_THAT(ErrorOf(c.content), HasSubstr(c.want)) << c.content;
  }
}

TEST(PcreSnapshotTest, TakesLinearTime) {
  EXPECT_EQ(Found("/^(a+)+$/ x\n", std::string(100'000, 'a') + "!"), "none");
}

}  // namespace
}  // namespace postern::table
