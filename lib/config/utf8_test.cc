#include "lib/config/utf8.h"

#include "absl/strings/string_view.h"
#include "gtest/gtest.h"

namespace postern::config {
namespace {

TEST(Utf8Test, CountsTheBytesOfACharacter) {
  EXPECT_EQ(Utf8Bytes("a"), 1u);
  EXPECT_EQ(Utf8Bytes(absl::string_view("\0", 1)), 1u);
  EXPECT_EQ(Utf8Bytes("\xc3\xa9x"), 2u);
  EXPECT_EQ(Utf8Bytes("\xe2\x82\xac"), 3u);
  EXPECT_EQ(Utf8Bytes("\xed\x9f\xbf"), 3u);
  EXPECT_EQ(Utf8Bytes("\xee\x80\x80"), 3u);
  EXPECT_EQ(Utf8Bytes("\xf0\x9f\x93\xab"), 4u);
  EXPECT_EQ(Utf8Bytes("\xf4\x8f\xbf\xbf"), 4u);
}

TEST(Utf8Test, KnowsWhatIsNotACharacter) {
  for (absl::string_view text :
       {"", "\x80", "\xbf", "\xc3", "\xc3(", "\xe2\x82", "\xe2(\xac",
        "\xf0\x9f\x93", "\xff", "\xfe", "\xf8\x88\x80\x80\x80"}) {
    EXPECT_EQ(Utf8Bytes(text), 0u);
  }
}

TEST(Utf8Test, RefusesLongFormsSurrogatesAndWhatLiesBeyond) {
  for (absl::string_view text :
       {"\xc0\xaf", "\xc1\xbf", "\xe0\x9f\xbf", "\xf0\x8f\xbf\xbf",
        "\xed\xa0\x80", "\xed\xbf\xbf", "\xf4\x90\x80\x80",
        "\xf5\x80\x80\x80"}) {
    EXPECT_EQ(Utf8Bytes(text), 0u);
  }
}

}  // namespace
}  // namespace postern::config
