#include "lib/table/regexp_snapshot.h"

#include <string>

#include "absl/strings/string_view.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace postern::table {
namespace {

using ::testing::Eq;
using ::testing::HasSubstr;
using ::testing::Optional;

std::unique_ptr<const Snapshot> Regexp(absl::string_view content) {
  return ParseRegexp(content, "/t").value();
}
std::string ErrorOf(absl::string_view content) {
  return std::string(ParseRegexp(content, "/t").status().message());
}
std::string Found(absl::string_view content, absl::string_view key) {
  return Regexp(content)->Find(key).value_or("none");
}

TEST(RegexpSnapshotTest, TakesTheFirstThatMatches) {
  const char kRules[] =
      "/^postmaster@/          OK\n"
      "/@example\\.(org|net)$/ REJECT go away\n"
      "/./                     DUNNO\n";
  EXPECT_EQ(Found(kRules, "postmaster@example.org"), "OK");
  EXPECT_EQ(Found(kRules, "user@example.net"), "REJECT go away");
  EXPECT_EQ(Found(kRules, "user@examplexnet"), "DUNNO");
  EXPECT_EQ(Found(kRules, ""), "none");
}

TEST(RegexpSnapshotTest, IgnoresCaseUnlessToldOtherwise) {
  EXPECT_EQ(Found("/abc/ x\n", "ABC"), "x");
  EXPECT_EQ(Found("/abc/i x\n", "ABC"), "none");
  EXPECT_EQ(Found("/abc/ii x\n", "ABC"), "x");
}

TEST(RegexpSnapshotTest, MatchesLinesWithTheFlagM) {
  EXPECT_EQ(Found("/^b$/ x\n", "a\nb\nc"), "none");
  EXPECT_EQ(Found("/^b$/m x\n", "a\nb\nc"), "x");
  EXPECT_EQ(Found("/a.b/ x\n", "a\nb"), "x");
  EXPECT_EQ(Found("/a.b/m x\n", "a\nb"), "none");
}

TEST(RegexpSnapshotTest, TakesAnyDelimiter) {
  EXPECT_EQ(Found("!|^/etc/| x\n", "/usr/"), "x");
  EXPECT_EQ(Found("#a# x\n/a/ y\n", "a"), "y") << "# begins a comment";
  EXPECT_EQ(Found("%a/b% x\n", "a/b"), "x");
  EXPECT_EQ(Found("/a\\/b/ x\n", "a/b"), "x");
  EXPECT_EQ(Found("/a b/ x y\n", "a b"), "x y");
}

TEST(RegexpSnapshotTest, PutsMatchesIntoTheResult) {
  const char kRules[] = "/^(.*)-outgoing@([a-z]*)(x)?$/ $1@${2} $(3)$$1.\n";
  EXPECT_EQ(Found(kRules, "list-outgoing@here"), "list@here $1.");
  EXPECT_EQ(Found("/((((((((a))))))))(b)/ $9$8\n", "ab"), "ba");
}

TEST(RegexpSnapshotTest, MatchesTheLongestAsPosixDoes) {
  EXPECT_EQ(Found("/(a|ab)(c|bcd)?/ $1:$2\n", "abcd"), "a:bcd");
  EXPECT_EQ(Found("/x*?(y|yz)/ $1\n", "xyz"), "yz");
}

TEST(RegexpSnapshotTest, HasBlocksAndNegation) {
  const char kRules[] =
      "if /bar/\n"
      "if !/xyzzy/\n"
      "/(elbereth)/ ($1)\n"
      "!/find/ not found\n"
      "endif\n"
      "endif\n";
  EXPECT_EQ(Found(kRules, "bar/elbereth"), "(elbereth)");
  EXPECT_EQ(Found(kRules, "bar/whynot"), "not found");
  EXPECT_EQ(Found(kRules, "bar/find"), "none");
  EXPECT_EQ(Found(kRules, "bar/xyzzy/elbereth"), "none");
  EXPECT_EQ(Found(kRules, "say/elbereth"), "none");
}

TEST(RegexpSnapshotTest, TreatsKeysAsBytes) {
  EXPECT_EQ(Found("/^a.b$/ x\n",
                  "a\xff"
                  "b"),
            "x");
  EXPECT_EQ(Found("/^a.b$/ x\n", absl::string_view("a\0b", 3)), "x");
}

TEST(RegexpSnapshotTest, SaysWhereAndWhyAnExpressionIsRefused) {
  struct Case {
    const char* content;
    const char* want;
  };
  const Case cases[] = {
      {"# c\n/(a)\\1/ x\n", "/t:2: \"\\1\" is a back-reference"},
      {"/a(?=b)/ x\n", "/t:1: RE2: "},
      {"/a(?=b)/ x\n", " in \"a(?=b)\""},
      {"/a(b/ x\n", "/t:1: RE2: missing )"},
      {"/a**/ x\n", "/t:1: RE2: bad repetition operator"},
      {"/a{1,1001}/ x\n", "/t:1: RE2: "},
      {"/[z-a]/ x\n", "/t:1: RE2: invalid character class range"},
      {"/a/x x\n", "/t:1: flag x: RE2 has no basic syntax"},
      {"/a/y x\n", "/t:1: unknown flag \"y\""},
      {"/a/!/b/ x\n", "/t:1: unknown flag \"!\""},
      {"/a/\n", "/t:1: the pattern has no result"},
      {"/a x\n", "/t:1: a pattern is wanted here"},
      {"abc x\n", "/t:1: a pattern is wanted here"},
      {"!\n", "/t:1: a pattern is wanted here"},
      {"/(a)/ $2\n", "/t:1: $2: there are 1 pairs of parentheses"},
      {"!/(a)/ $1\n", "/t:1: $1 in a rule with \"!\""},
      {"/a/ $\n", "/t:1: a lone \"$\""},
      {"/a/ $0\n", "/t:1: a lone \"$\""},
      {"/(a)/ ${1\n", "/t:1: a lone \"$\""},
      {"/(a)/ $(1}\n", "/t:1: a lone \"$\""},
      {"if /a/ x\nendif\n", "/t:1: text after the pattern of \"if\""},
  };
  for (const Case& c : cases) {
    EXPECT_THAT(ErrorOf(c.content), HasSubstr(c.want)) << c.content;
  }
}

TEST(RegexpSnapshotTest, TakesLinearTime) {
  const auto table = Regexp("/^(a+)+$/ x\n");
  EXPECT_THAT(table->Find(std::string(100'000, 'a') + "!"), Eq(std::nullopt));
  EXPECT_THAT(table->Find(std::string(1000, 'a')), Optional(Eq("x")));
}

}  // namespace
}  // namespace postern::table
