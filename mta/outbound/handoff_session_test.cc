#include "mta/outbound/handoff_session.h"

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/net/runtime.h"
#include "mta/outbound/scripted_server.h"
#include "mta/outbound/test_taker.h"
#include "mta/outbound/text_content.h"
#include "mta/queue/handed_over.h"

namespace postern::mta::outbound {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;
using ::testing::SizeIs;
using Answer = TestTaker::Answer;
using Kind = HandoffResult::Kind;

const std::string kSecret(40, 's');

// What Open() said, and what became of each message.
struct Course {
  absl::Status opened;
  std::vector<HandoffResult> results;
  bool was_usable = false;
};

net::Task<Course> Converse(uint16_t port, HandoffOptions options,
                           std::vector<const queue::Content*> contents) {
  Course course;
  net::Endpoint peer = {"127.0.0.1", port, ""};
  auto session =
      co_await HandoffSession::Open(std::move(peer), std::move(options));
  course.opened = session.status();
  if (!session.ok()) co_return course;
  for (size_t i = 0; i < contents.size() && (*session)->is_usable(); ++i) {
    spool::v1::Envelope envelope;
    envelope.add_recipients()->set_address(absl::StrCat("r", i, "@x.example"));
    envelope.set_size_bytes(contents[i]->size_bytes());
    envelope = queue::HandedOver(std::string(16, 'o'), {i}, envelope);
    HandoffResult result =
        co_await (*session)->Give(envelope, *contents[i], absl::Seconds(5));
    course.results.push_back(std::move(result));
  }
  course.was_usable = (*session)->is_usable();
  co_await (*session)->Quit();
  co_return course;
}

class HandoffSessionTest : public ::testing::Test {
 protected:
  HandoffSessionTest() {
    options_.secret = kSecret;
    options_.helo_name = "relay.example.net";
    options_.own_spool = std::string(16, 'o');
    options_.tls_level = TlsLevel::kNone;
    options_.timeout = absl::Seconds(5);
  }

  Course Give(uint16_t port, std::vector<const queue::Content*> contents) {
    return runtime_->BlockOn(Converse(port, options_, std::move(contents)));
  }
  Course Follow(ScriptedServer::Script script) {
    ScriptedServer server({std::move(script)});
    Course course = Give(server.port(), {&content_});
    server.Finish();
    return course;
  }
  Course With(Answer answer) {
    TestTaker taker(kSecret);
    taker.AnswerWith([answer](const TestTaker::Message&) { return answer; });
    return Give(taker.port(), {&content_, &content_});
  }

