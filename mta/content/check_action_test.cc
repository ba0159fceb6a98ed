#include "mta/content/check_action.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/testing/status_matchers.h"

namespace postern::mta::content {
namespace {

using Verb = CheckAction::Verb;
using ::postern::testing::IsOk;
using ::postern::testing::StatusIs;
using ::testing::HasSubstr;

TEST(CheckActionTest, ReadsEveryAction) {
  struct Case {
    const char* result;
    Verb verb;
    const char* text;
  };
  const Case cases[] = {
      {"REJECT", Verb::kReject, ""},
      {"reject I fight spam (GOTO Sarbacane)", Verb::kReject,
       "I fight spam (GOTO Sarbacane)"},
      {"DISCARD virus notification", Verb::kDiscard, "virus notification"},
      {"HOLD", Verb::kHold, ""},
      {"WARN  a  b ", Verb::kWarn, "a  b"},
      {"INFO", Verb::kInfo, ""},
      {"PASS", Verb::kPass, ""},
      {"PREPEND X-Seen: yes", Verb::kPrepend, "X-Seen: yes"},
      {"REPLACE Subject: no", Verb::kReplace, "Subject: no"},
      {"IGNORE", Verb::kIgnore, ""},
      {"STRIP why", Verb::kStrip, "why"},
      {"REDIRECT a@example.org", Verb::kRedirect, "a@example.org"},
      {"BCC a@example.org", Verb::kBcc, "a@example.org"},
      {"DUNNO", Verb::kDunno, ""},
      {"OK", Verb::kDunno, ""},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.result);
    const absl::StatusOr<CheckAction> action =
        ParseCheckAction(c.result, Subject::kHeader);
    ASSERT_TRUE(action.ok()) << action.status();
    EXPECT_EQ(action->verb, c.verb);
    EXPECT_EQ(action->text, c.text);
    EXPECT_THAT(CheckResult(c.result, Subject::kHeader), IsOk());
  }
}

TEST(CheckActionTest, WhatCannotBeDoneIsAnErrorThatSaysSo) {
  struct Case {
    const char* result;
    const char* what;
  };
  const Case cases[] = {
      {"", "unknown action \"\""},
      {"REFUSE", "unknown action \"REFUSE\""},
      {"FILTER smtp:[127.0.0.1]:10025", "FILTER is not offered"},
      {"delay 1h", "DELAY is not offered"},
      {"PREPEND", "PREPEND needs a text"},
      {"PREPEND text", "PREPEND needs a header field"},
      {"REPLACE two words: x", "REPLACE needs a header field"},
      {"REDIRECT someone", "REDIRECT needs an address"},
      {"BCC", "BCC needs an address"},
      {"REJECT 2.1.0 fine", "4.x.x or 5.x.x, not 2.1.0"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.result);
    EXPECT_THAT(
        ParseCheckAction(c.result, Subject::kHeader),
        StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(c.what)));
    EXPECT_THAT(
        CheckResult(c.result, Subject::kHeader),
        StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(c.what)));
  }
}

TEST(CheckActionTest, ALineOfABodyMayBeAnything) {
  EXPECT_THAT(ParseCheckAction("REPLACE two words", Subject::kBody), IsOk());
  EXPECT_THAT(ParseCheckAction("PREPEND -- ", Subject::kBody), IsOk());
}

TEST(CheckActionTest, WhatASubstitutionMakesIsCheckedWhenItIsThere) {
  EXPECT_THAT(CheckResult("REDIRECT $1", Subject::kHeader), IsOk());
  EXPECT_THAT(CheckResult("REPLACE ${1}: x", Subject::kHeader), IsOk());
  EXPECT_FALSE(CheckResult("FILTER $1", Subject::kHeader).ok());
}

TEST(CheckActionTest, MTA34AReplacementNeverEndsItsField) {
  struct Case {
    const char* why;
    const char* result;
    const char* text;
  };
  const Case cases[] = {
      {"a fold stays", "REPLACE Subject: a\n b", "Subject: a\r\n b"},
      {"a line is folded", "REPLACE Subject: a\nTo: b",
       "Subject: a\r\n\tTo: b"},
      {"no empty line", "REPLACE Subject: a\n\n \r\nb", "Subject: a\r\n\tb"},
      {"a CR LF is a fold as well", "PREPEND X: a\r\n b", "X: a\r\n b"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.why);
    const absl::StatusOr<CheckAction> action =
        ParseCheckAction(c.result, Subject::kHeader);
    ASSERT_TRUE(action.ok()) << action.status();
    EXPECT_EQ(action->text, c.text);
  }
}

TEST(CheckActionTest, RejectRepliesAsPostfixDoes) {
  struct Case {
    const char* text;
    const char* reply;
  };
  const Case cases[] = {
      {"", "550 5.7.1 message content rejected"},
      {"I fight spam", "550 5.7.1 I fight spam"},
      {"5.7.9 not here", "550 5.7.9 not here"},
      {"4.7.1 not now", "451 4.7.1 not now"},
      {"5.7", "550 5.7.1 5.7"},
      {"4.20 pounds", "550 5.7.1 4.20 pounds"},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(RejectReply(c.text).ToString(), c.reply);
  }
}

TEST(CheckActionTest, MTA33AReplyIsOneLineOfPrintableText) {
  const smtp::Reply reply =
      RejectReply("a\r\n250 b\x01" + std::string(1000, 'x'));
  EXPECT_EQ(reply.text.find_first_of("\r\n\x01"), std::string::npos);
  EXPECT_LE(reply.text.size(), 400u);
}

}  // namespace
}  // namespace postern::mta::content
