#include "mta/smtp/dot_stuffer.h"

#include <string>

#include "absl/strings/escaping.h"
#include "gtest/gtest.h"

namespace postern::mta::smtp {
namespace {

std::string Stuffed(absl::string_view content, size_t cut = 0) {
  DotStuffer stuffer;
  std::string wire;
  stuffer.Append(content.substr(0, cut), wire);
  stuffer.Append(content.substr(cut), wire);
  stuffer.Finish(wire);
  return wire;
}

TEST(DotStufferTest, EndsTheData) {
  EXPECT_EQ(Stuffed(""), ".\r\n");
  EXPECT_EQ(Stuffed("a\r\n"), "a\r\n.\r\n");
  EXPECT_EQ(Stuffed("a"), "a\r\n.\r\n") << "with a line end if there is none";
}

TEST(DotStufferTest, DoublesADotAtTheStartOfALine) {
  EXPECT_EQ(Stuffed(".\r\n..\r\na.\r\n.b"), "..\r\n...\r\na.\r\n..b\r\n.\r\n");
}

TEST(DotStufferTest, LeavesWholeLinesAsTheyAre) {
  std::string text;
  for (int i = 0; i < 1000; ++i) text += std::string(i % 80, 'x') + "\r\n";
  EXPECT_EQ(Stuffed(text), text + ".\r\n");
  EXPECT_EQ(Stuffed(text + ".x\r\n" + text), text + "..x\r\n" + text + ".\r\n");
  EXPECT_EQ(Stuffed(text + "a\nb\r\n" + text),
            text + "a\r\nb\r\n" + text + ".\r\n");
}

// MTA-08.
TEST(DotStufferTest, NoBareNewlineEverLeaves) {
  EXPECT_EQ(Stuffed("a\n.\nb\n"), "a\r\n..\r\nb\r\n.\r\n");
  EXPECT_EQ(Stuffed("a\rb"), "a b\r\n.\r\n");
  EXPECT_EQ(Stuffed("a\r\r\n"), "a \r\n.\r\n");
  EXPECT_EQ(Stuffed("\r.\r\n"), " .\r\n.\r\n");
  EXPECT_EQ(Stuffed("a\r"), "a\r\n.\r\n");
  EXPECT_EQ(Stuffed("a\r\n.\r"), "a\r\n..\r\n.\r\n");
}

// MTA-08: the property, for every text of five characters and every cut.
TEST(DotStufferTest, TheOnlyEndOfDataIsTheLast) {
  const char alphabet[] = {'\r', '\n', '.', 'a'};
  for (int n = 0; n < 1024; ++n) {
    std::string content;
    for (int rest = n, i = 0; i < 5; ++i, rest /= 4) {
      content += alphabet[rest % 4];
    }
    const std::string wire = Stuffed(content);
    for (size_t cut = 1; cut < content.size(); ++cut) {
      ASSERT_EQ(Stuffed(content, cut), wire) << absl::CEscape(content);
    }
    for (size_t i = 0; i < wire.size(); ++i) {
      if (wire[i] == '\n') {
        ASSERT_TRUE(i > 0 && wire[i - 1] == '\r');
      }
      if (wire[i] == '\r') {
        ASSERT_EQ(wire[i + 1], '\n');
      }
    }
    const std::string framed = "\r\n" + wire;
    ASSERT_EQ(framed.find("\r\n.\r\n"), framed.size() - 5)
        << absl::CEscape(content);
  }
}

}  // namespace
}  // namespace postern::mta::smtp
