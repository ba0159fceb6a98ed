#include "mta/smtp/plain_lines.h"

#include <string>

#include "gtest/gtest.h"

namespace postern::mta::smtp {
namespace {

TEST(PlainLinesTest, StopsBeforeTheFirstLineThatIsNotPlain) {
  const std::string plain = "one\r\n\r\ntwo .\r\n";
  const char* const rests[] = {
      "",         "half",        "half\r", ".dot\r\n", "a\rb\r\n",
      "a\nb\r\n", "bare\nx\r\n", "\n\r\n", "\r\r\n",   "12345678901\r\n",
  };
  for (const char* rest : rests) {
    EXPECT_EQ(PlainLineBytes(plain + rest, 10), plain.size()) << rest;
    EXPECT_EQ(PlainLineBytes(rest, 10), 0u) << rest;
  }
}

TEST(PlainLinesTest, ALineMayBeAsLongAsItsLimit) {
  EXPECT_EQ(PlainLineBytes("1234567890\r\n", 10), 12u);
  EXPECT_EQ(PlainLineBytes("1234567890\r\n", 9), 0u);
}

TEST(PlainLinesTest, FindsAByteOrTheEnd) {
  EXPECT_EQ(FindOrEnd("abc", 'b'), 1u);
  EXPECT_EQ(FindOrEnd("abc", 'x'), 3u);
  EXPECT_EQ(FindOrEnd("", 'x'), 0u);
}

}  // namespace
}  // namespace postern::mta::smtp
