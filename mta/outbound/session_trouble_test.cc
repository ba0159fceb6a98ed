// A session with a server that fails, lies or dawdles.

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mta/outbound/session_fixture.h"

namespace postern::mta::outbound {
namespace {

using ::testing::Contains;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;
using Pieces = std::vector<std::string>;
using SessionTroubleTest = SessionFixture;

// MTA-23.
TEST_F(SessionTroubleTest, EndlessRepliesAreCutOff) {
  const std::string line = absl::StrCat("220-", std::string(500, 'x'), "\r\n");
  std::string many;
  for (int i = 0; i < 200; ++i) many += line;
  const std::string one_line(1 << 20, '2');
  for (const std::string& hostile : {many, one_line}) {
    const Course course = Run({">> " + hostile, "hang"});
    EXPECT_THAT(course.refusal, HasSubstr("protocol error"));
    EXPECT_LT(course.refusal.size(), 600u);
  }
}

// MTA-33: a reply is one printable line wherever it goes.
TEST_F(SessionTroubleTest, RepliesAreMadePrintable) {
  const Course course =
      Run(Cut(3, {"< MAIL", ">> 550-5.7.1 a\x1b[31m\r\n550 5.7.1 b\tc\r\n"}));
  ASSERT_THAT(course.outcomes, SizeIs(2));
  EXPECT_EQ(course.outcomes[0], "bounced 5.7.1 550 5.7.1 a?[31m; b?c");
}

struct Stage {
  const char* name;
  size_t steps;  // Of kPlain, before the reply at stake.
};
const Stage kEnvelopeStages[] = {
    {"MAIL FROM", 4}, {"RCPT TO", 6}, {"RCPT TO", 8}, {"DATA", 10}};

TEST_F(SessionTroubleTest, ALossBeforeTheContentMayBeRetriedAtOnce) {
  for (const Stage& stage : kEnvelopeStages) {
    SCOPED_TRACE(stage.name);
    const Course course = Run(Cut(stage.steps, {}));
    EXPECT_THAT(
        course.outcomes,
        Each(absl::StrCat("deferred 4.4.2 lost connection with mx:25 in ",
                          stage.name)));
    EXPECT_THAT(course.outcomes, SizeIs(2));
    EXPECT_TRUE(course.may_retry_now);
    EXPECT_FALSE(course.was_usable);
  }
}

TEST_F(SessionTroubleTest, AFarewellBeforeTheContentMayBeRetriedAtOnce) {
  for (const Stage& stage : kEnvelopeStages) {
    SCOPED_TRACE(stage.name);
    const Course course = Run(Cut(stage.steps, {"> 421 4.3.2 bye"}));
    EXPECT_THAT(course.outcomes, Each(StartsWith("deferred 4.")));
    EXPECT_THAT(course.outcomes, SizeIs(2));
    EXPECT_TRUE(course.may_retry_now);
    EXPECT_FALSE(course.was_usable);
  }
}

TEST_F(SessionTroubleTest, GarbageInPlaceOfAReplyDefers) {
  for (const Stage& stage : kEnvelopeStages) {
    for (const char* garbage : {"> 250_x", "> OK", ">> \r\n", "> 999 x",
                                "> 354x", ">> 250-a\r\n550 b\r\n"}) {
      SCOPED_TRACE(absl::StrCat(stage.name, garbage));
      const Course course = Run(Cut(stage.steps, {garbage}));
      EXPECT_THAT(course.outcomes,
                  Each(StartsWith("deferred 4.5.0 protocol error of mx:25")));
      EXPECT_FALSE(course.was_usable);
    }
  }
}

TEST_F(SessionTroubleTest, SilenceRunsIntoTheDeadlineAtEveryStage) {
  BeImpatient();
  EXPECT_THAT(Run({"hang"}).refusal,
              "deferred 4.4.2 conversation timed out with mx:25 in initial "
              "greeting");
  for (const Stage& stage : kEnvelopeStages) {
    SCOPED_TRACE(stage.name);
    EXPECT_THAT(Run(Cut(stage.steps, {"hang"})).outcomes,
                Each(absl::StrCat("deferred 4.4.2 conversation timed out with "
                                  "mx:25 in ",
                                  stage.name)));
  }
}

TEST_F(SessionTroubleTest, ASlowDripRunsIntoTheDeadlineToo) {
  BeImpatient();
  EXPECT_THAT(Run({"drip"}).refusal, HasSubstr("timed out"));
  EXPECT_THAT(Run(Cut(4, {"drip"})).outcomes, Each(HasSubstr("timed out")));
  EXPECT_THAT(Run(Cut(12, {"drip"})).outcomes, Each(HasSubstr("timed out")));
}

// At least once: without a final 250 nobody counts as delivered.
TEST_F(SessionTroubleTest, WithoutTheFinalReplyNobodyIsDelivered) {
  for (const Script& rest :
       {Script{}, Script{">> 25"}, Script{"> 354 what"}, Script{"> 421 bye"},
        Script{"> oops"}, Script{">> 250-half\r\n"}}) {
    const Course course = Run(Cut(12, rest));
    EXPECT_THAT(course.outcomes, Each(StartsWith("deferred 4.")));
    EXPECT_THAT(course.outcomes, SizeIs(2));
    EXPECT_FALSE(course.may_retry_now);
    EXPECT_FALSE(course.was_usable);
  }
}

TEST_F(SessionTroubleTest, TheFinalReplyDecides) {
  EXPECT_THAT(Run(Cut(12, {"> 554 5.6.0 spam"})).outcomes,
              Each("bounced 5.6.0 554 5.6.0 spam"));
  EXPECT_THAT(Run(Cut(12, {"> 452 4.3.1 full"})).outcomes,
              Each("deferred 4.3.1 452 4.3.1 full"));
}

TEST_F(SessionTroubleTest, AnUnreadableMessageIsBrokenOffWithoutAnEnd) {
  TextContent damaged(Pieces{"first\r\n", "second\r\n"});
  damaged.Lose(1);
  const Parcel parcel = {"s@y", {"a@x", "b@x"}, &damaged, false};
  const Course course = Run(kPlain, {&parcel});
  EXPECT_THAT(course.outcomes,
              Each("deferred 4.3.0 cannot read the queued message: piece is "
                   "damaged"));
  EXPECT_FALSE(course.may_retry_now);
  EXPECT_THAT(received_, Not(Contains(HasSubstr("first"))));
}

// MTA-08: however the content is cut into pieces, lines end in CR LF and the
// only lone dot is the last.
TEST_F(SessionTroubleTest, ContentGoesOutStuffedWithCrLf) {
  const TextContent content(
      Pieces{"a\r", "\n.", "\r\n.b\nc\rd\r\n", ".\r\n", "e"});
  const Parcel parcel = {"s@y", {"a@x", "b@x"}, &content, false};
  EXPECT_THAT(Run(kPlain, {&parcel}).outcomes, Each(StartsWith("sent")));
  EXPECT_EQ(received_[5], "a\r\n..\r\n..b\r\nc d\r\n..\r\ne");
}

TEST_F(SessionTroubleTest, ALargeMessageGoesOutWhole) {
  const std::string line = std::string(98, 'x') + "\r\n";
  std::string piece;
  for (int i = 0; i < 700; ++i) piece += line;
  const TextContent content(std::vector<std::string>(40, piece));
  const Parcel parcel = {"s@y", {"a@x", "b@x"}, &content, false};
  EXPECT_THAT(Run(kPlain, {&parcel}).outcomes, Each(StartsWith("sent")));
  EXPECT_EQ(received_[5].size() + 2, static_cast<size_t>(content.size_bytes()));
}

TEST_F(SessionTroubleTest, AServerThatStopsReadingIsGivenUp) {
  BeImpatient();
  const std::string line = std::string(98, 'x') + "\r\n";
  std::string piece;
  for (int i = 0; i < 10000; ++i) piece += line;
  const TextContent content(std::vector<std::string>(16, piece));
  const Parcel parcel = {"s@y", {"a@x", "b@x"}, &content, false};
  // 16 MB do not fit into the sockets' buffers.
  EXPECT_THAT(Run(Cut(11, {"stall"}), {&parcel}).outcomes,
              Each("deferred 4.4.2 conversation timed out with mx:25 in "
                   "message body"));
}

TEST_F(SessionTroubleTest, ATooLargeMessageLeavesTheSessionUsable) {
  const Course course =
      Run({"> 220 mx", "< EHLO", ">> 250-mx\r\n250 SIZE 10\r\n", "< QUIT"});
  EXPECT_THAT(course.outcomes, Each(StartsWith("bounced 5.3.4")));
  EXPECT_TRUE(course.was_usable);
  EXPECT_THAT(received_, ElementsAre("EHLO relay.example.net", "QUIT"));
}

}  // namespace
}  // namespace postern::mta::outbound