  std::unique_ptr<net::Runtime> runtime_ =
      net::Runtime::Create({.reactors = 1}).value();
  HandoffOptions options_;
  const TextContent content_{"Subject: x\r\n\r\n.\r\nend"};
};

TEST_F(HandoffSessionTest, GivesMessagesByteForByte) {
  TestTaker taker(kSecret);
  const TextContent large(std::vector<std::string>(
      5, std::string(64 << 10, '\n') + std::string("\0\r.\r", 4)));
  const TextContent empty("");
  const Course course = Give(taker.port(), {&content_, &large, &empty});
  EXPECT_TRUE(course.opened.ok()) << course.opened;
  ASSERT_THAT(course.results, SizeIs(3));
  for (const HandoffResult& result : course.results) {
    EXPECT_EQ(result.kind, Kind::kAccepted) << result.text;
    EXPECT_EQ(result.text, "taken");
  }
  const auto messages = taker.messages();
  ASSERT_THAT(messages, SizeIs(3));
  EXPECT_TRUE(messages[0].is_signed && messages[1].is_signed);
  EXPECT_EQ(messages[0].content, "Subject: x\r\n\r\n.\r\nend");
  EXPECT_EQ(static_cast<int64_t>(messages[1].content.size()),
            large.size_bytes());
  EXPECT_EQ(messages[0].envelope.origins(0).queue_id(), 0u);
  EXPECT_EQ(messages[1].envelope.origins(0).queue_id(), 1u);
  EXPECT_THAT(messages[2].content, IsEmpty());
}

TEST_F(HandoffSessionTest, ARefusedMessageStays) {
  const Course course = With(Answer::kRefuse);
  ASSERT_THAT(course.results, SizeIs(2)) << "the session goes on";
  EXPECT_EQ(course.results[0].kind, Kind::kRefused);
  EXPECT_THAT(course.results[0].text, HasSubstr("451 4.3.0 not now"));
  EXPECT_TRUE(course.was_usable);
}

TEST_F(HandoffSessionTest, AfterARejectionNothingMoreIsSaid) {
  const Course course = With(Answer::kReject);
  ASSERT_THAT(course.results, SizeIs(1));
  EXPECT_EQ(course.results[0].kind, Kind::kRefused);
  EXPECT_THAT(course.results[0].text, HasSubstr("554 5.5.4 never"));
}

TEST_F(HandoffSessionTest, WithoutAReceiptItIsInDoubt) {
  const Course course = With(Answer::kVanish);
  ASSERT_THAT(course.results, SizeIs(1));
  EXPECT_EQ(course.results[0].kind, Kind::kDoubtful);
  EXPECT_FALSE(course.was_usable);
}

TEST_F(HandoffSessionTest, AReceiptOfSomebodyElseIsNone) {
  const Course course = With(Answer::kForge);
  ASSERT_THAT(course.results, SizeIs(1));
  EXPECT_EQ(course.results[0].kind, Kind::kDoubtful);
  EXPECT_THAT(course.results[0].text, HasSubstr("its receipt is not signed"));
  EXPECT_FALSE(course.was_usable);
}

TEST_F(HandoffSessionTest, APeerThatHangsIsGivenUp) {
  options_.timeout = absl::Milliseconds(100);
  const Course course = With(Answer::kHang);
  ASSERT_THAT(course.results, SizeIs(1));
  EXPECT_EQ(course.results[0].kind, Kind::kDoubtful);
}

TEST_F(HandoffSessionTest, WhatCannotBeReadIsNotGiven) {
  TestTaker taker(kSecret);
  TextContent damaged(std::vector<std::string>(4, std::string(64 << 10, 'x')));
  damaged.Lose(3);
  const Course course = Give(taker.port(), {&damaged, &content_});
  ASSERT_THAT(course.results, SizeIs(1)) << "the peer waits for the rest";
  EXPECT_EQ(course.results[0].kind, Kind::kDamaged);
  EXPECT_THAT(taker.messages(), IsEmpty());
}

TEST_F(HandoffSessionTest, GivesNothingToWhoDoesNotKnowTheSecret) {
  TestTaker taker(std::string(40, 'x'));
  const Course course = Give(taker.port(), {&content_});
  EXPECT_THAT(std::string(course.opened.message()),
              MatchesRegex("127.0.0.1:[0-9]+: it does not know our secret"));
  EXPECT_THAT(taker.messages(), IsEmpty());
}

TEST_F(HandoffSessionTest, KnowsItself) {
  TestTaker taker(kSecret, /*name=*/'o');
  EXPECT_TRUE(absl::IsAborted(Give(taker.port(), {&content_}).opened));
}

TEST_F(HandoffSessionTest, IsRefusedAtEveryStep) {
  const std::string greeting =
      absl::StrCat("> 250 2.7.0 ", std::string(32, 'a'), " ",
                   std::string(32, 'b'), " ", std::string(64, 'c'));
  struct Case {
    const char* why;
    ScriptedServer::Script script;
    const char* text;
  };
  const Case cases[] = {
      {"a greeting that refuses", {"> 554 5.7.1 go away"}, "554 5.7.1"},
      {"a greeting that is none", {"> hello"}, "protocol error"},
      {"gone before EHLO", {"> 220 mx"}, "lost connection"},
      {"EHLO refused",
       {"> 220 mx", "< EHLO", "> 550 no", "< HELO", "> 550 no"},
       "550 no"},
      {"not for us",
       {"> 220 mx", "< EHLO", "> 250 mx"},
       "does not offer XHANDOFF"},
      {"HELLO refused",
       {"> 220 mx", "< EHLO", "> 250-mx", "> 250 XHANDOFF", "< XHANDOFF HELLO",
        "> 502 5.5.1 no"},
       "502 5.5.1 no"},
      {"gone at HELLO",
       {"> 220 mx", "< EHLO", "> 250-mx", "> 250 XHANDOFF", "< XHANDOFF HELLO"},
       "connection closed"},
      {"a wrong proof",
       {"> 220 mx", "< EHLO", "> 250-mx", "> 250 XHANDOFF", "< XHANDOFF HELLO",
        greeting},
       "does not know our secret"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.why);
    const Course course = Follow(c.script);
    EXPECT_THAT(std::string(course.opened.message()), HasSubstr(c.text));
    EXPECT_THAT(course.results, IsEmpty());
  }
}

TEST_F(HandoffSessionTest, MailThatNeedsTlsIsNotGivenWithoutIt) {
  const auto context =
      net::TlsContext::CreateClient({.verify_peer = false}).value();
  options_.tls_level = TlsLevel::kEncrypt;
  options_.tls_context = context.get();
  TestTaker taker(kSecret);
  EXPECT_THAT(std::string(Give(taker.port(), {&content_}).opened.message()),
              HasSubstr("TLS is required, but was not offered"));
}

TEST_F(HandoffSessionTest, NobodyThere) {
  uint16_t port;
  {
    const TestTaker taker(kSecret);
    port = taker.port();
  }
  EXPECT_THAT(std::string(Give(port, {&content_}).opened.message()),
              HasSubstr("refused"));
}

}  // namespace
}  // namespace postern::mta::outbound
