#include "mta/outbound/session.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/net/runtime.h"
#include "mta/outbound/scripted_server.h"
#include "mta/outbound/text_content.h"

namespace postern::mta::outbound {
namespace {

using ::testing::Contains;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;
using Script = ScriptedServer::Script;
using Pieces = std::vector<std::string>;
using Kind = queue::Outcome::Kind;

// Names each parcel's successor.
class Announced final : public Lookahead {
 public:
  explicit Announced(const Parcel* next) : next_(next) {}
  const Parcel* Next() override { return std::exchange(next_, nullptr); }

 private:
  const Parcel* next_;
};

std::string Summary(const queue::Outcome& o) {
  const char* word = o.kind == Kind::kDelivered ? "sent"
                     : o.kind == Kind::kFailed  ? "bounced"
                                                : "deferred";
  return absl::StrCat(word, " ", o.status, " ", o.reply);
}

// What happened in a conversation, as the client saw it.
struct Course {
  std::string refusal;                // Of Open(); empty: none.
  std::vector<std::string> outcomes;  // Of all parcels, in order.
  bool may_retry_now = false;         // Of the last parcel.
  bool was_usable = false;            // Before Quit().
};

net::Task<Course> Converse(uint16_t port, SessionOptions options,
                           std::vector<const Parcel*> parcels, bool announce) {
  Course course;
  const net::Endpoint endpoint = {"127.0.0.1", port, ""};
  absl::StatusOr<net::Stream> stream =
      co_await net::Connect(endpoint, net::Deadline::After(absl::Seconds(5)));
  if (!stream.ok()) {
    course.refusal = stream.status().ToString();
    co_return course;
  }
  Session session(*std::move(stream), std::move(options), "mx:25");
  const std::optional<queue::Outcome> refusal = co_await session.Open();
  if (refusal) course.refusal = Summary(*refusal);
  for (size_t i = 0; i < parcels.size() && session.is_usable(); ++i) {
    Announced lookahead(announce && i + 1 < parcels.size() ? parcels[i + 1]
                                                           : nullptr);
    const Result result = co_await session.Send(*parcels[i], lookahead);
    for (const queue::Outcome& outcome : result.outcomes) {
      course.outcomes.push_back(Summary(outcome));
    }
    course.may_retry_now = result.may_retry_now;
  }
  course.was_usable = session.is_usable();
  co_await session.Quit();
  co_return course;
}

class SessionTest : public ::testing::Test {
 protected:
  SessionTest() : runtime_(net::Runtime::Create({.reactors = 1}).value()) {
    options_.helo_name = "relay.example.net";
    options_.command_timeout = absl::Seconds(5);
    options_.data_done_timeout = absl::Seconds(5);
  }

  // Sends `parcels` (one to a@x and b@x if there are none) to a server that
  // follows `script`.
  Course Run(Script script, std::vector<const Parcel*> parcels = {}) {
    if (parcels.empty()) parcels = {&parcel_};
    ScriptedServer server({std::move(script)});
    Course course = runtime_->BlockOn(
        Converse(server.port(), options_, std::move(parcels), announce_));
    received_ = server.Finish();
    return course;
  }

  void BeImpatient() {
    options_.command_timeout = absl::Milliseconds(60);
    options_.data_done_timeout = absl::Milliseconds(60);
  }

