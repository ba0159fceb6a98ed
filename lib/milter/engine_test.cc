// What both engines do, seen from the wire: they must not differ.

#include <optional>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/milter/reply.h"
#include "lib/milter/scripted_filter.h"
#include "lib/milter/test_engine.h"
#include "lib/milter/test_server_end.h"

namespace postern::milter {
namespace {

using config::v1::MilterServer;
using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::SizeIs;

const Answer kAccept = {'a'};

TEST_P(EngineTest, AsksForWhatTheFilterNeedsAndNoMore) {
  filter_.wanted.macros[static_cast<size_t>(Stage::kSender)] =
      "i {auth_authen}";
  const Options agreed = Negotiate();
  const Options offer{6, ActionsOf(6), StepsOf(6)};
  EXPECT_EQ(agreed, AnswerOffer(filter_.wanted, offer).value());
}

TEST_P(EngineTest, ShowsTheMessageAsItIs) {
  Negotiate();
  EXPECT_THAT(Deliver(), ElementsAre(kContinue));
  ASSERT_TRUE(filter_.AwaitSeen(1));
  const ScriptedFilter::Seen seen = filter_.seen()[0];
  EXPECT_EQ(seen.envelope.client_name, "mail.example.net");
  EXPECT_EQ(seen.envelope.client_address->ToString(), "192.0.2.1");
  EXPECT_EQ(seen.envelope.client_port, 4711);
  EXPECT_EQ(seen.envelope.helo, "mail.example.net");
  EXPECT_EQ(seen.envelope.sender.address, "a@example.net");
  EXPECT_THAT(seen.envelope.sender.arguments, ElementsAre("SIZE=100"));
  ASSERT_THAT(seen.envelope.recipients, SizeIs(2));
  EXPECT_EQ(seen.envelope.recipients[0].address, "b@example.org");
  EXPECT_THAT(seen.envelope.recipients[0].arguments,
              ElementsAre("NOTIFY=NEVER"));
  EXPECT_EQ(seen.envelope.recipients[0].macros.Get("rcpt_host"), "one");
  EXPECT_EQ(seen.envelope.recipients[1].macros.Get("rcpt_host"), "two");
  EXPECT_THAT(seen.headers,
              ElementsAre(Pair("From", " a@example.net"),
                          Pair("Subject", "  two spaces\n\tfolded "),
                          Pair("X-Empty", "")));
  EXPECT_EQ(seen.ends_of_header, 1);
  EXPECT_EQ(seen.body, "one\r\ntwo\r\n");
  EXPECT_TRUE(seen.is_finished);
}

TEST_P(EngineTest, TellsTheMacros) {
  Negotiate();
  std::string last;
  AppendMacros(Command::kEndOfMessage,
               std::vector<Macros::View>{{"msg_id", "<1@x>"}}, last);
  end_->Finish(EnvelopePackets() + MessagePackets() + last + EndOfMessage());
  ASSERT_TRUE(filter_.AwaitSeen(1));
  const ScriptedFilter::Seen seen = filter_.seen()[0];
  EXPECT_EQ(seen.envelope.macros.Get("j"), "mx.example.org");
  EXPECT_EQ(seen.envelope.macros.Get("daemon_name"), "mx");
  EXPECT_EQ(seen.envelope.macros.Get("tls_version"), "TLSv1.3");
  EXPECT_EQ(seen.envelope.macros.Get("auth_authen"), "ann");
  EXPECT_EQ(seen.envelope.queue_id(), "4FzQ");
  EXPECT_EQ(seen.macros.Get("msg_id"), "<1@x>");
}

TEST_P(EngineTest, SaysEveryChangeInItsOrderThenTheVerdict) {
  filter_.wanted.change_sender = filter_.wanted.add_recipients =
      filter_.wanted.delete_recipients = filter_.wanted.replace_body =
          filter_.wanted.quarantine = true;
  const Options agreed = Negotiate();
  Changes changes;
  changes.DeleteHeader("X-Empty", 1);
  changes.ChangeHeader("Subject", 1, " new");
  changes.InsertHeader(0, "X-First", " 100% \n\tfolded");
  changes.AddHeader("X-Last", "");
  changes.ChangeSender("d@example.net", "RET=HDRS");
  changes.ChangeSender("");
  changes.AddRecipient("e@example.org");
  changes.AddRecipient("f@example.org", "NOTIFY=NEVER");
  changes.DeleteRecipient("b@example.org");
  changes.ReplaceBody(std::string(70'000, 'x'));
  changes.Quarantine("why");
  changes.verdict = Verdict::Of(Verdict::Kind::kAccept);
  filter_.changes = changes;
  const std::vector<Answer> answers = Deliver();
  std::string want;
  for (const Change& change : changes.list())
    AppendChange(change, agreed, want);
  AppendVerdict(changes.verdict, want);
  std::string got;
  for (const Answer& answer : answers) {
    AppendPacket(answer.letter, {answer.body}, got);
  }
  EXPECT_EQ(got, want);
}

TEST_P(EngineTest, SaysEveryVerdict) {
  Negotiate();
  Verdict lines = Verdict::Reply(450, "4.7.1", "one");
  lines.lines.push_back("two");
  using Kind = Verdict::Kind;
  for (const Verdict& verdict :
       {Verdict::Of(Kind::kContinue), Verdict::Of(Kind::kAccept),
        Verdict::Of(Kind::kDiscard), Verdict::Of(Kind::kReject),
        Verdict::Of(Kind::kTempfail), Verdict::Reply(550, "5.7.1", "100% no"),
        Verdict::Reply(554, "", "no"), lines}) {
    Changes changes;
    changes.verdict = verdict;
    filter_.changes = changes;
    const std::vector<Answer> answers = Deliver();
    ASSERT_THAT(answers, SizeIs(1));
    const auto reply = ParseReply({answers[0].letter, answers[0].body}, {});
    ASSERT_TRUE(reply.ok()) << answers[0];
    EXPECT_EQ(reply->verdict, verdict) << answers[0];
  }
}

TEST_P(EngineTest, INJ15_AttackersTextStaysOneLine) {
  Negotiate();
  Changes changes;
  changes.verdict = Verdict::Reply(
      550, "5.7.1", "virus %s\r\n250 \xff" + std::string(999, 'x'));
  filter_.changes = changes;
  EXPECT_THAT(Deliver(), ElementsAre(Answer{
                             'y', std::string("550 5.7.1 virus %%s??250 ?") +
                                      std::string(497, 'x') + '\0'}));
}

TEST_P(EngineTest, INJ14_AttackersHeaderStaysOneField) {
  Negotiate();
  Changes changes;
  changes.AddHeader("X", std::string(" a\r\nBcc: x@y\r\n\r\nbody\0\r", 22));
  filter_.changes = changes;
  EXPECT_THAT(
      Deliver(),
      ElementsAre(Answer{'h', std::string("X\0 a Bcc: x@y  body\0", 20)},
                  kContinue));
}

TEST_P(EngineTest, INJ14_ShowsOddHeadersWhole) {
  Negotiate();
  std::string packets = EnvelopePackets();
  const std::string large(100'000, 'x');
  AppendHeader({"X:", "\rbare\nends\xff"}, packets);
  AppendHeader({"", " no name"}, packets);
  AppendHeader({"X-Large", large}, packets);
  for (int i = 0; i < 10'000; ++i) AppendHeader({"X-Many", "1"}, packets);
  if (GetParam() == MilterServer::ENGINE_LIBMILTER) {
    GTEST_SKIP() << "libmilter takes no packet beyond 64 KiB";
  }
  EXPECT_THAT(end_->Finish(packets + EndOfMessage()), ElementsAre(kContinue));
  ASSERT_TRUE(filter_.AwaitSeen(1));
  const ScriptedFilter::Seen seen = filter_.seen()[0];
  ASSERT_THAT(seen.headers, SizeIs(10'003));
  EXPECT_THAT(seen.headers[0], Pair("X:", "\rbare\nends\xff"));
  EXPECT_THAT(seen.headers[1], Pair("", " no name"));
  EXPECT_THAT(seen.headers[2], Pair("X-Large", large));
}

TEST_P(EngineTest, DoesWhatTheConfigurationSaysWhenTheFilterCannotDecide) {
  const struct {
    MilterServer::Failure on_failure;
    std::vector<Answer> want;
  } cases[] = {
      {MilterServer::FAILURE_ACCEPT, {kContinue}},
      {MilterServer::FAILURE_TEMPFAIL, {{'t'}}},
      {MilterServer::FAILURE_REJECT, {{'r'}}},
      {MilterServer::FAILURE_QUARANTINE,
       {{'q', std::string("not checked by a filter\0", 24)}, kContinue}},
  };
  filter_.wanted.quarantine = true;
  Negotiate();
  filter_.changes = absl::UnavailableError("no DNS");
  const double before = meters_.failures.Value();
  for (const auto& c : cases) {
    context_.on_failure = c.on_failure;
    EXPECT_THAT(Deliver(), ElementsAreArray(c.want)) << c.on_failure;
  }
  EXPECT_EQ(meters_.failures.Value(), before + 4);
}

TEST_P(EngineTest, MakesNoChangeWhenOneCannotBeMade) {
  Negotiate();
  context_.on_failure = MilterServer::FAILURE_TEMPFAIL;
  Changes changes;
  changes.AddHeader("X-Good", " 1");
  changes.ReplaceBody("not asked for");
  filter_.changes = changes;
  EXPECT_THAT(Deliver(), ElementsAre(Answer{'t'}));
}

TEST_P(EngineTest, AsksForQuarantineWhenAFailureMayNeedIt) {
  context_.on_failure = MilterServer::FAILURE_QUARANTINE;
  EXPECT_EQ(Negotiate().actions, kAddHeaders | kChangeHeaders | kQuarantine);
}

TEST_P(EngineTest, AcceptsAMessageThatIsDeclinedBeforeItsHeader) {
  filter_.wanted.may_decline = true;
  filter_.declined_sender = "declined@example.net";
  const double before = meters_.declined.Value();
  Negotiate();
  EXPECT_THAT(end_->Exchange(EnvelopePackets("declined@example.net") +
                                 PacketOf(Command::kData),
                             1),
              ElementsAre(kAccept));
  // The connection goes on with another message.
  EXPECT_THAT(end_->Exchange(EnvelopePackets() + PacketOf(Command::kData), 1),
              ElementsAre(kContinue));
  EXPECT_THAT(end_->Finish(MessagePackets() + EndOfMessage()),
              ElementsAre(kContinue));
  ASSERT_TRUE(filter_.AwaitSeen(1));
  EXPECT_THAT(filter_.seen(), SizeIs(1));
  EXPECT_EQ(meters_.declined.Value(), before + 1);
}

TEST_P(EngineTest, ADeclinedMessageMayAlsoBeAcceptedAtItsEnd) {
  filter_.declined_sender = "a@example.net";
  Negotiate();
  EXPECT_THAT(Deliver(), ElementsAre(kAccept));
  EXPECT_THAT(filter_.seen(), IsEmpty());
}

TEST_P(EngineTest, SkipsTheBodyThatIsNotWanted) {
  filter_.wanted.may_skip_body = true;
  filter_.body_limit = 8;
  Negotiate();
  std::string chunk;
  AppendCommand(Command::kBody, "12345\r\n", chunk);
  EXPECT_THAT(
      end_->Exchange(
          EnvelopePackets() + PacketOf(Command::kEndOfHeader) + chunk, 1),
      ElementsAre(kContinue));
  EXPECT_THAT(end_->Exchange(chunk, 1), ElementsAre(Answer{'s'}));
  EXPECT_THAT(end_->Finish(EndOfMessage()), ElementsAre(kContinue));
  ASSERT_TRUE(filter_.AwaitSeen(1));
  EXPECT_EQ(filter_.seen()[0].body, "12345\r\n12345\r\n");
}

TEST_P(EngineTest, AnswersAnOldServerStepByStep) {
  EXPECT_EQ(Negotiate(2).version, 2u);
  // Connection, HELO, MAIL, two RCPT, three header fields and their end, two
  // chunks.
  EXPECT_THAT(end_->Exchange(EnvelopePackets() + MessagePackets(), 11),
              ElementsAreArray(std::vector<Answer>(11, kContinue)));
  Changes changes;
  changes.AddHeader("X", " v");
  filter_.changes = changes;
  EXPECT_THAT(end_->Finish(EndOfMessage()),
              ElementsAre(Answer{'h', std::string("X\0v\0", 4)}, kContinue));
  // Such a server takes the space before the text off itself.
  ASSERT_TRUE(filter_.AwaitSeen(1));
  EXPECT_THAT(filter_.seen()[0].headers[0], Pair("From", "  a@example.net"));
}

TEST_P(EngineTest, TakesOneMessageAfterTheOther) {
  Negotiate();
  EXPECT_THAT(Deliver(), ElementsAre(kContinue));
  std::string second;
  AppendPath(Command::kSender, {"second@example.net", {}, {}}, second);
  AppendPath(Command::kRecipient, {"b@example.org", {}, {}}, second);
  EXPECT_THAT(end_->Finish(second + MessagePackets() + EndOfMessage()),
              ElementsAre(kContinue));
  ASSERT_TRUE(filter_.AwaitSeen(2));
  const ScriptedFilter::Seen seen = filter_.seen()[1];
  EXPECT_EQ(seen.envelope.helo, "mail.example.net");
  EXPECT_EQ(seen.envelope.sender.address, "second@example.net");
  EXPECT_THAT(seen.envelope.recipients, SizeIs(1));
}

TEST_P(EngineTest, ForgetsAMessageThatIsAborted) {
  Negotiate();
  end_->Exchange(
      EnvelopePackets() + MessagePackets() + PacketOf(Command::kAbort), 0);
  EXPECT_THAT(Deliver(), ElementsAre(kContinue));
  ASSERT_TRUE(filter_.AwaitSeen(2));
  EXPECT_FALSE(filter_.seen()[0].is_finished);
  EXPECT_TRUE(filter_.seen()[1].is_finished);
  EXPECT_THAT(filter_.seen()[1].headers, SizeIs(3));
}

TEST_P(EngineTest, TakesOneClientAfterTheOther) {
  Negotiate();
  EXPECT_THAT(Deliver(), ElementsAre(kContinue));
  std::string next = PacketOf(Command::kQuitNewConnection);
  AppendConnect({"other.example.net", std::nullopt, 0}, next);
  AppendPath(Command::kSender, {"", {}, {}}, next);
  AppendPath(Command::kRecipient, {"b@example.org", {}, {}}, next);
  EXPECT_THAT(end_->Finish(next + MessagePackets() + EndOfMessage()),
              ElementsAre(kContinue));
  ASSERT_TRUE(filter_.AwaitSeen(2));
  const Envelope envelope = filter_.seen()[1].envelope;
  EXPECT_EQ(envelope.client_name, "other.example.net");
  EXPECT_EQ(envelope.client_address, std::nullopt);
  EXPECT_EQ(envelope.helo, "");
  EXPECT_EQ(envelope.macros.Get("j"), "");
  EXPECT_EQ(envelope.sender.address, "");
}

TEST_P(EngineTest, EndsWhenTheServerIsDone) {
  Negotiate();
  EXPECT_THAT(end_->Exchange(PacketOf(Command::kQuit), 1), IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(Engines, EngineTest, BothEngines(), EngineName);

}  // namespace
}  // namespace postern::milter
