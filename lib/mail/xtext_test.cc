#include "lib/mail/xtext.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace postern::mail {
namespace {

using ::testing::Eq;
using ::testing::Optional;

TEST(XtextTest, IsReadAsRfc3461HasIt) {
  EXPECT_THAT(DecodeXtext("QQ314159"), Optional(std::string("QQ314159")));
  EXPECT_THAT(DecodeXtext("a+2Bb+3Dc@x.org"),
              Optional(std::string("a+b=c@x.org")));
  EXPECT_THAT(DecodeXtext("+2b"), Optional(std::string("+")));
  EXPECT_THAT(DecodeXtext("+0D+0A"), Optional(std::string("\r\n")));
  EXPECT_THAT(DecodeXtext(""), Optional(std::string()));
}

TEST(XtextTest, IsRefusedWhenItIsNone) {
  struct Case {
    const char* why;
    absl::string_view xtext;
  };
  const Case cases[] = {
      {"an equals sign", "a=b"},    {"a space", "a b"},
      {"a plus alone", "a+"},       {"one digit", "a+2"},
      {"no digits", "a+GGb"},       {"a control", "a\tb"},
      {"beyond ASCII", "\xC3\xBC"}, {"a coded NUL (MTA-25)", "a+00b"},
      {"a NUL", {"a\0b", 3}},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.why);
    EXPECT_THAT(DecodeXtext(c.xtext), Eq(std::nullopt));
  }
}

TEST(XtextTest, IsWrittenSoThatItReadsBack) {
  EXPECT_EQ(EncodeXtext("a+b=c d"), "a+2Bb+3Dc+20d");
  std::string all;
  for (int c = 1; c < 256; ++c) all += static_cast<char>(c);
  EXPECT_THAT(DecodeXtext(EncodeXtext(all)), Optional(all));
}

}  // namespace
}  // namespace postern::mail