  std::unique_ptr<net::Runtime> runtime_;
  SessionOptions options_;
  bool announce_ = false;
  TextContent content_{"Subject: x\r\n\r\n.dot\r\nend\r\n"};
  Parcel parcel_ = {"s@y", {"a@x", "b@x"}, &content_, false};
  Parcel other_ = {"t@y", {"c@x"}, &content_, false};
  std::vector<std::string> received_;  // What the server got.
};

// One recipient, without PIPELINING.
const Script kPlain = {"> 220 mx ESMTP",
                       "< EHLO",
                       "> 250 mx",
                       "< MAIL",
                       "> 250 ok",
                       "< RCPT",
                       "> 250 ok",
                       "< RCPT",
                       "> 250 ok",
                       "< DATA",
                       "> 354 go",
                       "<data",
                       "> 250 2.0.0 queued as 1",
                       "< QUIT"};

// Returns the script up to its `steps`-th step, then `rest`.
Script Cut(size_t steps, const Script& rest) {
  Script script(kPlain.begin(), kPlain.begin() + steps);
  script.insert(script.end(), rest.begin(), rest.end());
  return script;
}

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

// MTA-23.
TEST_F(SessionTest, EndlessRepliesAreCutOff) {
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
TEST_F(SessionTest, RepliesAreMadePrintable) {
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

TEST_F(SessionTest, ALossBeforeTheContentMayBeRetriedAtOnce) {
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

TEST_F(SessionTest, AFarewellBeforeTheContentMayBeRetriedAtOnce) {
  for (const Stage& stage : kEnvelopeStages) {
    SCOPED_TRACE(stage.name);
    const Course course = Run(Cut(stage.steps, {"> 421 4.3.2 bye"}));
    EXPECT_THAT(course.outcomes, Each(StartsWith("deferred 4.")));
    EXPECT_THAT(course.outcomes, SizeIs(2));
    EXPECT_TRUE(course.may_retry_now);
    EXPECT_FALSE(course.was_usable);
  }
}

TEST_F(SessionTest, GarbageInPlaceOfAReplyDefers) {
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

TEST_F(SessionTest, SilenceRunsIntoTheDeadlineAtEveryStage) {
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

TEST_F(SessionTest, ASlowDripRunsIntoTheDeadlineToo) {
  BeImpatient();
  EXPECT_THAT(Run({"drip"}).refusal, HasSubstr("timed out"));
  EXPECT_THAT(Run(Cut(4, {"drip"})).outcomes, Each(HasSubstr("timed out")));
  EXPECT_THAT(Run(Cut(12, {"drip"})).outcomes, Each(HasSubstr("timed out")));
}

// At least once: without a final 250 nobody counts as delivered.
TEST_F(SessionTest, WithoutTheFinalReplyNobodyIsDelivered) {
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

TEST_F(SessionTest, TheFinalReplyDecides) {
  EXPECT_THAT(Run(Cut(12, {"> 554 5.6.0 spam"})).outcomes,
              Each("bounced 5.6.0 554 5.6.0 spam"));
  EXPECT_THAT(Run(Cut(12, {"> 452 4.3.1 full"})).outcomes,
              Each("deferred 4.3.1 452 4.3.1 full"));
}

TEST_F(SessionTest, AnUnreadableMessageIsBrokenOffWithoutAnEnd) {
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
TEST_F(SessionTest, ContentGoesOutStuffedWithCrLf) {
  const TextContent content(
      Pieces{"a\r", "\n.", "\r\n.b\nc\rd\r\n", ".\r\n", "e"});
  const Parcel parcel = {"s@y", {"a@x", "b@x"}, &content, false};
  EXPECT_THAT(Run(kPlain, {&parcel}).outcomes, Each(StartsWith("sent")));
  EXPECT_EQ(received_[5], "a\r\n..\r\n..b\r\nc d\r\n..\r\ne");
}

TEST_F(SessionTest, ALargeMessageGoesOutWhole) {
  const std::string line = std::string(98, 'x') + "\r\n";
  std::string piece;
  for (int i = 0; i < 700; ++i) piece += line;
  const TextContent content(std::vector<std::string>(40, piece));
  const Parcel parcel = {"s@y", {"a@x", "b@x"}, &content, false};
  EXPECT_THAT(Run(kPlain, {&parcel}).outcomes, Each(StartsWith("sent")));
  EXPECT_EQ(received_[5].size() + 2, static_cast<size_t>(content.size_bytes()));
}

TEST_F(SessionTest, AServerThatStopsReadingIsGivenUp) {
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

TEST_F(SessionTest, ATooLargeMessageLeavesTheSessionUsable) {
  const Course course =
      Run({"> 220 mx", "< EHLO", ">> 250-mx\r\n250 SIZE 10\r\n", "< QUIT"});
  EXPECT_THAT(course.outcomes, Each(StartsWith("bounced 5.3.4")));
  EXPECT_TRUE(course.was_usable);
  EXPECT_THAT(received_, ElementsAre("EHLO relay.example.net", "QUIT"));
}

}  // namespace
}  // namespace postern::mta::outbound
