#include "lib/net/line_reader.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace postern::net {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Kind = Line::Kind;

// What a reader says of a line, for comparison and for failures to read well.
std::string Described(const Line& line) {
  switch (line.kind) {
    case Kind::kText:
      return absl::StrCat("text ", line.text);
    case Kind::kBareLf:
      return absl::StrCat("bare ", line.text);
    case Kind::kTooLong:
      return "too long";
    case Kind::kEndless:
      return "endless";
  }
  return "";
}

void Put(LineReader& reader, absl::string_view bytes) {
  while (!bytes.empty()) {
    const absl::Span<char> space = reader.Space();
    ASSERT_FALSE(space.empty());
    const size_t n = std::min(space.size(), bytes.size());
    std::copy_n(bytes.begin(), n, space.begin());
    reader.Fill(n);
    bytes.remove_prefix(n);
  }
}

std::vector<std::string> TakeAll(LineReader& reader) {
  std::vector<std::string> lines;
  while (const auto line = reader.Next()) {
    lines.push_back(Described(*line));
    if (line->kind == Kind::kEndless) break;
  }
  return lines;
}

// The lines of `parts`, each arriving by itself.
std::vector<std::string> Lines(const std::vector<std::string>& parts,
                               size_t max_line_bytes = 12,
                               size_t max_skip_bytes = 24) {
  LineReader reader(max_line_bytes, max_skip_bytes);
  std::vector<std::string> lines;
  for (const std::string& part : parts) {
    Put(reader, part);
    for (std::string& line : TakeAll(reader)) lines.push_back(std::move(line));
    if (!lines.empty() && lines.back() == "endless") break;
  }
  return lines;
}

TEST(LineReaderTest, GivesTheLinesWithoutTheirEnds) {
  EXPECT_THAT(Lines({"EHLO a\r\n\r\nQUIT\r\nrest"}),
              ElementsAre("text EHLO a", "text ", "text QUIT"));
}

TEST(LineReaderTest, WaitsForTheWholeLine) {
  EXPECT_THAT(Lines({"EH", "LO a\r"}), IsEmpty());
  EXPECT_THAT(Lines({"EH", "LO a\r", "\n"}), ElementsAre("text EHLO a"));
}

// MTA-06.
TEST(LineReaderTest, EndsNoLineAtABareCrOrLf) {
  EXPECT_THAT(Lines({"a\nb\r\n"}), ElementsAre("bare a\nb"));
  EXPECT_THAT(Lines({"a\rb\r\n"}), ElementsAre("bare a\rb"));
  EXPECT_THAT(Lines({"a\r\r\n"}), ElementsAre("bare a\r"));
  EXPECT_THAT(Lines({"\n\r\n"}), ElementsAre("bare \n"));
  EXPECT_THAT(Lines({"a\n\n\n"}), IsEmpty());
}

TEST(LineReaderTest, KeepsNulBytes) {
  const std::string nul("a\0b\r\n", 5);
  EXPECT_THAT(Lines({nul}), ElementsAre(std::string("text a\0b", 8)));
}

TEST(LineReaderTest, CountsTheEndOfTheLineIntoTheLimit) {
  EXPECT_THAT(Lines({"1234567890\r\n"}), ElementsAre("text 1234567890"));
  EXPECT_THAT(Lines({"12345678901\r\n"}), ElementsAre("too long"));
}

// MTA-23.
TEST(LineReaderTest, ReportsALongLineOnceAndGoesOn) {
  EXPECT_THAT(Lines({"1234567890123456\r\nok\r\n"}),
              ElementsAre("too long", "text ok"));
  EXPECT_THAT(Lines({"1234567890", "123456\r", "\nok\r\n"}),
              ElementsAre("too long", "text ok"));
}

// MTA-23.
TEST(LineReaderTest, GivesUpOnALineWithoutEnd) {
  EXPECT_THAT(Lines({std::string(22, 'x') + "\r\n"}), ElementsAre("too long"));
  EXPECT_THAT(Lines({std::string(23, 'x') + "\r\n"}), ElementsAre("endless"));
  EXPECT_THAT(Lines({std::string(24, 'x')}), ElementsAre("endless"));
  LineReader reader(12, 24);
  Put(reader, std::string(24, 'x'));
  EXPECT_EQ(reader.Next()->kind, Kind::kEndless);
  Put(reader, "\r\nok\r\n");
  EXPECT_EQ(reader.Next()->kind, Kind::kEndless);
  EXPECT_EQ(reader.Next()->kind, Kind::kEndless);
}

