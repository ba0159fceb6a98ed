#include "mta/smtp/reply.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/testing/status_matchers.h"

namespace postern::mta::smtp {
namespace {

using ::postern::testing::IsOkAndHolds;
using ::postern::testing::StatusIs;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

TEST(ReplyTest, IsWrittenWithCodeStatusAndText) {
  EXPECT_EQ((Reply{250, "2.1.0", "Ok"}).Format(), "250 2.1.0 Ok\r\n");
  EXPECT_EQ((Reply{354, "", "Go on"}).Format(), "354 Go on\r\n");
  EXPECT_EQ((Reply{250, "", ""}).Format(), "250 \r\n");
}

TEST(ReplyTest, EveryLineButTheLastHasAHyphen) {
  EXPECT_EQ((Reply{250, "", "mx\nSIZE 9\n8BITMIME"}).Format(),
            "250-mx\r\n250-SIZE 9\r\n250 8BITMIME\r\n");
  EXPECT_EQ((Reply{550, "5.7.1", "a\nb"}).Format(),
            "550-5.7.1 a\r\n550 5.7.1 b\r\n");
}

// MTA-33, INJ-15.
TEST(ReplyTest, TextFromOutsideCannotAddALineOrExceedOne) {
  const Reply hostile{550, "5.7.1", std::string("a\r250 x\0\x7f\xff", 10)};
  EXPECT_EQ(hostile.Format(), "550 5.7.1 a?250 x???\r\n");
  const Reply endless{550, "5.7.1", std::string(5000, 'x')};
  EXPECT_THAT(endless.Format(), SizeIs(512));
}

TEST(ReplyTest, IsOnePrintableLineInALog) {
  EXPECT_EQ((Reply{550, "5.1.1", "no\nask\n"}).ToString(), "550 5.1.1 no; ask");
  EXPECT_EQ((Reply{421, "", "a\rb"}).ToString(), "421 a?b");
}

TEST(ReplyTest, IsReadBack) {
  EXPECT_THAT(Reply::Parse("554 5.7.1 Go away"),
              IsOkAndHolds(Reply{554, "5.7.1", "Go away"}));
  EXPECT_THAT(Reply::Parse("450 later"), IsOkAndHolds(Reply{450, "", "later"}));
  EXPECT_THAT(Reply::Parse("220"), IsOkAndHolds(Reply{220, "", ""}));
}

TEST(ReplyTest, AnEnhancedStatusCodeMustFitToTheCode) {
  EXPECT_THAT(Reply::Parse("550 2.1.1 x"),
              IsOkAndHolds(Reply{550, "", "2.1.1 x"}));
  EXPECT_THAT(Reply::Parse("550 5.1 x"), IsOkAndHolds(Reply{550, "", "5.1 x"}));
  EXPECT_THAT(Reply::Parse("550 5.1.1234 x"),
              IsOkAndHolds(Reply{550, "", "5.1.1234 x"}));
  EXPECT_THAT(Reply::Parse("550 5.1.1"), IsOkAndHolds(Reply{550, "5.1.1", ""}));
}

TEST(ReplyParserTest, PutsLinesTogether) {
  ReplyParser parser;
  EXPECT_THAT(parser.Add("550-5.1.1 No such"), IsOkAndHolds(false));
  EXPECT_THAT(parser.Add("550 5.1.1 user"), IsOkAndHolds(true));
  EXPECT_EQ(parser.Take(), (Reply{550, "5.1.1", "No such\nuser"}));
  EXPECT_THAT(parser.Add("250 Ok"), IsOkAndHolds(true));
  EXPECT_EQ(parser.Take(), (Reply{250, "", "Ok"}));
}

TEST(ReplyParserTest, RefusesWhatIsNoReply) {
  for (const char* line : {"", "2", "25", "25x ok", "099 x", "600 x", "250+x",
                           "SSH-2.0-OpenSSH", "2500 x", " 250 x"}) {
    ReplyParser parser;
    EXPECT_THAT(parser.Add(line), StatusIs(absl::StatusCode::kInvalidArgument))
        << line;
  }
}

TEST(ReplyParserTest, TheCodeStaysTheSameInAllLines) {
  ReplyParser parser;
  ASSERT_THAT(parser.Add("250-x"), IsOkAndHolds(false));
  EXPECT_THAT(parser.Add("550 y"),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(ReplyParserTest, MTA23BoundsLinesAndTheirNumber) {
  ReplyParser parser;
  EXPECT_THAT(parser.Add(absl::StrCat("250 ", std::string(2045, 'x'))),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("long")));
  ReplyParser endless;
  for (int i = 0; i < ReplyParser::kMaxLines; ++i) {
    ASSERT_THAT(endless.Add(absl::StrCat("250-", std::string(1000, 'x'))),
                IsOkAndHolds(false));
  }
  EXPECT_THAT(endless.Add("250 x"),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("many")));
  EXPECT_LE(endless.Take().text.size(), 4096u + ReplyParser::kMaxLines);
}

TEST(ReplyParserTest, MTA33WhatAServerSaysIsPrintable) {
  ReplyParser parser;
  ASSERT_THAT(parser.Add("550 a\nb\rc\x01"), IsOkAndHolds(true));
  EXPECT_EQ(parser.Take().text, "a?b?c?");
}

TEST(ReplyForTest, EveryStatusCodeHasItsReply) {
  struct Case {
    absl::StatusCode code;
    const char* want;
  };
  const Case cases[] = {
      {absl::StatusCode::kOk, "250 2.0.0"},
      {absl::StatusCode::kInvalidArgument, "501 5.5.4 why"},
      {absl::StatusCode::kUnimplemented, "502 5.5.1 why"},
      {absl::StatusCode::kFailedPrecondition, "503 5.5.1 why"},
      {absl::StatusCode::kPermissionDenied, "550 5.7.1 why"},
      {absl::StatusCode::kNotFound, "550 5.1.1 why"},
      {absl::StatusCode::kResourceExhausted, "452 4.3.1"},
      {absl::StatusCode::kUnavailable, "451 4.4.0"},
      {absl::StatusCode::kDeadlineExceeded, "451 4.4.0"},
      {absl::StatusCode::kAborted, "451 4.4.0"},
      {absl::StatusCode::kDataLoss, "451 4.3.0"},
      {absl::StatusCode::kInternal, "451 4.3.0"},
  };
  for (const Case& c : cases) {
    EXPECT_THAT(ReplyFor(absl::Status(c.code, "why")).Format(),
                ::testing::StartsWith(c.want));
  }
}

TEST(ReplyForTest, TheTextOfAnInternalErrorIsNotShown) {
  EXPECT_THAT(ReplyFor(absl::InternalError("/var/secret")).Format(),
              Not(HasSubstr("secret")));
  EXPECT_THAT(ReplyFor(absl::ResourceExhaustedError("/var/secret")).Format(),
              Not(HasSubstr("secret")));
}

TEST(ReplyForTest, AnAttachedReplyIsWhatTheClientGets) {
  const Reply reply{554, "5.4.6", "Too many hops\nreally"};
  EXPECT_EQ(ReplyFor(WithReply(absl::InternalError("x"), reply)), reply);
  const Reply bare{521, "", "bye"};
  EXPECT_EQ(ReplyFor(ReplyError(bare)), bare);
}

TEST(ReplyErrorTest, TheStatusCodeFollowsTheReply) {
  EXPECT_THAT(ReplyError({501, "5.5.4", "x"}),
              StatusIs(absl::StatusCode::kInvalidArgument, "x"));
  EXPECT_THAT(ReplyError({452, "4.3.1", "x"}),
              StatusIs(absl::StatusCode::kResourceExhausted));
  EXPECT_THAT(ReplyError({450, "4.2.0", "x"}),
              StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_THAT(ReplyError({554, "5.7.1", "x"}),
              StatusIs(absl::StatusCode::kPermissionDenied));
}

}  // namespace
}  // namespace postern::mta::smtp
