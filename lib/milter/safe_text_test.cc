#include "lib/milter/safe_text.h"

#include <string>

#include "gtest/gtest.h"

namespace postern::milter {
namespace {

TEST(SafeTextTest, INJ14_AValueStaysOneField) {
  struct Case {
    const char* why;
    std::string value;
    std::string want;
  };
  const Case cases[] = {
      {"plain", " text", " text"},
      {"empty", "", ""},
      {"folded with LF", " a\n\tb", " a|\tb"},
      {"folded with CR LF", " a\r\n b", " a| b"},
      {"a field smuggled in", " a\nBcc: x@y", " a Bcc: x@y"},
      {"a body smuggled in", " a\r\n\r\nbody", " a  body"},
      {"an empty line that looks folded", " a\n \n b", " a| | b"},
      {"a lone CR", " a\rb", " a b"},
      {"CR CR LF", " a\r\r\n b", " a | b"},
      {"NUL", std::string(" a\0b", 4), " a b"},
      {"line ends at the end", " a\r\n\n", " a"},
      {"a NUL at the end", std::string(" a\0", 3), " a"},
      {"8-bit", " gr\xc3\xbc\xc3\x9f\xff", " gr\xc3\xbc\xc3\x9f\xff"},
      {"only line ends", "\r\n\r\n", ""},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.why);
    EXPECT_EQ(SafeHeaderValue(c.value, "|"), c.want);
  }
}

TEST(SafeTextTest, INJ14_ANameIsPrintableAndHasNoColon) {
  EXPECT_TRUE(IsHeaderName("X-Spam"));
  EXPECT_TRUE(IsHeaderName("!"));
  EXPECT_FALSE(IsHeaderName(""));
  EXPECT_FALSE(IsHeaderName("X:"));
  EXPECT_FALSE(IsHeaderName("X Y"));
  EXPECT_FALSE(IsHeaderName("X\nY"));
  EXPECT_FALSE(IsHeaderName(absl::string_view("X\0", 2)));
  EXPECT_FALSE(IsHeaderName("\xc3\xbc"));
  EXPECT_TRUE(IsHeaderName(std::string(998, 'x')));
  EXPECT_FALSE(IsHeaderName(std::string(999, 'x')));
}

}  // namespace
}  // namespace postern::milter
