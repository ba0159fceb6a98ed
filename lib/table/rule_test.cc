#include "lib/table/rule.h"

#include <algorithm>
#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace postern::table {
namespace {

// A pattern here is a word.
size_t WordBytes(absl::string_view text) {
  return std::min(text.find(' '), text.size());
}

std::string ErrorOf(absl::string_view content) {
  return std::string(ParseRules(content, "/t", WordBytes).status().message());
}

// The result when the patterns of `matching` match.
std::string Result(absl::string_view content,
                   const std::set<std::string>& matching) {
  const auto rules = ParseRules(content, "/t", WordBytes).value();
  const size_t found = FirstMatch(
      rules, [&](size_t i) { return matching.contains(rules[i].pattern); });
  return found == rules.size() ? "none" : rules[found].result;
}

TEST(RuleTest, TakesTheFirstThatMatches) {
  const char kRules[] = "a 1\nb 2 and more\nc 3\n";
  EXPECT_EQ(Result(kRules, {"b", "c"}), "2 and more");
  EXPECT_EQ(Result(kRules, {"c"}), "3");
  EXPECT_EQ(Result(kRules, {}), "none");
  EXPECT_EQ(Result("", {"a"}), "none");
}

TEST(RuleTest, TurnsARuleRound) {
  EXPECT_EQ(Result("!a 1\nb 2\n", {"a", "b"}), "2");
  EXPECT_EQ(Result("! a 1\nb 2\n", {"b"}), "1");
  EXPECT_EQ(Result("!!a 1\n", {"a"}), "1");
}

TEST(RuleTest, EntersABlockIfItsPatternMatches) {
  const char kRules[] =
      "if a\n"
      "b 1\n"
      "IF !c\n"
      "d 2\n"
      "ENDIF\n"
      "endif\n"
      "b 3\n"
      "d 4\n";
  EXPECT_EQ(Result(kRules, {"a", "b"}), "1");
  EXPECT_EQ(Result(kRules, {"a", "d"}), "2");
  EXPECT_EQ(Result(kRules, {"a", "c", "d"}), "4");
  EXPECT_EQ(Result(kRules, {"b"}), "3");
  EXPECT_EQ(Result(kRules, {"d"}), "4");
  EXPECT_EQ(Result(kRules, {"a"}), "none");
}

TEST(RuleTest, KnowsWordsFromKeywords) {
  EXPECT_EQ(Result("iffy 1\nendifs 2\n", {"iffy"}), "1");
  EXPECT_EQ(Result("iffy 1\nendifs 2\n", {"endifs"}), "2");
}

TEST(RuleTest, KnowsItsLine) {
  const auto rules = ParseRules("# x\na 1\n\nb\n 2\n", "/t", WordBytes).value();
  ASSERT_EQ(rules.size(), 2u);
  EXPECT_EQ(rules[0].line, 2);
  EXPECT_EQ(rules[1].line, 4);
}

TEST(RuleTest, SaysWhereAFileIsWrong) {
  EXPECT_EQ(ErrorOf("a 1\nb\n"), "/t:2: the pattern has no result");
  EXPECT_EQ(ErrorOf("!\n"), "/t:1: a pattern is wanted here");
  EXPECT_EQ(ErrorOf("if\nendif\n"), "/t:1: a pattern is wanted here");
  EXPECT_EQ(ErrorOf("if a b\nendif\n"),
            "/t:1: text after the pattern of \"if\"");
  EXPECT_EQ(ErrorOf("if a\nendif a\n"), "/t:2: text after \"endif\"");
  EXPECT_EQ(ErrorOf("a 1\nendif\n"), "/t:2: \"endif\" without \"if\"");
  EXPECT_EQ(ErrorOf("if a\nif b\nendif\n"), "/t:1: \"if\" without \"endif\"");
}

TEST(RuleTest, BoundsTheDepth) {
  std::string content;
  for (int i = 0; i < 16; ++i) content += "if a\n";
  std::string ends;
  for (int i = 0; i < 16; ++i) ends += "endif\n";
  EXPECT_EQ(Result(content + "b 1\n" + ends, {"a", "b"}), "1");
  EXPECT_EQ(ErrorOf(content + "if a\nendif\n" + ends),
            "/t:17: \"if\" more than 16 deep");
}

}  // namespace
}  // namespace postern::table
