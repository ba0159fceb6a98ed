#include "mta/queue/shown.h"

#include "gtest/gtest.h"

namespace postern::mta::queue {
namespace {

TEST(ShownTest, ShowsUtf8OnlyWhereItMayBe) {
  EXPECT_EQ(Shown("caf\xC3\xA9\r\n", ShownCharset::kAscii), "caf????");
  EXPECT_EQ(Shown("caf\xC3\xA9\r\n", ShownCharset::kUtf8), "caf\xC3\xA9??");
  EXPECT_EQ(Shown("caf\xE9", ShownCharset::kUtf8), "caf?");
  EXPECT_EQ(Shown("caf\xC3\xA9", ShownCharset::kUtf8, 4), "caf");
}

TEST(ShownTest, ShowsHeaderLinesThatWereReadAsAWhole) {
  EXPECT_EQ(ShownHeader("A: 1\r\n\tfold\r\nB: 2\r\nC: cu", 1000),
            "A: 1\r\n\tfold\r\nB: 2\r\n");
  EXPECT_EQ(ShownHeader("", 1000), "");
  EXPECT_EQ(ShownHeader("\r\nbody\r\n", 1000), "");
  EXPECT_EQ(ShownHeader("A: 1\r\nB: 2\r\n", 0), "");
  EXPECT_EQ(ShownHeader("A: \xC3\xA9\r\n", 1000), "A: ??\r\n");
  EXPECT_EQ(ShownHeader("A: \xC3\xA9\r\n", 1000, ShownCharset::kUtf8),
            "A: \xC3\xA9\r\n");
}

TEST(ShownTest, WritesDatesInUtc) {
  EXPECT_EQ(MailDate(absl::FromUnixSeconds(1'700'000'000)),
            "Tue, 14 Nov 2023 22:13:20 +0000");
}

}  // namespace
}  // namespace postern::mta::queue
