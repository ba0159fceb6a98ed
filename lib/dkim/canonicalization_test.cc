#include "lib/dkim/canonicalization.h"

#include <random>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace postern::dkim {
namespace {

constexpr Canonicalization kSimple = Canonicalization::kSimple;
constexpr Canonicalization kRelaxed = Canonicalization::kRelaxed;

std::string Field(Canonicalization form, absl::string_view field) {
  std::string text;
  AppendCanonicalField(form, *mail::HeaderField::Parse(field), text);
  return text;
}

// Given `step` bytes at a time.
std::string Body(Canonicalization form, absl::string_view body,
                 size_t step = 1 << 20) {
  std::string text;
  const auto sink = [&text](absl::string_view bytes) {
    absl::StrAppend(&text, bytes);
  };
  BodyCanonicalizer canonicalizer(form);
  for (; !body.empty(); body.remove_prefix(std::min(step, body.size()))) {
    canonicalizer.Add(body.substr(0, step), sink);
  }
  canonicalizer.Finish(sink);
  return text;
}

// RFC 6376 section 3.4.5.
TEST(CanonicalizationTest, DoesTheExamplesOfTheRfc) {
  EXPECT_EQ(Field(kRelaxed, "A: X\r\n"), "a:X");
  EXPECT_EQ(Field(kRelaxed, "B : Y\t\r\n\tZ  \r\n"), "b:Y Z");
  EXPECT_EQ(Field(kSimple, "B : Y\t\r\n\tZ  \r\n"), "B : Y\t\r\n\tZ  ");
  const char* const body = " C \r\nD \t E\r\n\r\n\r\n";
  EXPECT_EQ(Body(kSimple, body), " C \r\nD \t E\r\n");
  EXPECT_EQ(Body(kRelaxed, body), " C\r\nD E\r\n");
}

TEST(CanonicalizationTest, AnEmptyBodyIsOneLineEndOrNothing) {
  for (const char* body : {"", "\r\n", "\r\n\r\n\r\n"}) {
    EXPECT_EQ(Body(kSimple, body), "\r\n");
    EXPECT_EQ(Body(kRelaxed, body), "");
  }
  EXPECT_EQ(Body(kRelaxed, " \t\r\n \r\n"), "");
}

TEST(CanonicalizationTest, BodiesHaveTheirForms) {
  struct Case {
    const char* why;
    const char* body;
    const char* simple;
    const char* relaxed;
  };
  const Case cases[] = {
      {"no line end at the end", "a", "a\r\n", "a\r\n"},
      {"empty lines at the end", "a\r\n\r\n\r\n", "a\r\n", "a\r\n"},
      {"empty lines at the beginning", "\r\n\r\na", "\r\n\r\na\r\n",
       "\r\n\r\na\r\n"},
      {"empty lines between", "a\r\n\r\nb\r\n", "a\r\n\r\nb\r\n",
       "a\r\n\r\nb\r\n"},
      {"space at the end", "a \t", "a \t\r\n", "a\r\n"},
      {"space alone in a line", "a\r\n \t\r\n", "a\r\n \t\r\n", "a\r\n"},
      {"space at the beginning", " \t a\r\n", " \t a\r\n", " a\r\n"},
      {"a tab", "a\tb\r\n", "a\tb\r\n", "a b\r\n"},
      {"DK-13: LF is no line end", "a \n\nb\n", "a \n\nb\n\r\n",
       "a \n\nb\n\r\n"},
      {"DK-13: CR is no line end", "a\r\r\nb\r", "a\r\r\nb\r\r\n",
       "a\r\r\nb\r\r\n"},
      {"DK-13: CR behind space", "a \rb", "a \rb\r\n", "a \rb\r\n"},
      {"DK-13: a dot is a dot", ".\r\n..\r\n", ".\r\n..\r\n", ".\r\n..\r\n"},
      {"DK-13: other bytes", "\x80\xff  \x01\r\n", "\x80\xff  \x01\r\n",
       "\x80\xff \x01\r\n"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.why);
    for (const size_t step : {1, 2, 3, 1000}) {
      EXPECT_EQ(Body(kSimple, c.body, step), c.simple);
      EXPECT_EQ(Body(kRelaxed, c.body, step), c.relaxed);
    }
  }
}

TEST(CanonicalizationTest, DK12CutsOfTheBodyChangeNothing) {
  constexpr absl::string_view kBytes = "\r\n\r\n \t ab.\r\nword line\n";
  std::mt19937 random(20240101);
  for (int i = 0; i < 2000; ++i) {
    std::string body;
    for (size_t n = random() % 120; n > 0; --n) {
      body += kBytes[random() % kBytes.size()];
      if (random() % 3 == 0) body += "\r\n";
      if (random() % 5 == 0) body += "a plain line of some words\r\n";
    }
    for (const Canonicalization form : {kSimple, kRelaxed}) {
      const std::string whole = Body(form, body);
      for (const size_t step : {1, 2, 7, 16}) {
        ASSERT_EQ(Body(form, body, step), whole) << step;
      }
      ASSERT_EQ(Body(form, whole), whole);
    }
  }
}

// What the loops over eight bytes do, byte by byte.
TEST(CanonicalizationTest, SpaceIsSeenWhereverItStands) {
  for (size_t length = 1; length < 40; ++length) {
    for (size_t at = 0; at < length; ++at) {
      std::string line(length, 'x');
      line[at] = '\t';
      std::string relaxed = line;
      relaxed[at] = ' ';
      if (at + 1 == length) relaxed.pop_back();
      EXPECT_EQ(Body(kRelaxed, absl::StrCat("y", line, "\r\n")),
                absl::StrCat("y", relaxed, "\r\n"));
      line[at] = ' ';
      line.insert(at, " ");
      EXPECT_EQ(Body(kRelaxed, absl::StrCat("y", line, "\r\n")),
                absl::StrCat("y", relaxed, "\r\n"));
    }
  }
}

TEST(CanonicalizationTest, LinesWithoutEndAndEndsWithoutLinesAreBounded) {
  const std::string spaces(1 << 20, ' ');
  EXPECT_EQ(Body(kRelaxed, absl::StrCat("a", spaces, "b")), "a b\r\n");
  std::string ends;
  for (int i = 0; i < 10000; ++i) ends += "\r\n";
  EXPECT_EQ(Body(kRelaxed, ends), "");
  EXPECT_EQ(Body(kRelaxed, absl::StrCat("a", ends, "b")),
            absl::StrCat("a", ends, "b\r\n"));
  EXPECT_EQ(Body(kSimple, absl::StrCat("a", ends, "b"), 5),
            absl::StrCat("a", ends, "b\r\n"));
}

TEST(CanonicalizationTest, RelaxedFieldsAreOneLine) {
  struct Case {
    const char* field;
    const char* relaxed;
  };
  const Case cases[] = {
      {"SubjeCT: Your Name\r\n", "subject:Your Name"},
      {"Subject \t:\t Your Name\t \r\n", "subject:Your Name"},
      {"Subject:Ki \tmi \t \r\n No \t\r\n Na Wa\r\n", "subject:Ki mi No Na Wa"},
      {"a:\r\n b\r\n", "a:b"},
      {"a: \r\n \r\n", "a:"},
      {"a:\r\n", "a:"},
      {"a: b\n c\r\n", "a:b c"},
      {"a: b\rc\r\n", "a:b\rc"},
      {"a: \xc3\xbc  \xff\r\n", "a:\xc3\xbc \xff"},
  };
  for (const Case& c : cases) EXPECT_EQ(Field(kRelaxed, c.field), c.relaxed);
}

TEST(CanonicalizationTest, ASimpleFieldStaysButForFoldsOfAMilter) {
  EXPECT_EQ(Field(kSimple, "a: b \n\tc\r\n d\r\n"), "a: b \r\n\tc\r\n d");
}

TEST(CanonicalizationTest, FormsHaveNames) {
  for (const Canonicalization form : {kSimple, kRelaxed}) {
    EXPECT_EQ(CanonicalizationFromName(CanonicalizationName(form)), form);
  }
  EXPECT_EQ(CanonicalizationFromName("Simple"), std::nullopt);
  EXPECT_EQ(CanonicalizationFromName(""), std::nullopt);
}

}  // namespace
}  // namespace postern::dkim
