// What both engines do with a filter that says something before the end of a
// message, or takes its time there; they must not differ.

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/milter/reply.h"
#include "lib/milter/test_engine.h"
#include "lib/net/event.h"

namespace postern::milter {
namespace {

using config::v1::MilterServer;
using ::testing::Contains;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using ::testing::Field;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using Kind = Verdict::Kind;

// The steps of EnvelopePackets() and what follows them, one at a time.
struct Step {
  Command command;
  std::string packets;
};

std::vector<Step> Steps() {
  std::vector<Step> steps(8);
  AppendConnect(
      {"mail.example.net", net::IpAddress::Parse("192.0.2.1").value(), 4711},
      steps[0].packets);
  AppendText(Command::kHelo, "mail.example.net", steps[1].packets);
  AppendPath(Command::kSender, {"a@example.net", {}, {}}, steps[2].packets);
  AppendPath(Command::kRecipient, {"b@example.org", {}, {}}, steps[3].packets);
  steps[4].packets = PacketOf(Command::kData);
  AppendHeader({"From", " a@example.net"}, steps[5].packets);
  steps[6].packets = PacketOf(Command::kEndOfHeader);
  AppendCommand(Command::kBody, "one\r\n", steps[7].packets);
  constexpr Command kCommands[] = {Command::kConnect,     Command::kHelo,
                                   Command::kSender,      Command::kRecipient,
                                   Command::kData,        Command::kHeader,
                                   Command::kEndOfHeader, Command::kBody};
  for (size_t i = 0; i < steps.size(); ++i) steps[i].command = kCommands[i];
  return steps;
}

std::string AnswerTo(const Verdict& verdict) {
  std::string packet;
  AppendVerdict(verdict, packet);
  return packet;
}

std::string PacketsOf(const std::vector<Answer>& answers) {
  std::string packets;
  for (const Answer& answer : answers) {
    AppendPacket(answer.letter, {answer.body}, packets);
  }
  return packets;
}

class EngineChecksTest : public EngineTest {
 protected:
  void CheckAll() {
    filter_.wanted.checks = {true, true, true, true, true, true, true, true};
  }

