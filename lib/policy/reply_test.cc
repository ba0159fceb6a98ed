#include "lib/policy/reply.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/testing/status_matchers.h"

namespace postern::policy {
namespace {

using ::postern::testing::IsOk;
using ::postern::testing::IsOkAndHolds;
using ::postern::testing::StatusIs;
using ::testing::HasSubstr;
using Kind = Verdict::Kind;

std::string Reply(const Verdict& verdict) {
  std::string text;
  AppendReply(verdict, text);
  return text;
}

TEST(PolicyReplyTest, DigitsAloneAndRelayAreOk) {
  for (const char* text : {"20240101", "550", "450", "RELAY", "relay x"}) {
    const absl::StatusOr<Verdict> verdict = ParseVerdict(text);
    ASSERT_TRUE(verdict.ok()) << text;
    EXPECT_EQ(verdict->kind, Kind::kOk) << text;
  }
  EXPECT_EQ(ParseVerdict("550 no")->kind, Kind::kCode);
}

TEST(ReplyTest, EveryKindComesBackAsItWasWritten) {
  const Verdict verdicts[] = {
      {Kind::kDunno, 0, ""},
      {Kind::kOk, 0, ""},
      {Kind::kReject, 0, "no such user"},
      {Kind::kDefer, 0, "later"},
      {Kind::kDeferIfPermit, 0, "4.2.0 Greylisted, see http://x/%r.html"},
      {Kind::kDeferIfReject, 0, "later"},
      {Kind::kCode, 450, "4.7.1 wait"},
      {Kind::kCode, 554, "5.7.1"},
      {Kind::kPrepend, 0, "X-Greylist: delayed 301 seconds"},
      {Kind::kDiscard, 0, "spam"},
      {Kind::kHold, 0, ""},
      {Kind::kWarn, 0, "look"},
      {Kind::kInfo, 0, "look"},
      {Kind::kBcc, 0, "copy@example.org"},
      {Kind::kRedirect, 0, "other@example.org"},
      {Kind::kFilter, 0, "smtp:[127.0.0.1]:10025"},
      {Kind::kRestrictions, 0, "permit_mynetworks, reject"},
  };
  for (const Verdict& verdict : verdicts) {
    const std::string reply = Reply(verdict);
    SCOPED_TRACE(reply);
    EXPECT_THAT(ParseReply(reply), IsOkAndHolds(verdict));
  }
}

TEST(ReplyTest, LooksAsPostfixExpectsIt) {
  EXPECT_EQ(Reply({}), "action=DUNNO\n\n");
  EXPECT_EQ(Reply({Kind::kDeferIfPermit, 0, "later"}),
            "action=DEFER_IF_PERMIT later\n\n");
  EXPECT_EQ(Reply({Kind::kCode, 451, "later"}), "action=451 later\n\n");
  EXPECT_EQ(Reply({Kind::kCode, 554, ""}), "action=554 Access denied\n\n");
}

TEST(ReplyTest, RepliesAreAppended) {
  std::string replies;
  AppendReply({}, replies);
  AppendReply({Kind::kReject, 0, ""}, replies);
  EXPECT_EQ(replies, "action=DUNNO\n\naction=REJECT\n\n");
}

TEST(ReplyTest, INJ13TextCannotBecomeAnotherLine) {
  EXPECT_EQ(Reply({Kind::kReject, 0, "a\r\n250 ok\n\naction=OK"}),
            "action=REJECT a??250 ok??action=OK\n\n");
}

TEST(ReplyTest, INJ15TextIsPrintableAsciiAndBounded) {
  const std::string reply =
      Reply({Kind::kReject, 0, "\xc3\xa9\x7f\x1b[2J" + std::string(5000, 'x')});
  EXPECT_EQ(reply.size(), std::string("action=REJECT ").size() + kMaxTextBytes +
                              std::string("\n\n").size());
  EXPECT_THAT(reply, HasSubstr("REJECT ????[2Jx"));
}

TEST(ReplyTest, AHeaderMayBeAsLongAsALine) {
  const std::string reply = Reply({Kind::kPrepend, 0, std::string(2000, 'x')});
  EXPECT_EQ(reply, absl::StrCat("action=PREPEND ",
                                std::string(kMaxHeaderBytes, 'x'), "\n\n"));
}

TEST(ReplyTest, AnActionThatLacksItsTextIsNoOpinion) {
  EXPECT_EQ(Reply({Kind::kPrepend, 0, ""}), "action=DUNNO\n\n");
  EXPECT_EQ(Reply({Kind::kRestrictions, 0, ""}), "action=DUNNO\n\n");
}

TEST(ParseVerdictTest, WordsAreReadInAnyCase) {
  EXPECT_THAT(ParseVerdict("dunno"), IsOkAndHolds(Verdict{}));
  EXPECT_THAT(ParseVerdict("  Defer_If_Permit \t wait  "),
              IsOkAndHolds(Verdict{Kind::kDeferIfPermit, 0, "wait"}));
}

TEST(ParseVerdictTest, OtherThingsAreErrors) {
  for (const char* text : {"", " ", "200 ok", "4500 x", "4x0 y", "!", "PREPEND",
                           "redirect ", "permit; rm -rf"}) {
    SCOPED_TRACE(text);
    EXPECT_THAT(ParseVerdict(text),
                StatusIs(absl::StatusCode::kInvalidArgument));
  }
}

TEST(ParseReplyTest, OtherAttributesAreSkipped) {
  EXPECT_THAT(ParseReply("version=2\naction=ok\nextra=\n\n"),
              IsOkAndHolds(Verdict{Kind::kOk, 0, ""}));
}

TEST(ParseReplyTest, MTA29RepliesThatAreNotToBeTrustedAreErrors) {
  struct Case {
    const char* why;
    std::string reply;
    const char* error;
  };
  const Case cases[] = {
      {"no action", "result=ok\n\n", "no action"},
      {"two actions", "action=dunno\naction=ok\n\n", "two actions"},
      {"CR in the action", "action=reject a\rb\n\n", "control character"},
      {"NUL", std::string("action=reject a\0b\n\n", 19), "control character"},
      {"not whole", "action=ok\n", "whole"},
      {"more than one", "action=ok\n\naction=ok\n\n", "whole"},
      {"only the end", "\n\n", "not name=value"},
      {"nothing", "", "whole"},
      {"no name", "=ok\naction=ok\n\n", "not name=value"},
      {"no line of a pair", "action\n\n", "not name=value"},
      {"too long", "action=ok " + std::string(kMaxReplyBytes, 'x') + "\n\n",
       "too long"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.why);
    EXPECT_THAT(
        ParseReply(c.reply),
        StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(c.error)));
  }
}

TEST(ParseReplyTest, MTA29TextComesOutPrintableAndBounded) {
  absl::StatusOr<Verdict> verdict = ParseReply(
      absl::StrCat("action=reject \xc3\xa9", std::string(2000, 'x'), "\n\n"));
  ASSERT_THAT(verdict, IsOk());
  EXPECT_EQ(verdict->text.substr(0, 3), "??x");
  EXPECT_LE(verdict->text.size(), kMaxTextBytes);
}

TEST(ReplySizeTest, FindsTheFirstWholeReply) {
  EXPECT_EQ(ReplySize(""), 0u);
  EXPECT_EQ(ReplySize("action=ok\n"), 0u);
  EXPECT_EQ(ReplySize("action=ok\n\n"), 11u);
  EXPECT_EQ(ReplySize("action=ok\n\naction=ok\n\n"), 11u);
}

}  // namespace
}  // namespace postern::policy