TEST(LineReaderTest, NeverSkipsLessThanALine) {
  EXPECT_THAT(Lines({"1234567890\r\n"}, 12, 0), ElementsAre("text 1234567890"));
  EXPECT_THAT(Lines({"12345678901\r\n"}, 12, 0), ElementsAre("endless"));
}

TEST(LineReaderTest, GivesTheSameLinesHoweverTheInputIsSplit) {
  const std::string input =
      absl::StrCat("MAIL\r\n\r\r\n\n\r\na\nb\r\n", std::string(15, 'y'),
                   "\r\nok\r\n\r\n.\r\n", std::string(11, '\r'), "\n",
                   std::string(30, 'z'), "\r\n");
  const std::vector<std::string> want = Lines({input});
  ASSERT_EQ(want.back(), "endless");
  for (size_t first = 0; first <= input.size(); ++first) {
    for (size_t second = first; second <= input.size(); ++second) {
      ASSERT_EQ(
          Lines({input.substr(0, first), input.substr(first, second - first),
                 input.substr(second)}),
          want)
          << "split at " << first << " and " << second;
    }
  }
  std::vector<std::string> bytes;
  for (const char c : input) bytes.emplace_back(1, c);
  EXPECT_EQ(Lines(bytes), want);
}

TEST(LineReaderTest, HandsOutWhatIsNotALine) {
  LineReader reader(100, 200);
  Put(reader, "BDAT 4\r\na\r\nbQUIT\r\n");
  EXPECT_EQ(Described(*reader.Next()), "text BDAT 4");
  EXPECT_EQ(reader.Buffered(), "a\r\nbQUIT\r\n");
  reader.Consume(4);
  EXPECT_EQ(Described(*reader.Next()), "text QUIT");
  EXPECT_EQ(reader.Buffered(), "");
}

TEST(LineReaderTest, ForgetsWhatItScannedWhenBytesAreConsumed) {
  LineReader reader(100, 200);
  Put(reader, "abc");
  EXPECT_FALSE(reader.Next().has_value());
  reader.Consume(2);
  Put(reader, "\r\n");
  EXPECT_EQ(Described(*reader.Next()), "text c");
}

TEST(LineReaderTest, ReadsMoreAtOnceWhenTheBufferGetsFull) {
  LineReader reader(2048, 65536);
  const size_t at_first = reader.Space().size();
  for (int i = 0; i < 8; ++i) {
    const absl::Span<char> space = reader.Space();
    std::fill(space.begin(), space.end(), 'x');
    space[space.size() - 2] = '\r';
    space[space.size() - 1] = '\n';
    for (size_t at = 998; at + 1 < space.size(); at += 1000) {
      space[at] = '\r';
      space[at + 1] = '\n';
    }
    reader.Fill(space.size());
    while (reader.Next().has_value()) {
    }
  }
  EXPECT_GT(reader.Space().size(), at_first);
  EXPECT_LE(reader.Space().size(), 18u * 1024);
}

TEST(LineReaderTest, ReadsStillMoreAtOnceWhereItMayAndGivesThatBack) {
  LineReader reader(2048, 65536);
  for (int i = 0; i < 8; ++i) {
    const size_t room = reader.Space(65536).size();
    reader.Fill(room);
    reader.Consume(room);
  }
  EXPECT_GE(reader.Space(65536).size(), 65536u);
  EXPECT_LE(reader.Space().size(), 18u * 1024);
}

TEST(LineReaderTest, HoldsTheLongestLineItAllows) {
  LineReader reader(65536, 65536);
  const std::string line(65534, 'x');
  for (int i = 0; i < 3; ++i) {
    Put(reader, line + "\r\n");
    EXPECT_EQ(reader.Next()->text, line);
  }
}

TEST(LineReaderTest, DropsALongLineInsteadOfStoringIt) {
  LineReader reader(1000, 100 << 20);
  const std::string part(4096, 'x');
  for (int i = 0; i < 10'000; ++i) {
    Put(reader, part);
    ASSERT_FALSE(reader.Next().has_value());
    ASSERT_EQ(reader.Buffered().size(), 1u);
  }
  Put(reader, "\r\nok\r\n");
  EXPECT_EQ(Described(*reader.Next()), "too long");
  EXPECT_EQ(Described(*reader.Next()), "text ok");
}

}  // namespace
}  // namespace postern::net
