#include "lib/config/yaml_scalar.h"

#include <string>

#include "gtest/gtest.h"
#include "lib/config/yaml_tree.h"

namespace postern::config {
namespace {

TEST(YamlScalarTest, QuotesOnlyWhatCouldBeMisread) {
  for (const char* text :
       {"a", "127.0.0.1:25", "/var/spool/postern", "unix:/run/a.sock",
        "permit_mynetworks", "::1/128", "user@example.org", "5m"}) {
    const bool is_plain = text[0] != ':';
    EXPECT_EQ(YamlScalar(text),
              is_plain ? text : "\"" + std::string(text) + "\"");
  }
  EXPECT_EQ(YamlScalar(""), "\"\"");
  EXPECT_EQ(YamlScalar("null"), "\"null\"");
  EXPECT_EQ(YamlScalar("No"), "\"No\"");
  EXPECT_EQ(YamlScalar("a b"), "\"a b\"");
  EXPECT_EQ(YamlScalar("a:"), "\"a:\"");
  EXPECT_EQ(YamlScalar("-"), "\"-\"");
  EXPECT_EQ(YamlScalar("a\"b\\c\n\t\x01"), "\"a\\\"b\\\\c\\n\\t\\x01\"");
}

TEST(YamlScalarTest, ReadsBackInsideBlocks) {
  for (const std::string text : {"",
                                 "~",
                                 "a: b",
                                 "a #b",
                                 "- a",
                                 "[a",
                                 "{a}",
                                 "&a",
                                 "*a",
                                 "!a",
                                 "|",
                                 ">",
                                 "%a",
                                 "@a",
                                 "`a",
                                 "'a'",
                                 "\"a\"",
                                 "a\nb",
                                 " a ",
                                 "a\\",
                                 "...",
                                 "---",
                                 "?",
                                 "? a",
                                 "<<",
                                 "=",
                                 "0x1f",
                                 "1e3",
                                 "\xc3\xa9",
                                 "\xf0\x9f\x93\xab",
                                 "\xe2\x80\xa8",
                                 "\xc2\x85",
                                 "\xef\xbb\xbf"}) {
    const std::string scalar = YamlScalar(text);
    const auto tree = ParseYaml("x: " + scalar + "\ny:\n  - " + scalar +
                                "\nz:\n  " + scalar + ": 1\n");
    ASSERT_TRUE(tree.ok()) << tree.status() << scalar;
    EXPECT_EQ(tree->entries[0].value.text, text);
    EXPECT_EQ(tree->entries[1].value.items[0].text, text);
    EXPECT_EQ(tree->entries[2].value.entries[0].key, text);
  }
}

}  // namespace
}  // namespace postern::config
