#include "mta/outbound/session.h"

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
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;
using SessionTest = SessionFixture;

TEST_F(SessionTest, DeliversStepByStepToAPlainServer) {
  const Course course = Run(kPlain);
  EXPECT_THAT(course.outcomes, ElementsAre("sent 2.0.0 250 2.0.0 queued as 1",
                                           "sent 2.0.0 250 2.0.0 queued as 1"));
  EXPECT_TRUE(course.was_usable);
  EXPECT_THAT(received_,
              ElementsAre("EHLO relay.example.net", "MAIL FROM:<s@y>",
                          "RCPT TO:<a@x>", "RCPT TO:<b@x>", "DATA",
                          "Subject: x\r\n\r\n..dot\r\nend", "QUIT"));
}

TEST_F(SessionTest, FallsBackToHelo) {
  const Course course =
      Run({"> 220 mx", "< EHLO", "> 502 what", "< HELO relay.example.net",
           "> 250 mx", "< MAIL FROM:<s@y>", "> 250 ok", "< RCPT", "> 250 ok",
           "< RCPT", "> 250 ok", "< DATA", "> 354", "<data", "> 250"});
  EXPECT_THAT(course.outcomes, ElementsAre("sent 2.0.0 250", "sent 2.0.0 250"));
}

TEST_F(SessionTest, SendsTheEnvelopeInOneGoWhenItMay) {
  // The server answers nothing before it has read all of the envelope.
  const Course course =
      Run({"> 220 mx", "< EHLO",
           ">> 250-mx\r\n250-PIPELINING\r\n250-SIZE "
           "1000000\r\n250 8BITMIME\r\n",
           "< MAIL FROM:<s@y> SIZE=25", "< RCPT TO:<a@x>", "< RCPT TO:<b@x>",
           "< DATA", ">> 250 a\r\n250 b\r\n550 5.1.1 no\r\n354 go\r\n", "<data",
           "> 250 ok"});
  EXPECT_THAT(course.outcomes,
              ElementsAre("sent 2.0.0 250 ok", "bounced 5.1.1 550 5.1.1 no"));
  EXPECT_THAT(received_, Not(Contains(StartsWith("expected"))));
}

// RFC 2033.
TEST_F(SessionTest, EachRecipientHasItsOwnReplyOverLmtp) {
  options_.is_lmtp = true;
  announce_ = true;
  // The next envelope goes out with the content, before the replies to it.
  const Course course =
      Run({"> 220 box", "< LHLO relay.example.net",
           ">> 250-box\r\n250 PIPELINING\r\n", "< MAIL FROM:<s@y>",
           "< RCPT TO:<a@x>", "< RCPT TO:<b@x>", "< DATA",
           ">> 250 ok\r\n250 ok\r\n250 ok\r\n354 go\r\n", "<data",
           "< MAIL FROM:<t@y>", "< RCPT TO:<c@x>", "< DATA",
           ">> 552 5.2.2 full\r\n250 2.0.0 stored\r\n",
           ">> 250 ok\r\n250 ok\r\n354 go\r\n", "<data", "> 451 4.2.0 locked",
           "< QUIT"},
          {&parcel_, &other_});
  EXPECT_THAT(course.outcomes, ElementsAre("bounced 5.2.2 552 5.2.2 full",
                                           "sent 2.0.0 250 2.0.0 stored",
                                           "deferred 4.2.0 451 4.2.0 locked"));
  EXPECT_TRUE(course.was_usable);
  EXPECT_THAT(received_, Not(Contains(StartsWith("expected"))));
}

TEST_F(SessionTest, WhoHasAReplyOverLmtpKeepsItWhenTheConnectionEnds) {
  options_.is_lmtp = true;
  const Course course =
      Run({"> 220 box", "< LHLO", "> 250 box", "< MAIL", "> 250 ok", "< RCPT",
           "> 250 ok", "< RCPT", "> 250 ok", "< DATA", "> 354 go", "<data",
           "> 250 2.0.0 stored"});
  EXPECT_THAT(course.outcomes,
              ElementsAre("sent 2.0.0 250 2.0.0 stored",
                          StartsWith("deferred 4.4.2 lost connection with")));
  EXPECT_FALSE(course.was_usable);
  EXPECT_FALSE(course.may_retry_now);
}

