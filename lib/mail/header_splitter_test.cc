#include "lib/mail/header_splitter.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace postern::mail {
namespace {

using Found = HeaderSplitter::Found;
using ::testing::ElementsAre;

using Finding = std::pair<Found, std::string>;

// All that is found in `message`, given `step` bytes at a time; the body is
// left out.
std::vector<Finding> Findings(absl::string_view message, size_t step,
                              size_t max_field_bytes = 1000) {
  HeaderSplitter splitter(max_field_bytes);
  std::vector<Finding> findings;
  const auto note = [&] {
    if (splitter.found() == Found::kNothing) return;
    findings.emplace_back(splitter.found(), std::string(splitter.text()));
  };
  while (!message.empty() && splitter.found() != Found::kEnd) {
    message.remove_prefix(splitter.Consume(message.substr(0, step)));
    note();
  }
  while (splitter.found() != Found::kEnd) {
    splitter.Finish();
    note();
  }
  return findings;
}

TEST(HeaderSplitterTest, AFieldHasAllItsFoldedLines) {
  for (const size_t step : {1, 2, 3, 1000}) {
    EXPECT_THAT(
        Findings("Subject: a\r\n b\r\n\tc\r\nTo: d\r\n\r\nbody\r\n", step),
        ElementsAre(Finding(Found::kField, "Subject: a\r\n b\r\n\tc\r\n"),
                    Finding(Found::kField, "To: d\r\n"),
                    Finding(Found::kEnd, "\r\n")))
        << step;
  }
}

TEST(HeaderSplitterTest, TheHeaderEndsAtALineThatIsNoField) {
  struct Case {
    const char* why;
    const char* line;
  };
  const Case cases[] = {
      {"no colon", "hello world\r\n"},
      {"no name", ": value\r\n"},
      {"a space within the name", "two words: value\r\n"},
      {"a control character", "a\x01: value\r\n"},
      {"not ASCII", "caf\xc3\xa9: value\r\n"},
      {"an envelope line of a mailbox", "From someone Mon Jan 1\r\n"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.why);
    EXPECT_THAT(Findings(absl::StrCat("A: b\r\n", c.line, "C: d\r\n"), 1000),
                ElementsAre(Finding(Found::kField, "A: b\r\n"),
                            Finding(Found::kEnd, c.line)));
  }
}

TEST(HeaderSplitterTest, AContinuationOfNothingIsNoField) {
  EXPECT_THAT(Findings(" From: a\r\nTo: b\r\n", 1000),
              ElementsAre(Finding(Found::kEnd, " From: a\r\n")));
}

TEST(HeaderSplitterTest, AMessageMayEndInItsHeader) {
  for (const size_t step : {1, 2, 1000}) {
    EXPECT_THAT(Findings("A: b\r\nC: d\r\n", step),
                ElementsAre(Finding(Found::kField, "A: b\r\n"),
                            Finding(Found::kField, "C: d\r\n"),
                            Finding(Found::kEnd, "")));
    EXPECT_THAT(
        Findings("A: b\r\nC: d", step),
        ElementsAre(Finding(Found::kField, "A: b\r\n"),
                    Finding(Found::kField, "C: d"), Finding(Found::kEnd, "")));
    EXPECT_THAT(Findings("", step), ElementsAre(Finding(Found::kEnd, "")));
  }
}

TEST(HeaderSplitterTest, MTA27ALongFieldComesInPieces) {
  EXPECT_THAT(Findings("A: 0123456789\r\n 0123\r\nB: c\r\n\r\n", 1000, 8),
              ElementsAre(Finding(Found::kField, "A: 01234"),
                          Finding(Found::kRest, "56789\r\n"),
                          Finding(Found::kRest, " 0123\r\n"),
                          Finding(Found::kField, "B: c\r\n"),
                          Finding(Found::kEnd, "\r\n")));
}

TEST(HeaderSplitterTest, MTA27ALongLineThatIsNoFieldIsGivenUpEarly) {
  EXPECT_THAT(Findings("0123456789\r\n", 1000, 8),
              ElementsAre(Finding(Found::kEnd, "01234567")));
}

TEST(HeaderSplitterTest, DashesBeginADelimiterInAPart) {
  HeaderSplitter part(1000, /*ends_at_dashes=*/true);
  part.Consume("--a:b\r\n");
  EXPECT_EQ(part.found(), Found::kEnd);
  HeaderSplitter message(1000);
  message.Consume("--a:b\r\n");
  EXPECT_EQ(message.found(), Found::kNothing);
}

TEST(HeaderSplitterTest, AFieldCanBeEndedBeforeWhatFollowsIsKnown) {
  HeaderSplitter splitter(1000);
  EXPECT_EQ(splitter.Consume("A: b\r\n"), 6u);
  EXPECT_EQ(splitter.found(), Found::kNothing);
  splitter.EndField();
  EXPECT_EQ(splitter.found(), Found::kField);
  EXPECT_EQ(splitter.text(), "A: b\r\n");
  splitter.EndField();
  EXPECT_EQ(splitter.found(), Found::kNothing);
  splitter.Consume(" c\r\n");
  EXPECT_EQ(splitter.found(), Found::kEnd);
}

}  // namespace
}  // namespace postern::mail
