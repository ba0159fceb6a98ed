#include "mta/smtp/data_reader.h"

#include <algorithm>
#include <string>
#include <tuple>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mta/smtp/dot_stuffer.h"

namespace postern::mta::smtp {
namespace {

using Problem = DataReader::Problem;

struct Outcome {
  bool is_done = false;
  Problem problem = Problem::kNone;
  std::string content;  // Empty when there was a problem.
  size_t taken = 0;
  int hops = 0;

  friend bool operator==(const Outcome&, const Outcome&) = default;
};

// Feeds `wire` in pieces that end at `cuts`.
Outcome Read(absl::string_view wire, const std::vector<size_t>& cuts,
             const DataLimits& limits) {
  DataReader reader(limits, DataReader::Framing::kDot);
  Outcome outcome;
  size_t begin = 0;
  std::vector<size_t> ends = cuts;
  ends.push_back(wire.size());
  for (const size_t end : ends) {
    const absl::string_view piece = wire.substr(begin, end - begin);
    const size_t taken = reader.Consume(piece, outcome.content);
    outcome.taken += taken;
    if (reader.is_done()) break;
    EXPECT_EQ(taken, piece.size());
    begin = end;
  }
  outcome.is_done = reader.is_done();
  outcome.problem = reader.problem();
  outcome.hops = reader.hops();
  EXPECT_EQ(reader.wire_bytes(), static_cast<int64_t>(outcome.taken));
  if (outcome.problem != Problem::kNone) {
    outcome.content.clear();
  } else {
    EXPECT_EQ(reader.content_bytes(),
              static_cast<int64_t>(outcome.content.size()));
  }
  return outcome;
}

// Reads `wire` whole, byte by byte, and cut at every single byte; all must be
// the same (MTA-01).
Outcome ReadEveryWay(absl::string_view wire, const DataLimits& limits = {}) {
  const Outcome whole = Read(wire, {}, limits);
  std::vector<size_t> every_byte;
  for (size_t cut = 1; cut < wire.size(); ++cut) {
    every_byte.push_back(cut);
    EXPECT_EQ(Read(wire, {cut}, limits), whole) << "cut at " << cut;
  }
  EXPECT_EQ(Read(wire, every_byte, limits), whole) << "byte by byte";
  return whole;
}

TEST(DataReaderTest, MTA01EndsAtCrLfDotCrLfWhereverTheReadsWereCut) {
  const Outcome outcome = ReadEveryWay("Subject: a\r\n\r\nb\r\n.\r\nQUIT\r\n");
  EXPECT_TRUE(outcome.is_done);
  EXPECT_EQ(outcome.problem, Problem::kNone);
  EXPECT_EQ(outcome.content, "Subject: a\r\n\r\nb\r\n");
  EXPECT_EQ(outcome.taken, 20u) << "what follows is left alone";
}

TEST(DataReaderTest, AMessageMayBeEmpty) {
  const Outcome outcome = ReadEveryWay(".\r\n");
  EXPECT_TRUE(outcome.is_done);
  EXPECT_EQ(outcome.content, "");
}

TEST(DataReaderTest, MTA02NothingElseEndsTheData) {
  const absl::string_view sequences[] = {
      "\n.\n",
      "\n.\r\n",
      "\r\n.\n",
      "\r.\r",
      "\r.\r\n",
      "\n.\r",
      "\r\r\n.\r\r\n",
      "\r\n.\r\r\n",
      absl::string_view("\r\n\0.\r\n", 6),
      absl::string_view("\0.\r\n", 4),
  };
  for (const absl::string_view sequence : sequences) {
    const std::string smuggled =
        absl::StrCat("Subject: a\r\n\r\nb", sequence, "MAIL FROM:<x@y>\r\n");
    EXPECT_FALSE(ReadEveryWay(smuggled).is_done) << absl::CEscape(sequence);
    // MTA-04: and the true end is found behind it, with the problem known.
    const std::string ended = absl::StrCat(smuggled, ".\r\nRSET\r\n");
    const Outcome outcome = ReadEveryWay(ended);
    EXPECT_TRUE(outcome.is_done) << absl::CEscape(sequence);
    EXPECT_EQ(outcome.taken, ended.size() - 6) << absl::CEscape(sequence);
    EXPECT_NE(outcome.problem, Problem::kNone) << absl::CEscape(sequence);
  }
}

TEST(DataReaderTest, MTA03ABareCrOrLfIsReportedWhereverItStands) {
  for (const char* wire :
       {"a\nb\r\n.\r\n", "a\rb\r\n.\r\n", "\n\r\n.\r\n", "\r\r\n.\r\n",
        "H: x\n y\r\n\r\n.\r\n", "a\r\r\n.\r\n", ".\r.\r\n\r\n.\r\n",
        "a\r\n.\rb\r\n.\r\n"}) {
    const Outcome outcome = ReadEveryWay(wire);
    EXPECT_TRUE(outcome.is_done) << absl::CEscape(wire);
    EXPECT_EQ(outcome.problem, Problem::kBareNewline) << absl::CEscape(wire);
  }
}

TEST(DataReaderTest, MTA03ABareNewlineCountsMoreThanWhatCameBefore) {
  const DataLimits limits = {.max_message_bytes = 4};
  const Outcome outcome = ReadEveryWay("abcdefgh\r\n.\nHELP\r\n.\r\n", limits);
  EXPECT_TRUE(outcome.is_done);
  EXPECT_EQ(outcome.problem, Problem::kBareNewline);
}

TEST(DataReaderTest, MTA04GoesOnToTheTrueEndAfterEveryProblem) {
  struct Case {
    const char* why;
    DataLimits limits;
    absl::string_view wire;
    Problem want;
  };
  const Case cases[] = {
      {"too large",
       {.max_message_bytes = 9},
       "12345678\r\n.\r\n",
       Problem::kTooLarge},
      {"line too long",
       {.max_line_bytes = 7},
       "12345678\r\n.\r\n",
       Problem::kLineTooLong},
      {"header too large",
       {.max_header_bytes = 9},
       "a: 45678\r\n.\r\n",
       Problem::kHeaderTooLarge},
      {"hops", {.max_hops = 0}, "Received: x\r\n.\r\n", Problem::kTooManyHops},
      {"NUL (MTA-25)",
       {},
       absl::string_view("a\0b\r\n.\r\n", 8),
       Problem::kNul},
  };
  for (const Case& c : cases) {
    const Outcome outcome =
        ReadEveryWay(absl::StrCat(c.wire, "QUIT\r\n"), c.limits);
    EXPECT_TRUE(outcome.is_done) << c.why;
    EXPECT_EQ(outcome.problem, c.want) << c.why;
    EXPECT_EQ(outcome.taken, c.wire.size()) << c.why;
  }
}

TEST(DataReaderTest, ExactlyTheLimitIsNoProblem) {
  const DataLimits limits = {.max_message_bytes = 18,
                             .max_line_bytes = 8,
                             .max_header_bytes = 12,
                             .max_hops = 1};
  const Outcome outcome = ReadEveryWay("A: 45678\r\n\r\nbody\r\n.\r\n", limits);
  EXPECT_EQ(outcome.problem, Problem::kNone);
  EXPECT_EQ(outcome.content.size(), 18u);
}

TEST(DataReaderTest, MTA05UnstuffsOneDotAtTheStartOfALineOnly) {
  const Outcome outcome =
      ReadEveryWay("..\r\n...a\r\n.b\r\nc.\r\n d\r\n..d\r\n.\r\n");
  EXPECT_EQ(outcome.content, ".\r\n..a\r\nb\r\nc.\r\n d\r\n.d\r\n");
}

// Returns the content of chunks, or the problem's number.
std::string Chunked(absl::string_view bytes, size_t step) {
  DataReader reader(DataLimits{}, DataReader::Framing::kCount);
  std::string content;
  for (; !bytes.empty(); bytes.remove_prefix(std::min(step, bytes.size()))) {
    const absl::string_view piece = bytes.substr(0, step);
    EXPECT_EQ(reader.Consume(piece, content), piece.size());
    EXPECT_FALSE(reader.is_done());
  }
  reader.Finish();
  EXPECT_TRUE(reader.is_done());
  return reader.problem() == Problem::kNone
             ? content
             : absl::StrCat(static_cast<int>(reader.problem()));
}

TEST(DataReaderTest, MTA07ChunksAreTakenByteForByteAndEndNowhereElse) {
  for (const size_t step : {1u, 2u, 3u, 100u}) {
    for (const char* content : {"", "a\r\n.\r\nb\r\n", ".\r\n", "..\r\n.x\r\n",
                                "no line end", "a\r\n."}) {
      EXPECT_EQ(Chunked(content, step), content);
    }
  }
}

TEST(DataReaderTest, MTA07ChunksHaveNoBareNewlinesEither) {
  const std::string bare =
      absl::StrCat(static_cast<int>(Problem::kBareNewline));
  for (const size_t step : {1u, 2u, 100u}) {
    for (const char* content : {"a\nb\r\n", "a\rb\r\n", "a\r\n\r", "\r", "\n",
                                "a\r\r\n", "a\n.\r\nMAIL FROM:<>\r\n"}) {
      EXPECT_EQ(Chunked(content, step), bare) << content;
    }
  }
  EXPECT_EQ(Chunked(absl::string_view("a\0b\r\n", 5), 1),
            absl::StrCat(static_cast<int>(Problem::kNul)));
}

TEST(DataReaderTest, MTA24LongLinesPassUnchanged) {
  const std::string line(60'000, 'x');
  std::string content;
  DataReader reader(DataLimits{}, DataReader::Framing::kDot);
  const std::string wire = absl::StrCat("a: b\r\n\r\n", line, "\r\n.\r\n");
  EXPECT_EQ(reader.Consume(wire, content), wire.size());
  EXPECT_EQ(reader.problem(), Problem::kNone);
  EXPECT_EQ(content, absl::StrCat("a: b\r\n\r\n", line, "\r\n"));
}

TEST(DataReaderTest, MTA27CountsReceivedFieldsOfTheHeaderOnly) {
  EXPECT_EQ(ReadEveryWay("Received: a\r\nrEcEiVeD :b\r\n c\r\n"
                         "X-Received: d\r\nReceivedx: e\r\nReceive: f\r\n"
                         "\r\nReceived: body\r\n.\r\n")
                .hops,
            2);
  EXPECT_EQ(ReadEveryWay("no header\r\nReceived: body\r\n.\r\n").hops, 0);
  EXPECT_EQ(ReadEveryWay("a: b\r\n:\r\nReceived: body\r\n.\r\n").hops, 0);
}

TEST(DataReaderTest, MTA27TheHeaderLimitDoesNotConcernTheBody) {
  const DataLimits limits = {.max_header_bytes = 10};
  const std::string wire =
      absl::StrCat("a: b\r\n\r\n", std::string(100, 'x'), "\r\n.\r\n");
  EXPECT_EQ(ReadEveryWay(wire, limits).problem, Problem::kNone);
}

// MTA-08: whatever content was accepted, is sent, and is read again.
TEST(DataReaderTest, MTA08ReadsBackWhatTheStufferWrites) {
  const char* const pieces[] = {".", "\r\n", "a", "..\r\n", "\r\n.\r\n"};
  for (int n = 0; n < 5 * 5 * 5 * 5; ++n) {
    std::string content;
    for (int rest = n, i = 0; i < 4; ++i, rest /= 5)
      content += pieces[rest % 5];
    if (content.size() < 2 || content.substr(content.size() - 2) != "\r\n") {
      content += "\r\n";
    }
    std::string wire;
    DotStuffer stuffer;
    stuffer.Append(content, wire);
    stuffer.Finish(wire);
    const Outcome outcome = ReadEveryWay(wire);
    EXPECT_TRUE(outcome.is_done);
    EXPECT_EQ(outcome.content, content);
    EXPECT_EQ(outcome.taken, wire.size());
  }
}

}  // namespace
}  // namespace postern::mta::smtp