TEST_F(SessionTest, LmtpKnowsNoHeloAndNoReplyToAnEmptyEnd) {
  options_.is_lmtp = true;
  EXPECT_THAT(Run({"> 220 box", "< LHLO", "> 500 what"}).refusal,
              StartsWith("bounced 5.0.0 500 what"));
  const Course course =
      Run({"> 220 box", "< LHLO", ">> 250-box\r\n250 PIPELINING\r\n", "< MAIL",
           "< RCPT", "< RCPT", "< DATA",
           ">> 250 ok\r\n550 5.1.1 no\r\n550 5.1.1 no\r\n354 go\r\n"});
  EXPECT_THAT(course.outcomes, ElementsAre("bounced 5.1.1 550 5.1.1 no",
                                           "bounced 5.1.1 550 5.1.1 no"));
  EXPECT_FALSE(course.was_usable);
}

TEST_F(SessionTest, BoundsTheCommandsOnTheirWay) {
  std::vector<std::string> addresses;
  for (int i = 0; i < 250; ++i) addresses.push_back(absl::StrCat(i, "@x"));
  Parcel parcel = {"s@y", {}, &content_, false};
  for (const std::string& a : addresses) parcel.recipients.push_back(a);
  // 252 commands: the server reads 100, 100 and 52 before it answers.
  Script script = {"> 220 mx", "< EHLO", ">> 250-mx\r\n250 PIPELINING\r\n"};
  for (int command = 0; command < 252; ++command) {
    script.push_back(command == 0     ? "< MAIL"
                     : command == 251 ? "< DATA"
                                      : "< RCPT");
    if (command == 99 || command == 199 || command == 251) {
      const int replies = command == 251 ? 51 : 100;
      for (int i = 0; i < replies; ++i) script.push_back("> 250 ok");
    }
  }
  script.insert(script.end(), {"> 354 go", "<data", "> 250 ok"});
  const Course course = Run(script, {&parcel});
  EXPECT_THAT(course.outcomes, SizeIs(250));
  EXPECT_THAT(course.outcomes, Each("sent 2.0.0 250 ok"));
  EXPECT_THAT(received_, Not(Contains(StartsWith("expected"))));
}

TEST_F(SessionTest, AnnouncesTheNextMessageWithTheContent) {
  announce_ = true;
  const Course course = Run(
      {"> 220 mx", "< EHLO", ">> 250-mx\r\n250 PIPELINING\r\n", "< MAIL",
       "< RCPT", "< RCPT", "< DATA", ">> 250 a\r\n250 b\r\n250 c\r\n354 go\r\n",
       // The second envelope is here before the first message is acknowledged.
       "<data", "< MAIL FROM:<t@y>", "< RCPT TO:<c@x>", "< DATA", "> 250 one",
       ">> 250 a\r\n250 b\r\n354 go\r\n", "<data", "> 250 two", "< QUIT"},
      {&parcel_, &other_});
  EXPECT_THAT(course.outcomes,
              ElementsAre("sent 2.0.0 250 one", "sent 2.0.0 250 one",
                          "sent 2.0.0 250 two"));
  EXPECT_THAT(received_, Not(Contains(StartsWith("expected"))));
}

TEST_F(SessionTest, AnAnnouncedMessageSurvivesARefusalOfTheOneBefore) {
  announce_ = true;
  const Course course = Run(
      {"> 220 mx", "< EHLO", ">> 250-mx\r\n250 PIPELINING\r\n", "< MAIL",
       "< RCPT", "< RCPT", "< DATA", ">> 250 a\r\n250 b\r\n250 c\r\n354 go\r\n",
       "<data", "> 554 5.6.0 spam", "< MAIL", "< RCPT", "< DATA",
       ">> 250 a\r\n250 b\r\n354 go\r\n", "<data", "> 250 two", "< QUIT"},
      {&parcel_, &other_});
  EXPECT_THAT(course.outcomes, ElementsAre("bounced 5.6.0 554 5.6.0 spam",
                                           "bounced 5.6.0 554 5.6.0 spam",
                                           "sent 2.0.0 250 two"));
}

