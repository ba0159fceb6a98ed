#include "lib/mail/utf8.h"

#include <string>

#include "gtest/gtest.h"

namespace postern::mail {
namespace {

TEST(Utf8Test, ReadsOneCharacterOfEachLength) {
  struct Case {
    const char* why;
    absl::string_view text;
    uint32_t value;
    size_t bytes;
  };
  const Case cases[] = {
      {"one byte", "a", 'a', 1},
      {"two", "\xC3\xBC", 0xFC, 2},
      {"three", "\xE2\x82\xAC", 0x20AC, 3},
      {"four", "\xF0\x9F\x93\xA7", 0x1F4E7, 4},
      {"the last before the surrogates", "\xED\x9F\xBF", 0xD7FF, 3},
      {"the first behind them", "\xEE\x80\x80", 0xE000, 3},
      {"the last of all", "\xF4\x8F\xBF\xBF", 0x10FFFF, 4},
      {"more follows", "\xC3\xBCx", 0xFC, 2},
      {"nothing", "", 0, 0},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.why);
    EXPECT_EQ(FirstCodePoint(c.text).value, c.value);
    EXPECT_EQ(FirstCodePoint(c.text).bytes, c.bytes);
  }
}

// MTA-43.
TEST(Utf8Test, KnowsWhatIsNoText) {
  struct Case {
    const char* why;
    absl::string_view text;
  };
  const Case cases[] = {
      {"a continuation alone", "\x80"},
      {"cut", "\xC3"},
      {"cut after two of three", "\xE2\x82"},
      {"a lead twice", "\xC3\xC3"},
      {"overlong in two", "\xC0\xAF"},
      {"overlong in two, the last", "\xC1\xBF"},
      {"overlong in three", "\xE0\x80\xAF"},
      {"overlong in four", "\xF0\x80\x80\xAF"},
      {"overlong NUL", "\xC0\x80"},
      {"surrogate", "\xED\xA0\x80"},
      {"the last surrogate", "\xED\xBF\xBF"},
      {"past the end", "\xF4\x90\x80\x80"},
      {"five bytes", "\xF8\x88\x80\x80\x80"},
      {"FE", "\xFE"},
      {"NUL", absl::string_view("a\0b", 3)},
      {"LF", "a\nb"},
      {"DEL", "a\x7F"},
      {"C1: next line", "\xC2\x85"},
      {"line separator", "\xE2\x80\xA8"},
      {"right-to-left override", "\xE2\x80\xAE"},
      {"right-to-left isolate", "\xE2\x81\xA7"},
      {"right-to-left mark", "\xE2\x80\x8F"},
      {"Arabic letter mark", "\xD8\x9C"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.why);
    EXPECT_FALSE(IsUtf8Text(c.text));
    EXPECT_TRUE(IsUtf8Text(PrintableUtf8(c.text)));
  }
  EXPECT_TRUE(IsUtf8Text(""));
  EXPECT_TRUE(IsUtf8Text("a \xC3\xBC\xE2\x82\xAC\xF0\x9F\x93\xA7\xC2\xA0"));
}

TEST(Utf8Test, TellsAscii) {
  EXPECT_TRUE(IsAscii(""));
  EXPECT_TRUE(IsAscii("a\x7F\n"));
  EXPECT_FALSE(IsAscii("a\x80"));
}

TEST(Utf8Test, ShowsOneLineThatIsCutBetweenCharacters) {
  EXPECT_EQ(PrintableUtf8("j\xC3\xB6rg\r\n"), "j\xC3\xB6rg??");
  EXPECT_EQ(PrintableUtf8("j\xC3\xB6rg", 2), "j");
  EXPECT_EQ(PrintableUtf8("j\xC3\xB6rg", 3), "j\xC3\xB6");
  EXPECT_EQ(PrintableUtf8("\xFFx"), "?x");
  EXPECT_EQ(PrintableUtf8(std::string(1000, 'x')).size(), 256u);
}

}  // namespace
}  // namespace postern::mail
