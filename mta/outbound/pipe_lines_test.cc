#include "mta/outbound/pipe_lines.h"

#include <string>

#include "gtest/gtest.h"

namespace postern::mta::outbound {
namespace {

// Converts `text`, cut at `cut`.
std::string Converted(PipeLines lines, const std::string& text, size_t cut) {
  std::string first = text.substr(0, cut);
  std::string second = text.substr(cut);
  lines.Convert(first);
  lines.Convert(second);
  return first + second;
}

TEST(PipeLinesTest, LinesEndAsTheCommandWants) {
  const std::string text = ".a\n\n..b\n.";
  for (size_t cut = 0; cut <= text.size(); ++cut) {
    EXPECT_EQ(Converted({}, text, cut), text);
    EXPECT_EQ(Converted({"\r\n", false}, text, cut), ".a\r\n\r\n..b\r\n.");
    EXPECT_EQ(Converted({"\n", true}, text, cut), "..a\n\n...b\n..");
    EXPECT_EQ(Converted({"\r\n", true}, text, cut), "..a\r\n\r\n...b\r\n..");
  }
}

}  // namespace
}  // namespace postern::mta::outbound