TEST_F(SessionTest, ResetsWhenATransactionWasLeftOpen) {
  Script script =
      Cut(5, {"< RCPT", "> 550 5.1.1 no", "< RCPT", "> 450 later", "< RSET",
              "> 250 ok", "< MAIL FROM:<t@y>", "> 250 ok", "< RCPT", "> 250 ok",
              "< DATA", "> 354 go", "<data", "> 250 two", "< QUIT"});
  const Course course = Run(script, {&parcel_, &other_});
  EXPECT_THAT(course.outcomes,
              ElementsAre("bounced 5.1.1 550 5.1.1 no",
                          "deferred 4.0.0 450 later", "sent 2.0.0 250 two"));
  EXPECT_THAT(received_, Not(Contains(StartsWith("expected"))));
}

TEST_F(SessionTest, EndsAnEmptyTransactionWithTheDotAlone) {
  const Course course = Run(
      {"> 220 mx", "< EHLO", ">> 250-mx\r\n250 PIPELINING\r\n", "< MAIL",
       "< RCPT", "< RCPT", "< DATA", ">> 250 a\r\n550 b\r\n550 c\r\n354 go\r\n",
       "< .", "> 554 nobody", "< MAIL", "< RCPT", "< DATA",
       ">> 250 a\r\n250 b\r\n354 go\r\n", "<data", "> 250 two"},
      {&parcel_, &other_});
  EXPECT_THAT(course.outcomes,
              ElementsAre("bounced 5.0.0 550 b", "bounced 5.0.0 550 c",
                          "sent 2.0.0 250 two"));
}

TEST_F(SessionTest, TakesTheGreetingForWhatItIs) {
  struct Case {
    const char* greeting;
    const char* refusal;
  };
  const Case cases[] = {
      {"> 421 4.3.2 busy", "deferred 4.3.2 421 4.3.2 busy"},
      {"> 450 later", "deferred 4.0.0 450 later"},
      // A host that wants nobody is no reason to bounce.
      {"> 554 5.7.1 no", "deferred 4.7.1 554 5.7.1 no"},
      {"> hello", "deferred 4.5.0 protocol error of mx:25 in initial greeting"},
      {"> 20 x", "deferred 4.5.0 protocol error of mx:25 in initial greeting"},
      {">> 22", "deferred 4.4.2 lost connection with mx:25 in initial"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.greeting);
    EXPECT_THAT(Run({c.greeting}).refusal, StartsWith(c.refusal));
  }
}

TEST_F(SessionTest, ReadsALongGreeting) {
  Script script = kPlain;
  script[0] = ">> 220-hello\r\n220-no spam\r\n220 mx ESMTP\r\n";
  EXPECT_THAT(Run(script).outcomes, Each(StartsWith("sent")));
}

TEST_F(SessionTest, RefusedHelloEndsIt) {
  EXPECT_THAT(
      Run({"> 220 mx", "< EHLO", "> 550 5.7.1 no", "< HELO", "> 550 5.7.1 you"})
          .refusal,
      StartsWith("bounced 5.7.1 550 5.7.1 you"));
  EXPECT_THAT(Run({"> 220 mx", "< EHLO", "> 421 4.7.0 slow"}).refusal,
              StartsWith("deferred 4.7.0 421 4.7.0 slow"));
}

// MTA-31.
TEST_F(SessionTest, AServerWithOurOwnNameIsOurselves) {
  options_.detect_loop = true;
  EXPECT_THAT(
      Run({"> 220 x", "< EHLO", "> 250 RELAY.example.net at your service"})
          .refusal,
      "bounced 5.4.6 mx:25 is myself: mail loops");
  options_.detect_loop = false;
  EXPECT_THAT(
      Run({"> 220 x", "< EHLO", "> 250 relay.example.net", "< MAIL"}).refusal,
      IsEmpty());
}

// RFC 8689 section 3: only TLS makes it true.
TEST_F(SessionTest, DoesNotBelieveRequireTlsInTheClear) {
  parcel_.requiretls = true;
  const Course course =
      Run({"> 220 mx", "< EHLO", "> 250-mx", "> 250 REQUIRETLS", "< QUIT"});
  ASSERT_EQ(course.outcomes.size(), 2u);
  EXPECT_THAT(course.outcomes[0],
              ::testing::StartsWith("bounced 5.7.30 REQUIRETLS is required"));
}

}  // namespace
}  // namespace postern::mta::outbound
