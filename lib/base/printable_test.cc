#include "lib/base/printable.h"

#include "absl/strings/string_view.h"
#include "gtest/gtest.h"

namespace postern {
namespace {

TEST(PrintableTest, KeepsPlainText) {
  EXPECT_EQ(Printable("mail from <a@b>: ~ok"), "mail from <a@b>: ~ok");
}

TEST(PrintableTest, ReplacesControlsAndEightBitText) {
  EXPECT_EQ(Printable(absl::string_view("a\r\nb\0c\x7f\xc3\xa4\tz", 11)),
            "a??b?c????z");
}

TEST(PrintableTest, CutsWhatIsTooLong) {
  EXPECT_EQ(Printable("abcdef", 3), "abc");
}

}  // namespace
}  // namespace postern