  // What is answered to a client's steps up to the one where that ends.
  std::vector<Answer> Say(Command last) {
    std::vector<Answer> answers;
    for (const Step& step : Steps()) {
      answers = end_->Exchange(step.packets, 1);
      if (step.command == last) break;
      EXPECT_THAT(answers, ElementsAre(kContinue))
          << static_cast<char>(step.command);
    }
    return answers;
  }
};

TEST_P(EngineChecksTest, NobodyIsAskedWhoDoesNotWantTo) {
  Negotiate();
  EXPECT_THAT(Deliver(), ElementsAre(kContinue));
  EXPECT_EQ(filter_.asked(), "");
}

TEST_P(EngineChecksTest, EachStepIsAskedAboutOnceAndInOrder) {
  CheckAll();
  const Options agreed = Negotiate();
  EXPECT_EQ(agreed.steps, kLeadingSpace | kNoUnknown | kSilentUnknown);
  EXPECT_THAT(Say(Command::kBody), ElementsAre(kContinue));
  EXPECT_THAT(end_->Finish(EndOfMessage()), ElementsAre(kContinue));
  EXPECT_EQ(filter_.asked(), "CHMRTLNB");
  ASSERT_TRUE(filter_.AwaitSeen(1));
  EXPECT_THAT(filter_.seen()[0].envelope.recipients, SizeIs(1));
  EXPECT_THAT(filter_.seen()[0].headers, SizeIs(1));
  EXPECT_EQ(filter_.seen()[0].body, "one\r\n");
}

TEST_P(EngineChecksTest, OneStepAloneIsAskedAbout) {
  filter_.wanted.checks.recipient = true;
  filter_.recipient_verdicts["b@example.org"] = Verdict();
  Negotiate();
  EXPECT_THAT(end_->Exchange(EnvelopePackets(), 2),
              ElementsAre(kContinue, kContinue));
  EXPECT_THAT(end_->Finish(MessagePackets() + EndOfMessage()),
              ElementsAre(kContinue));
  EXPECT_EQ(filter_.asked(), "R");  // The script has spoken for the other one.
}

TEST_P(EngineChecksTest, EveryVerdictCanBeSaidAtEveryStep) {
  CheckAll();
  Verdict lines = Verdict::Reply(450, "4.7.1", "one");
  lines.lines.push_back("100% two");
  const std::vector<Verdict> verdicts = {
      Verdict::Of(Kind::kReject),          Verdict::Of(Kind::kTempfail),
      Verdict::Of(Kind::kAccept),          Verdict::Of(Kind::kDiscard),
      Verdict::Reply(554, "5.7.1", "no"),  Verdict::Reply(421, "4.7.0", "bye"),
      Verdict::Reply(550, "", "no\r\nno"), lines};
  for (const Step& step : Steps()) {
    for (const Verdict& verdict : verdicts) {
      SCOPED_TRACE(absl::StrCat(std::string(1, static_cast<char>(step.command)),
                                " ", static_cast<int>(verdict.kind), " ",
                                verdict.code));
      const bool is_of_client =
          step.command == Command::kConnect || step.command == Command::kHelo;
      if (is_of_client && verdict.kind == Kind::kDiscard) continue;
      filter_.step_verdicts = {{step.command, verdict}};
      Negotiate();
      EXPECT_EQ(PacketsOf(Say(step.command)), AnswerTo(verdict));
    }
  }
  EXPECT_EQ(meters_.failures.Value(), 0);
}

TEST_P(EngineChecksTest, ARefusedRecipientAloneIsRefused) {
  filter_.wanted.checks.recipient = true;
  const Verdict unknown = Verdict::Reply(550, "5.1.1", "No such user");
  filter_.recipient_verdicts["b@example.org"] = unknown;
  Negotiate();
  EXPECT_EQ(PacketsOf(end_->Exchange(EnvelopePackets(), 2)),
            AnswerTo(unknown) + AnswerTo(Verdict()));
  EXPECT_THAT(end_->Finish(MessagePackets() + EndOfMessage()),
              ElementsAre(kContinue));
  ASSERT_TRUE(filter_.AwaitSeen(1));
  const std::vector<Path> recipients = filter_.seen()[0].envelope.recipients;
  ASSERT_THAT(recipients, SizeIs(1));
  EXPECT_EQ(recipients[0].address, "c@example.org");
  EXPECT_EQ(recipients[0].macros.Get("rcpt_host"), "two");
}

TEST_P(EngineChecksTest, AMessageThatIsRefusedHalfwayLeavesTheNextOneAlone) {
  filter_.wanted.checks.end_of_header = true;
  filter_.step_verdicts = {{Command::kEndOfHeader, Verdict::Of(Kind::kReject)}};
  Negotiate();
  std::string header = EnvelopePackets();
  AppendHeader({"From", " a@example.net"}, header);
  EXPECT_THAT(end_->Exchange(header + PacketOf(Command::kEndOfHeader), 1),
              ElementsAre(Answer{'r'}));
  filter_.step_verdicts.clear();
  std::string second = PacketOf(Command::kAbort);
  AppendPath(Command::kSender, {"second@example.net", {}, {}}, second);
  AppendPath(Command::kRecipient, {"b@example.org", {}, {}}, second);
  EXPECT_THAT(end_->Exchange(second + MessagePackets(), 1),
              ElementsAre(kContinue));
  EXPECT_THAT(end_->Finish(EndOfMessage()), ElementsAre(kContinue));
  ASSERT_TRUE(filter_.AwaitSeen(2));
  EXPECT_FALSE(filter_.seen()[0].is_finished);
  EXPECT_EQ(filter_.seen()[1].envelope.sender.address, "second@example.net");
  EXPECT_EQ(filter_.seen()[1].envelope.helo, "mail.example.net");
  EXPECT_TRUE(filter_.seen()[1].is_finished);
}

TEST_P(EngineChecksTest, AStepThatCannotBeDecidedAboutIsTreatedAsConfigured) {
  const struct {
    MilterServer::Failure on_failure;
    std::vector<Answer> at_step;
    std::vector<Answer> at_end;
  } cases[] = {
      {MilterServer::FAILURE_ACCEPT, {kContinue}, {kContinue}},
      {MilterServer::FAILURE_TEMPFAIL, {{'t'}}, {}},
      {MilterServer::FAILURE_REJECT, {{'r'}}, {}},
      {MilterServer::FAILURE_QUARANTINE,
       {kContinue},
       {{'q', std::string("not checked by a filter\0", 24)}, kContinue}},
  };
  filter_.wanted.quarantine = true;
  for (const Command step : {Command::kHelo, Command::kSender}) {
    filter_.wanted.checks = {};
    (step == Command::kHelo ? filter_.wanted.checks.helo
                            : filter_.wanted.checks.sender) = true;
    filter_.step_verdicts = {{step, absl::UnavailableError("no DNS")}};
    for (const auto& c : cases) {
      context_.on_failure = c.on_failure;
      Negotiate();
      EXPECT_THAT(end_->Exchange(EnvelopePackets(), 1),
                  ElementsAreArray(c.at_step));
      if (c.at_end.empty()) continue;
      EXPECT_THAT(end_->Finish(MessagePackets() + EndOfMessage()),
                  ElementsAreArray(c.at_end));
    }
  }
}

TEST_P(EngineChecksTest, AVerdictThatIsNoneIsNoDecision) {
  CheckAll();
  context_.on_failure = MilterServer::FAILURE_TEMPFAIL;
  const double before = meters_.failures.Value();
  for (const Verdict& verdict :
       {Verdict::Reply(250, "", "fine"), Verdict::Reply(550, "4.7.1", "no"),
        Verdict::Of(Kind::kDiscard)}) {
    filter_.step_verdicts = {{Command::kConnect, verdict}};
    Negotiate();
    EXPECT_THAT(Say(Command::kConnect), ElementsAre(Answer{'t'}));
  }
  EXPECT_EQ(meters_.failures.Value(), before + 3);
}

TEST_P(EngineChecksTest, AnOldServerIsToldAsWell) {
  filter_.wanted.checks.recipient = true;
  filter_.recipient_verdicts["c@example.org"] = Verdict::Of(Kind::kReject);
  EXPECT_EQ(Negotiate(2).version, 2u);
  EXPECT_THAT(
      end_->Exchange(EnvelopePackets(), 5),
      ElementsAre(kContinue, kContinue, kContinue, kContinue, Answer{'r'}));
}

TEST_P(EngineChecksTest, WhatIsRefusedIsCounted) {
  CheckAll();
  const double helos = meters_.refused_helos.Value();
  const double recipients = meters_.refused_recipients.Value();
  for (const Command step : {Command::kHelo, Command::kRecipient}) {
    filter_.step_verdicts = {{step, Verdict::Of(Kind::kReject)}};
    Negotiate();
    Say(step);
  }
  EXPECT_EQ(meters_.refused_helos.Value(), helos + 1);
  EXPECT_EQ(meters_.refused_recipients.Value(), recipients + 1);
}

TEST_P(EngineChecksTest, TheServerIsToldThatAMessageTakesLong) {
  net::Event enough;
  filter_.finish_when = &enough;
  Changes changes;
  changes.AddHeader("X-Seen", " yes");
  filter_.changes = changes;
  Negotiate();
  EXPECT_THAT(
      end_->Exchange(EnvelopePackets() + MessagePackets() + EndOfMessage(), 3),
      ElementsAreArray(std::vector<Answer>(3, {'p'})));
  enough.Set();
  std::vector<Answer> rest = end_->Finish("");
  while (!rest.empty() && rest.front() == Answer{'p'}) rest.erase(rest.begin());
  EXPECT_THAT(rest, ElementsAre(Answer{'h', std::string("X-Seen\0 yes\0", 12)},
                                kContinue));
  // And the connection is as good as before.
  filter_.finish_when = nullptr;
  EXPECT_THAT(Deliver(), Contains(kContinue));
}

TEST_P(EngineChecksTest, RejectedRecipientsAreShownToWhoWantsThem) {
  filter_.wanted.rejected_recipients = true;
  filter_.wanted.checks.recipient = true;
  filter_.wanted.macros[static_cast<size_t>(Stage::kRecipient)] = "i";
  const Options agreed = Negotiate();
  EXPECT_NE(agreed.steps & kRejectedRecipients, 0u);
  EXPECT_EQ(agreed.macros[static_cast<size_t>(Stage::kRecipient)],
            "i {rcpt_addr} {rcpt_host} {rcpt_mailer}");
  std::string packets = EnvelopePackets();
  AppendMacros(Command::kRecipient,
               std::vector<Macros::View>{{"rcpt_mailer", "error"},
                                         {"rcpt_host", "5.1.1"},
                                         {"rcpt_addr", "User unknown"}},
               packets);
  AppendPath(Command::kRecipient, {"nobody@example.org", {}, {}}, packets);
  EXPECT_THAT(end_->Exchange(packets, 3), Each(kContinue));
  EXPECT_EQ(filter_.asked(), "RR");
  EXPECT_THAT(end_->Finish(MessagePackets() + EndOfMessage()),
              ElementsAre(kContinue));
  ASSERT_TRUE(filter_.AwaitSeen(1));
  const Envelope envelope = filter_.seen()[0].envelope;
  EXPECT_THAT(envelope.recipients, SizeIs(2));
  ASSERT_THAT(envelope.rejected_recipients,
              ElementsAre(Field(&Path::address, "nobody@example.org")));
  const Macros& macros = envelope.rejected_recipients[0].macros;
  EXPECT_EQ(macros.Get("rcpt_host"), "5.1.1");
  EXPECT_EQ(macros.Get("rcpt_addr"), "User unknown");
}

TEST_P(EngineChecksTest, RejectedRecipientsAreNotAskedForUnlessWanted) {
  EXPECT_EQ(Negotiate().steps & kRejectedRecipients, 0u);
  // One that is accepted, and routed to the transport "error".
  std::string packets = EnvelopePackets();
  AppendMacros(Command::kRecipient,
               std::vector<Macros::View>{{"rcpt_mailer", "error"}}, packets);
  AppendPath(Command::kRecipient, {"late@example.org", {}, {}}, packets);
  EXPECT_THAT(end_->Finish(packets + MessagePackets() + EndOfMessage()),
              ElementsAre(kContinue));
  ASSERT_TRUE(filter_.AwaitSeen(1));
  EXPECT_THAT(filter_.seen()[0].envelope.recipients, SizeIs(3));
  EXPECT_THAT(filter_.seen()[0].envelope.rejected_recipients, IsEmpty());
}

TEST_P(EngineChecksTest, ALongReplyIsSaidWhole) {
  Negotiate();
  Changes changes;
  changes.verdict = Verdict::Reply(550, "5.7.1", "line 1");
  for (size_t i = 2; i <= 32; ++i) {
    changes.verdict.lines.push_back(absl::StrCat("line ", i));
  }
  filter_.changes = changes;
  EXPECT_EQ(PacketsOf(Deliver()), AnswerTo(changes.verdict));
}

TEST_P(EngineChecksTest, ABodyCanBeReplacedWithAnEmptyOne) {
  filter_.wanted.replace_body = true;
  Negotiate();
  Changes changes;
  changes.ReplaceBody("");
  filter_.changes = changes;
  EXPECT_THAT(Deliver(), ElementsAre(Answer{'b', ""}, kContinue));
}

INSTANTIATE_TEST_SUITE_P(Engines, EngineChecksTest, BothEngines(), EngineName);

}  // namespace
}  // namespace postern::milter
