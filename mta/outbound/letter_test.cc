#include "mta/outbound/letter.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "mta/outbound/text_content.h"

namespace postern::mta::outbound {
namespace {

using Form = LetterText::Form;

// Gives the content in two pieces, cut everywhere in turn; all must come out
// alike.
std::string Text(Form form, absl::string_view content) {
  std::string first;
  for (size_t cut = 0; cut <= content.size(); ++cut) {
    LetterText text(form);
    std::string out;
    text.Append(content.substr(0, cut), out);
    text.Append(content.substr(cut), out);
    text.Finish(out);
    if (cut == 0) first = out;
    EXPECT_EQ(out, first) << cut;
  }
  return first;
}

TEST(LetterTest, LinesEndInLfAndForeignReturnPathsAreGone) {
  struct Case {
    const char* why;
    const char* content;
    const char* want;
  };
  const Case cases[] = {
      {"plain", "A: b\r\n\r\nc\r\n", "A: b\n\nc\n"},
      {"bare characters", "\r\na\rb\nc\r", "\na\rb\nc\r"},
      {"one", "Return-Path: <x>\r\nA: b\r\n\r\nc", "A: b\n\nc"},
      {"folded", "A: b\r\nreturn-path:\r\n <x>\r\n\t(y)\r\nC: d\r\n\r\n",
       "A: b\nC: d\n\n"},
      {"blanks before the colon", "Return-Path \t: x\r\n\r\n", "\n"},
      {"two", "Return-Path: a\r\nReturn-Path: b\r\n\r\n", "\n"},
      {"in the body", "A: b\r\n\r\nReturn-Path: x\r\n",
       "A: b\n\nReturn-Path: x\n"},
      {"another field", "Return-Path-X: x\r\nReturn: y\r\n\r\n",
       "Return-Path-X: x\nReturn: y\n\n"},
      {"a folded line of another field", "A: b\r\n Return-Path: x\r\n\r\n",
       "A: b\n Return-Path: x\n\n"},
      {"nothing but the name", "Return-Path", "Return-Path"},
      {"nothing", "", ""},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(Text(Form::kMaildir, c.content), c.want) << c.why;
  }
}

TEST(LetterTest, InAnMboxNoLineLooksLikeAMessage) {
  struct Case {
    const char* why;
    const char* content;
    const char* want;
  };
  const Case cases[] = {
      {"in the body", "A: b\r\n\r\nFrom x\r\n", "A: b\n\n>From x\n"},
      {"at the beginning", "From x\r\n\r\n", ">From x\n\n"},
      {"quoted before", "\r\n>From x\r\n>>From y\r\n",
       "\n>>From x\n>>>From y\n"},
      {"only a word", "\r\nFrom\r\nFromage \r\n> From x\r\n",
       "\nFrom\nFromage \n> From x\n"},
      {"the field", "From: x\r\n\r\n", "From: x\n\n"},
      {"not ended", "\r\n>Fro", "\n>Fro"},
      {"a forged field too", "Return-Path: x\r\n\r\nFrom x", "\n>From x"},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(Text(Form::kMbox, c.content), c.want) << c.why;
  }
}

TEST(LetterTest, OursStandsInFront) {
  const TextContent content("\r\n");
  Letter letter = {"s@example.net", "a@example.org",
                   absl::FromUnixSeconds(1'700'000'000), &content};
  EXPECT_EQ(Prologue(letter),
            "Return-Path: <s@example.net>\nDelivered-To: a@example.org\n");
  letter.original_recipient = "info@example.org";
  EXPECT_EQ(Prologue(letter),
            "Return-Path: <s@example.net>\nX-Original-To: info@example.org\n"
            "Delivered-To: a@example.org\n");
  EXPECT_EQ(FromLine(letter, absl::UTCTimeZone()),
            "From s@example.net  Tue Nov 14 22:13:20 2023\n");
  letter.sender = "";
  EXPECT_EQ(FromLine(letter, absl::UTCTimeZone()),
            "From MAILER-DAEMON  Tue Nov 14 22:13:20 2023\n");
  letter.sender = "\"a b\"@x.example";
  EXPECT_EQ(FromLine(letter, absl::UTCTimeZone()),
            "From \"a-b\"@x.example  Tue Nov 14 22:13:20 2023\n");
}

// MTA-34.
TEST(LetterTest, NoAddressCanAddALine) {
  const TextContent content("\r\n");
  const Letter letter = {"s\nX: 1", "r\r\nY: 2", absl::Now(), &content, "o\nZ"};
  const std::string text =
      absl::StrCat(FromLine(letter, absl::UTCTimeZone()), Prologue(letter));
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 4);
  EXPECT_EQ(text.find('\r'), text.npos);
}

// MTA-38.
TEST(LetterTest, ALetterThatHasBeenHereIsKnownByItsField) {
  const TextContent content("X: y\r\nDelivered-To: A@x.example\r\n\r\n");
  const Letter letter = {"", "a@X.example", absl::Now(), &content};
  EXPECT_TRUE(HasBeenHere(letter).value());
  const Letter other = {"", "b@x.example", absl::Now(), &content};
  EXPECT_FALSE(HasBeenHere(other).value());
}

}  // namespace
}  // namespace postern::mta::outbound
