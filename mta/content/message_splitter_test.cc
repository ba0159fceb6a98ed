#include "mta/content/message_splitter.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace postern::mta::content {
namespace {

using Kind = MessageSplitter::Piece::Kind;
using Options = MessageSplitter::Options;
using ::testing::ElementsAre;

// What header_checks(5) would look at, each with a mark: H a field of the
// message, M of a part, N of a message in it, = an end of a header, L a line.
// Everything else is left out.
std::vector<std::string> Marked(absl::string_view message, size_t step,
                                const Options& options) {
  MessageSplitter splitter(options);
  std::vector<std::string> marked;
  std::string all;
  const auto note = [&] {
    const MessageSplitter::Piece& piece = splitter.piece();
    const char* const kind = &"HMN"[static_cast<int>(piece.header_kind)];
    const std::string text(piece.text);
    all += text;
    if (piece.kind == Kind::kField) marked.push_back(kind[0] + text);
    if (piece.kind == Kind::kFieldRest) marked.push_back("+" + text);
    if (piece.kind == Kind::kHeaderEnd) marked.push_back("=" + text);
    if (piece.kind == Kind::kLine) marked.push_back("L" + text);
    return piece.kind != Kind::kNothing;
  };
  for (absl::string_view rest = message; !rest.empty();) {
    rest.remove_prefix(splitter.Consume(rest.substr(0, step)));
    note();
  }
  do {
    splitter.Finish();
  } while (note());
  EXPECT_EQ(all, message);
  return marked;
}

constexpr absl::string_view kMultipart =
    "Subject: a\r\n"
    "Content-Type: multipart/mixed; boundary=x\r\n"
    "\r\n"
    "preamble\r\n"
    "--x\r\n"
    "Content-Type: message/rfc822\r\n"
    "\r\n"
    "Subject: b\r\n"
    "\r\n"
    "text\r\n"
    "--x\r\n"
    "\r\n"
    "--y\r\n"
    "--x--\r\n"
    "A: b\r\n";

TEST(MessageSplitterTest, FindsTheHeadersOfAllParts) {
  for (const size_t step : {1, 2, 3, 5, 1000}) {
    EXPECT_THAT(Marked(kMultipart, step, {.has_parts = true}),
                ElementsAre("HSubject: a\r\n",
                            "HContent-Type: multipart/mixed; boundary=x\r\n",
                            "=\r\n", "MContent-Type: message/rfc822\r\n",
                            "=\r\n", "NSubject: b\r\n", "=\r\n", "=\r\n"))
        << step;
  }
}

TEST(MessageSplitterTest, FindsTheLinesOfAllBodies) {
  for (const size_t step : {1, 2, 3, 5, 1000}) {
    EXPECT_THAT(
        Marked(kMultipart, step, {.has_parts = true, .line_bytes = 1000}),
        ElementsAre("HSubject: a\r\n",
                    "HContent-Type: multipart/mixed; boundary=x\r\n", "=\r\n",
                    "Lpreamble\r\n", "L--x\r\n",
                    "MContent-Type: message/rfc822\r\n", "=\r\n",
                    "NSubject: b\r\n", "=\r\n", "Ltext\r\n", "L--x\r\n",
                    "=\r\n", "L--y\r\n", "L--x--\r\n", "LA: b\r\n"))
        << step;
  }
}

TEST(MessageSplitterTest, WithoutPartsAllBehindTheHeaderIsOneBody) {
  EXPECT_THAT(
      Marked(kMultipart, 1000, {}),
      ElementsAre("HSubject: a\r\n",
                  "HContent-Type: multipart/mixed; boundary=x\r\n", "=\r\n"));
}

TEST(MessageSplitterTest, OfEachBodyOnlyTheBeginningComesInLines) {
  const std::string message = absl::StrCat(
      "Content-Type: multipart/mixed; boundary=x\r\n\r\n",
      "--x\r\n\r\none\r\ntwo\r\nthree\r\n--x\r\n\r\nfour\r\nfive\r\nsix\r\n");
  for (const size_t step : {1, 4, 1000}) {
    EXPECT_THAT(Marked(message, step, {.has_parts = true, .line_bytes = 7}),
                ElementsAre("HContent-Type: multipart/mixed; boundary=x\r\n",
                            "=\r\n", "L--x\r\n", "=\r\n", "Lone\r\n",
                            "Ltwo\r\n", "=\r\n", "Lfour\r\n", "Lfive\r\n"))
        << step;
  }
}

TEST(MessageSplitterTest, ALineThatEndsAHeaderBelongsToTheBody) {
  const absl::string_view message =
      "Content-Type: multipart/mixed; boundary=x\r\n"
      "no field\r\n"
      "--x\r\n"
      "Content-Type: text/plain\r\n"
      "--x\r\n"
      "Content-Type: text/html\r\n";
  for (const size_t step : {1, 3, 1000}) {
    EXPECT_THAT(Marked(message, step, {.has_parts = true, .line_bytes = 1000}),
                ElementsAre("HContent-Type: multipart/mixed; boundary=x\r\n",
                            "=", "Lno field\r\n", "L--x\r\n",
                            "MContent-Type: text/plain\r\n", "=", "L--x\r\n",
                            "MContent-Type: text/html\r\n", "="))
        << step;
  }
}

TEST(MessageSplitterTest, MTA44ALineMayEndSeveralHeaders) {
  for (const size_t step : {1, 2, 3, 5, 1000}) {
    EXPECT_THAT(Marked("Content-Type: message/rfc822\r\n"
                       "\r\n"
                       "Content-Type: message/rfc822\r\n"
                       "Content-Type: message/rfc822\r\n"
                       "no field\r\n"
                       "Subject: text\r\n",
                       step, {.has_parts = true, .line_bytes = 1000}),
                ElementsAre("HContent-Type: message/rfc822\r\n", "=\r\n",
                            "NContent-Type: message/rfc822\r\n",
                            "NContent-Type: message/rfc822\r\n", "=", "=",
                            "Lno field\r\n", "LSubject: text\r\n"))
        << step;
  }
}

TEST(MessageSplitterTest, MTA27LongLinesComeInPieces) {
  const std::string line(5000, 'x');
  const std::vector<std::string> marked =
      Marked(absl::StrCat("A: b\r\n\r\n", line, "\r\nend\r\n"), 999,
             {.mime = {.max_boundary_bytes = 70}, .line_bytes = 10'000});
  EXPECT_THAT(marked,
              ElementsAre("HA: b\r\n", "=\r\n", "L" + line.substr(0, 2048),
                          "L" + line.substr(0, 2048),
                          "L" + line.substr(0, 904) + "\r\n", "Lend\r\n"));
}

TEST(MessageSplitterTest, MTA27ALongDelimiterIsADelimiter) {
  const std::string boundary(70, 'b');
  const std::string message = absl::StrCat(
      "Content-Type: multipart/mixed; boundary=", boundary, "\r\n\r\n--",
      boundary, std::string(9000, '.'), "\r\nA: b\r\n\r\n");
  for (const size_t step : {7, 100'000}) {
    EXPECT_EQ(
        Marked(message, step,
               {.has_parts = true, .mime = {.max_boundary_bytes = 70}})[2],
        "MA: b\r\n");
  }
}

TEST(MessageSplitterTest, APlainBodyIsNotCopied) {
  MessageSplitter splitter({});
  const absl::string_view content = "A: b\r\n\r\nbody\r\n";
  absl::string_view rest = content;
  while (!splitter.is_plain()) rest.remove_prefix(splitter.Consume(rest));
  EXPECT_EQ(splitter.piece().text.data() + splitter.piece().text.size(),
            content.data() + content.size());
}

TEST(MessageSplitterTest, OurOwnFieldsAreNotContinuedByOthers) {
  MessageSplitter splitter({});
  const absl::string_view own = "Received: ours\r\n";
  EXPECT_EQ(splitter.Consume(own), own.size());
  splitter.EndField();
  EXPECT_EQ(splitter.piece().text, own);
  splitter.EndField();
  EXPECT_EQ(splitter.piece().kind, Kind::kNothing);
  splitter.Consume(" more\r\n");
  EXPECT_EQ(splitter.piece().kind, Kind::kHeaderEnd);
}

}  // namespace
}  // namespace postern::mta::content
