#include "lib/config/yaml_tree.h"

#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/testing/status_matchers.h"

namespace postern::config {
namespace {

using ::postern::testing::IsOk;
using ::postern::testing::StatusIs;
using ::testing::HasSubstr;
using ::testing::StartsWith;

// The tree in one line: {a@1:1 b@1:4}.
std::string Described(const YamlNode& node) {
  const std::string at =
      absl::StrCat("@", node.position.line, ":", node.position.column);
  switch (node.kind) {
    case YamlNode::Kind::kNull:
      return "null" + at;
    case YamlNode::Kind::kScalar:
      return node.text + at;
    case YamlNode::Kind::kList:
      return absl::StrCat(
          "[",
          absl::StrJoin(node.items, " ",
                        [](std::string* out, const YamlNode& item) {
                          out->append(Described(item));
                        }),
          "]", at);
    case YamlNode::Kind::kMap:
      break;
  }
  std::string text;
  for (const YamlEntry& entry : node.entries) {
    absl::StrAppend(&text, text.empty() ? "" : " ", entry.key, "@",
                    entry.position.line, ":", entry.position.column, "=",
                    Described(entry.value));
  }
  return absl::StrCat("{", text, "}", at);
}

std::string Tree(absl::string_view text) {
  const auto node = ParseYaml(text);
  return node.ok() ? Described(*node) : std::string(node.status().message());
}

TEST(YamlTreeTest, KnowsWhereEverythingStands) {
  EXPECT_EQ(Tree("a: 1\nb:\n  - x\n  - 'y z'\nc: {d: ~, e: []}\n"),
            "{a@1:1=1@1:4 b@2:1=[x@3:5 y z@4:5]@3:3 "
            "c@5:1={d@5:5=null@5:8 e@5:11=[]@5:14}@5:4}@1:1");
}

TEST(YamlTreeTest, TakesNothingForNull) {
  EXPECT_EQ(Tree(""), "null@1:1");
  EXPECT_EQ(Tree("# only a comment\n"), "null@1:1");
  EXPECT_THAT(Tree("a:\n"), StartsWith("{a@1:1=null@"));
}

TEST(YamlTreeTest, KeepsWhatStandsInQuotes) {
  EXPECT_EQ(Tree("'~'"), "~@1:1");
  EXPECT_EQ(Tree("\"a\\tb: # c\""), "a\tb: # c@1:1");
  EXPECT_EQ(Tree("''"), "@1:1");
}

TEST(YamlTreeTest, KeepsTheLinesOfABlock) {
  EXPECT_EQ(Tree("a: |\n  x\n  y\n"), "{a@1:1=x\ny\n@1:4}@1:1");
  EXPECT_EQ(Tree("a: |+\n  x\n\n"), "{a@1:1=x\n\n@1:4}@1:1");
  EXPECT_EQ(Tree("a: >-\n  x\n  y"), "{a@1:1=x y@1:4}@1:1");
}

TEST(YamlTreeTest, KeepsDuplicateKeys) {
  EXPECT_EQ(Tree("a: 1\na: 2"), "{a@1:1=1@1:4 a@2:1=2@2:4}@1:1");
}

TEST(YamlTreeTest, ReadsUtf8AndWindowsLines) {
  EXPECT_EQ(Tree("\xef\xbb\xbf"
                 "a: \xc3\xa9\r\nb: 2\r\n"),
            "{a@1:1=\xc3\xa9@1:4 b@2:1=2@2:4}@1:1");
}

TEST(YamlTreeTest, SaysWhereTheSyntaxIsWrong) {
  EXPECT_THAT(Tree("a: 1\n  b: 2\n"), StartsWith("2:4: "));
  EXPECT_THAT(Tree("a: [1, 2\nb: 3\n"), StartsWith("2:2: "));
  EXPECT_THAT(Tree("a: \"x\n"), StartsWith("2:2: "));
  EXPECT_THAT(Tree("a: 'x\r\nb: 1\r\n"), StartsWith("3:2: "));
  EXPECT_THAT(Tree("a: \"x"), StartsWith("1:6: "));
  EXPECT_THAT(Tree("\ta: 1\n"), StartsWith("1:"));
  EXPECT_THAT(Tree("}"), StartsWith("1:"));
}

TEST(YamlTreeTest, RefusesAnchorsAndAliases) {
  EXPECT_EQ(Tree("a: &x 1\nb: 2\n"), "1:4: anchors are not supported");
  EXPECT_THAT(Tree("a: *x\n"), StartsWith("1:4: "));
  // The billion laughs.
  std::string bomb = "a0: &a0 [x, x]\n";
  for (int i = 1; i < 40; ++i) {
    absl::StrAppend(&bomb, "a", i, ": &a", i, " [*a", i - 1, ", *a", i - 1,
                    "]\n");
  }
  EXPECT_EQ(Tree(bomb), "1:5: anchors are not supported");
}

TEST(YamlTreeTest, RefusesTagsOddKeysAndFurtherDocuments) {
  EXPECT_EQ(Tree("a: !!str 1\n"), "1:4: tags are not supported");
  EXPECT_EQ(Tree("[a]: 1\n"), "1:1: a key must be text");
  EXPECT_EQ(Tree("? {a: 1}\n: 1\n"), "1:3: a key must be text");
  EXPECT_THAT(Tree("a: 1\n---\nb: 2\n"), HasSubstr("a second document"));
}

TEST(YamlTreeTest, RefusesBytesThatAreNoText) {
  EXPECT_EQ(Tree("a: \xff\n"), "1:4: not UTF-8");
  EXPECT_EQ(Tree("a: 1\n\xc3\xa9\xc3\n"), "2:2: not UTF-8");
  EXPECT_EQ(Tree(absl::string_view("a: \0\n", 5)), "1:4: a control character");
  EXPECT_EQ(Tree("a: \x7f\n"), "1:4: a control character");
}

TEST(YamlTreeTest, RefusesWhatIsTooDeep) {
  const std::string open(kMaxYamlDepth, '[');
  const std::string close(kMaxYamlDepth, ']');
  EXPECT_THAT(ParseYaml(open + close), IsOk());
  EXPECT_EQ(Tree("[" + open + close + "]"), "1:33: more than 32 levels");
  EXPECT_THAT(ParseYaml(std::string(100'000, '[')),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(ParseYaml(std::string(100'000, '{')),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(YamlTreeTest, RefusesWhatIsTooLarge) {
  EXPECT_THAT(ParseYaml(std::string(kMaxYamlBytes, '#')), IsOk());
  EXPECT_EQ(Tree(std::string(kMaxYamlBytes + 1, '#')),
            "1:1: the file is larger than 1 MiB");
}

}  // namespace
}  // namespace postern::config
