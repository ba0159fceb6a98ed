#include "lib/milter/reply_code.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/testing/status_matchers.h"

namespace postern::milter {
namespace {

using ::postern::testing::IsOk;
using ::postern::testing::IsOkAndHolds;
using ::postern::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::SizeIs;

absl::StatusOr<Verdict> Parse(std::string text) {
  text.push_back('\0');
  return ParseReplyCode(text);
}

std::string Text(const Verdict& verdict) {
  std::string text;
  AppendReplyCode(verdict, text);
  return text;
}

TEST(ReplyCodeTest, IsReadAsItIsWritten) {
  Verdict two = Verdict::Reply(450, "4.7.1", "come");
  two.lines.push_back("back 100% later");
  for (const Verdict& verdict :
       {Verdict::Reply(550, "5.7.1", "no"), Verdict::Reply(554, "", "no"),
        Verdict::Reply(421, "4.3.2", ""), two}) {
    EXPECT_THAT(Parse(Text(verdict)), IsOkAndHolds(verdict)) << Text(verdict);
  }
  EXPECT_EQ(Text(two), "450-4.7.1 come\r\n450 4.7.1 back 100%% later");
}

TEST(ReplyCodeTest, MayBeACodeAlone) {
  EXPECT_THAT(Parse("550"), IsOkAndHolds(Verdict::Reply(550, "", "")));
  EXPECT_THAT(Parse("550 "), IsOkAndHolds(Verdict::Reply(550, "", "")));
  EXPECT_THAT(Parse("550 5.7.1"),
              IsOkAndHolds(Verdict::Reply(550, "5.7.1", "")));
}

TEST(ReplyCodeTest, MTA28_WhatIsNoReplyIsNone) {
  const struct {
    const char* why;
    std::string text;
  } cases[] = {
      {"empty", ""},
      {"too short", "55"},
      {"no digits", "5x0 no"},
      {"accepts", "250 2.0.0 ok"},
      {"goes on", "354 more"},
      {"beyond all classes", "650 no"},
      {"no space", "5501 no"},
      {"a last line that goes on", "550-no"},
      {"a first line that does not", "550 no\r\n550 no"},
      {"two codes", "550-no\r\n450 no"},
      {"a line without a code", "550-no\r\nno"},
      {"an empty line", "550-no\r\n\r\n550 no"},
      {"a line end at the end", "550 no\r\n"},
      {"a lone LF", "550 no\n250 ok"},
      {"a lone CR", "550 no\r250 ok"},
      {"an enhanced code of another class", "550 2.0.0 fine"},
      {"the same in a later line", "550-5.7.1 no\r\n550 4.7.1 no"},
  };
  for (const auto& c : cases) {
    EXPECT_THAT(Parse(c.text), StatusIs(absl::StatusCode::kInvalidArgument))
        << c.why;
  }
}

TEST(ReplyCodeTest, MTA28_TheNulIsAtTheEndAndNowhereElse) {
  EXPECT_FALSE(ParseReplyCode("550 no").ok());
  EXPECT_FALSE(ParseReplyCode("").ok());
  EXPECT_FALSE(ParseReplyCode(absl::string_view("550 no\0more\0", 12)).ok());
}

TEST(ReplyCodeTest, MTA28_PercentSignsAreOnlyCharacters) {
  EXPECT_THAT(Parse("550 %s %n %% %"),
              IsOkAndHolds(Verdict::Reply(550, "", "%s %n % %")));
  EXPECT_THAT(Parse("550 100%%"),
              IsOkAndHolds(Verdict::Reply(550, "", "100%")));
}

TEST(ReplyCodeTest, MTA28_IsBounded) {
  EXPECT_THAT(Parse("550 " + std::string(70'000, 'x'))->lines,
              ElementsAre(SizeIs(kMaxReplyLineBytes)));
  std::string many;
  for (size_t i = 0; i < kMaxReplyLines; ++i) many += "550-x\r\n";
  EXPECT_FALSE(Parse(many + "550 x").ok());
  EXPECT_THAT(Parse(many.substr(7) + "550 x")->lines, SizeIs(kMaxReplyLines));
}

TEST(ReplyCodeTest, MTA28_ControlAndEightBitCharactersDoNotGetThrough) {
  EXPECT_THAT(Parse("550 a\tb\x1b[0m\xc3\xbc"),
              IsOkAndHolds(Verdict::Reply(550, "", "a?b?[0m??")));
}

TEST(ReplyCodeTest, INJ15_WhateverTheTextOneLineOfItIsWritten) {
  EXPECT_EQ(Text(Verdict::Reply(550, "5.7.1", "virus\r\n250 ok\n%s\xff")),
            "550 5.7.1 virus??250 ok?%%s?");
  EXPECT_EQ(SafeReplyLine(std::string(9000, 'x')).size(), kMaxReplyLineBytes);
}

TEST(ReplyCodeTest, AFilterMayNotReplyJustAnything) {
  EXPECT_THAT(CheckReplyCode(Verdict::Reply(550, "5.7.1", "no")), IsOk());
  EXPECT_THAT(CheckReplyCode(Verdict::Reply(550, "", "no")), IsOk());
  EXPECT_THAT(CheckReplyCode(Verdict()), IsOk());
  Verdict many = Verdict::Reply(550, "5.7.1", "no");
  many.lines.resize(kMaxReplyLines + 1);
  Verdict none = Verdict::Reply(550, "5.7.1", "no");
  none.lines.clear();
  for (const Verdict& verdict :
       {Verdict::Reply(250, "", "ok"), Verdict::Reply(600, "", "no"),
        Verdict::Reply(550, "4.7.1", "no"), Verdict::Reply(550, "5.7", "no"),
        Verdict::Reply(550, "5.7.1 x", "no"), many, none}) {
    EXPECT_THAT(CheckReplyCode(verdict),
                StatusIs(absl::StatusCode::kInvalidArgument))
        << verdict.code << verdict.enhanced_code;
  }
}

}  // namespace
}  // namespace postern::milter
