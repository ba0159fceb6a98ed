#include "lib/dkim/signature_text.h"

#include <string>
#include <vector>

#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace postern::dkim {
namespace {

using ::testing::ElementsAre;
using ::testing::Le;
using ::testing::SizeIs;

constexpr size_t kNameBytes = sizeof("DKIM-Signature:") - 1;

// Without folds.
std::string Bare(absl::string_view text) {
  return absl::StrReplaceAll(text, {{"\r\n", ""}, {"\t", ""}, {" ", ""}});
}

TEST(SignatureTextTest, ShortTagsShareALine) {
  SignatureText text(kNameBytes);
  text.Add("v", "1");
  text.Add("a", "rsa-sha256");
  EXPECT_EQ(text.text(), " v=1; a=rsa-sha256");
}

TEST(SignatureTextTest, LinesAreShort) {
  SignatureText text(kNameBytes);
  text.Add("v", "1");
  std::vector<std::string> names(40, "Subject");
  text.AddList("h", names);
  text.AddLong("bh", std::string(44, 'x'));
  text.AddLong("b", std::string(500, 'y'));
  std::string line(kNameBytes, ' ');
  for (const absl::string_view piece : absl::StrSplit(text.text(), "\r\n")) {
    line += absl::StrReplaceAll(piece, {{"\t", "        "}});
    EXPECT_THAT(line, SizeIs(Le(73u))) << line;
    line.clear();
  }
}

TEST(SignatureTextTest, FoldsChangeNoTag) {
  SignatureText text(kNameBytes);
  text.AddList("h", {"From", "To", std::string(70, 'a'), "Date"});
  text.Add("d", std::string(200, 'd'));
  text.AddLong("b", std::string(300, 'b'));
  EXPECT_EQ(Bare(text.text()), "h=From:To:" + std::string(70, 'a') +
                                   ":Date;d=" + std::string(200, 'd') +
                                   ";b=" + std::string(300, 'b'));
}

// Or a signature in the simple form would not verify.
TEST(SignatureTextTest, ATextStandsWhereItStoodWhenItWasEmpty) {
  for (size_t before = 0; before < 100; ++before) {
    SignatureText text(kNameBytes);
    text.Add("s", std::string(before, 's'));
    SignatureText empty = text;
    empty.AddLong("b", "");
    text.AddLong("b", std::string(344, 'b'));
    EXPECT_EQ(text.text().substr(0, empty.text().size()), empty.text());
  }
}

}  // namespace
}  // namespace postern::dkim
