#include "lib/config/printer.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/config/example.pb.h"

namespace postern::config {
namespace {

using testing::Example;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(PrinterTest, WritesEveryFieldWithItsValue) {
  testing::Rule rule;
  rule.mutable_delay()->set_seconds(90);
  EXPECT_EQ(PrintFields(rule, 0), "delay: 90s\ntext: \"\"\n");
  EXPECT_EQ(PrintFields(rule, 2), "  delay: 90s\n  text: \"\"\n");
}

TEST(PrinterTest, WritesBlocksListsAndMaps) {
  Example message;
  message.add_words("a");
  message.add_words("b c");
  message.add_rules()->set_text("x");
  message.add_rules()->mutable_delay()->set_seconds(1);
  message.add_empties();
  (*message.mutable_texts())["z"] = "1";
  (*message.mutable_texts())["a b"] = "no";
  (*message.mutable_rules_by_name())["r"].set_text("v");
  message.mutable_rule()->set_text("w");
  const std::string text = PrintFields(message, 0);
  EXPECT_THAT(text, HasSubstr("\nwords:\n  - a\n  - \"b c\"\n"));
  EXPECT_THAT(text, HasSubstr("\nrules:\n"
                              "  - text: x\n"
                              "  - delay: 1s\n"
                              "    text: \"\"\n"));
  EXPECT_THAT(text, HasSubstr("\nempties:\n  - {}\n"));
  EXPECT_THAT(text, HasSubstr("\ntexts:\n  \"a b\": \"no\"\n  z: 1\n"));
  EXPECT_THAT(text, HasSubstr("\nrules_by_name:\n  r:\n    text: v\n"));
  EXPECT_THAT(text, HasSubstr("\nrule:\n  text: w\n"));
  EXPECT_THAT(text, HasSubstr("\nmodes: []\n"));
  EXPECT_THAT(text, HasSubstr("\nnumbers: {}\n"));
  EXPECT_THAT(text, HasSubstr("flag: false\n"));
}

TEST(PrinterTest, LeavesOutWhatIsNotThere) {
  Example message;
  message.mutable_empty();
  const std::string text = PrintFields(message, 0);
  EXPECT_THAT(text, HasSubstr("\nempty: {}\n"));
  for (const char* absent :
       {"banner", "extra_rule", "file:", "remote", "timeout"}) {
    EXPECT_THAT(text, Not(HasSubstr(absent)));
  }
}

}  // namespace
}  // namespace postern::config
