#include "mta/outbound/command_line.h"

#include "absl/strings/str_join.h"
#include "gtest/gtest.h"
#include "lib/testing/status_matchers.h"

namespace postern::mta::outbound {
namespace {

using ::postern::testing::StatusIs;

TEST(CommandLineTest, SplitsWordsAsAShellDoes) {
  struct Case {
    const char* why;
    const char* text;
    const char* want;  // The words with ";" between them.
  };
  const Case cases[] = {
      {"one", "/bin/x", "/bin/x"},
      {"blanks", "  /bin/x\t -a  b ", "/bin/x;-a;b"},
      {"single quotes keep all", "/bin/x 'a $b | \"c\" \\'",
       "/bin/x;a $b | \"c\" \\"},
      {"double quotes keep most", "/bin/x \"a 'b' \\\"c\\\" \\d \\$e\"",
       "/bin/x;a 'b' \"c\" \\d $e"},
      {"a backslash", "/bin/x a\\ b \\| \\\\", "/bin/x;a b;|;\\"},
      {"quotes in a word", "/bin/x a'b c'\"d e\"f", "/bin/x;ab cd ef"},
      {"an empty word", "/bin/x '' \"\"", "/bin/x;;"},
      {"a shell that is named", "/bin/sh -c 'a > b'", "/bin/sh;-c;a > b"},
  };
  for (const Case& c : cases) {
    const auto words = SplitCommand(c.text);
    ASSERT_TRUE(words.ok()) << c.why << ": " << words.status();
    EXPECT_EQ(absl::StrJoin(*words, ";"), c.want) << c.why;
  }
}

// MTA-33.
TEST(CommandLineTest, WhatNeedsAShellIsAnError) {
  for (const char* text : {"/bin/x | y",
                           "/bin/x > y",
                           "/bin/x < y",
                           "/bin/x; y",
                           "/bin/x & y",
                           "/bin/x $HOME",
                           "/bin/x \"$HOME\"",
                           "/bin/x `y`",
                           "/bin/x \"`y`\"",
                           "/bin/x *",
                           "/bin/x a?",
                           "/bin/x [a]",
                           "/bin/x ~",
                           "/bin/x # y",
                           "/bin/x {a,b}",
                           "/bin/x !a",
                           "/bin/x a=b",
                           "/bin/x\ny",
                           "/bin/x (y)",
                           "/bin/x 'a",
                           "/bin/x \"a",
                           "/bin/x \\",
                           "exit 75",
                           "x",
                           "",
                           "''"}) {
    EXPECT_THAT(SplitCommand(text).status(),
                StatusIs(absl::StatusCode::kInvalidArgument))
        << text;
  }
  EXPECT_THAT(SplitCommand(absl::string_view("/bin/x \0y", 9)).status(),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

}  // namespace
}  // namespace postern::mta::outbound
