#include "mta/server/handoff_reception.h"

#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/base/file.h"
#include "mta/queue/envelope.h"
#include "mta/queue/handed_over.h"
#include "mta/server/test_server.h"
#include "mta/smtp/handoff.h"

namespace postern::mta::server {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;
using CommandKind = smtp::HandoffCommand::Kind;

const std::string kSecret(40, 's');
const std::string kOrigin(16, 'o');
const std::string kContent =
    "Subject: x\r\n\r\n.\r\n\nbare and binary \x01\xff";

class HandoffReceptionTest : public TestServer {
 protected:
  void StartTaking(absl::string_view more = "") {
    const std::string file = dir_.path() + "/secret";
    ASSERT_TRUE(WriteFile(file, kSecret + "\n").ok());
    Start(absl::StrCat("handoff: {networks: [127.0.0.1], secret_file: ", file,
                       "}\nqueue: {queue_minfree: 1}\n", more));
  }

  double Received(const char* result) {
    return registry_
        .AddCounter("postern_mta_handoff_received_total", "",
                    {{"result", result}})
        .Value();
  }

  spool::v1::Envelope SomeEnvelope(uint64_t id = 7) const {
    spool::v1::Envelope envelope;
    envelope.set_sender("a@example.net");
    spool::v1::Recipient& recipient = *envelope.add_recipients();
    recipient.set_address("nobody@unknown.example");
    recipient.set_last_reply("450 4.2.0 later");
    envelope.set_queued_us(absl::ToUnixMicros(clock_.Now() - absl::Hours(30)));
    envelope.set_next_attempt_us(
        absl::ToUnixMicros(clock_.Now() + absl::Hours(1)));
    envelope.set_failures(9);
    envelope.set_size_bytes(static_cast<int64_t>(kContent.size()));
    return queue::HandedOver(kOrigin, {id}, envelope);
  }
};

// The relay that gives.
class Giver {
 public:
  explicit Giver(const net::Endpoint& endpoint,
                 const std::string& secret = kSecret)
      : client_(endpoint) {
    client_.Reply();
    offer_ = client_.Say("EHLO peer.example");
    const std::string nonce(16, 'n');
    const std::string greeting =
        Say({.kind = CommandKind::kHello, .value = nonce});
    const auto read = smtp::ParseGreeting(smtp::Reply::Parse(greeting).value());
    if (!read) return;
    key_.emplace(secret,
                 smtp::HandoffKey::Session{.client_nonce = nonce,
                                           .server_nonce = read->server_nonce,
                                           .server_name = read->server_name,
                                           .binding = ""});
    knows_us_ = key_->IsServerProof(read->proof);
  }

  std::string Prove() {
    return Say({.kind = CommandKind::kProof, .value = key_->ClientProof()});
  }
  std::string Say(const smtp::HandoffCommand& command) {
    client_.Send(smtp::FormatHandoff(command));
    return client_.Reply();
  }

  std::string Wire(const spool::v1::Envelope& envelope,
                   const std::string& content = kContent) {
    const std::string bytes = envelope.SerializeAsString();
    const smtp::HandoffCommand command = {
        .kind = CommandKind::kMessage,
        .envelope_bytes = static_cast<int64_t>(bytes.size()),
        .content_bytes = static_cast<int64_t>(content.size())};
    net::KeyedDigest digest = key_->BeginMessage(
        ++number_, command.envelope_bytes, command.content_bytes);
    digest.Add(bytes);
    digest.Add(content);
    return absl::StrCat(smtp::FormatHandoff(command), bytes, content,
                        digest.Finish());
  }
  // Returns the queue id if the receipt is signed, else what was said.
  std::string Give(const std::string& wire) {
    client_.Send(wire);
    const std::string reply = client_.Reply();
    const auto parsed = smtp::Reply::Parse(reply);
    if (!parsed.ok()) return reply;
    const auto receipt = smtp::ParseReceipt(*parsed);
    if (!receipt) return reply;
    return receipt->signature ==
                   key_->SignatureOfReceipt(number_, receipt->queue_id)
               ? receipt->queue_id
               : "forged";
  }

  TestClient& client() { return client_; }
  bool knows_us() const { return knows_us_; }
  const std::string& offer() const { return offer_; }

 private:
  TestClient client_;
  std::string offer_;
  std::optional<smtp::HandoffKey> key_;
  bool knows_us_ = false;
  uint64_t number_ = 0;
};

TEST_F(HandoffReceptionTest, TakesAMessageAsItStands) {
  StartTaking("smtpd_recipient_restrictions: [reject]\n");
  Giver giver(endpoint());
  EXPECT_THAT(giver.offer(), HasSubstr("XHANDOFF"));
  EXPECT_TRUE(giver.knows_us());
  EXPECT_EQ(giver.Prove(), "250 2.7.0 Ok");
  const spool::v1::Envelope envelope = SomeEnvelope();
  const std::string id = giver.Give(giver.Wire(envelope));
  ASSERT_THAT(messages(), SizeIs(1));
  EXPECT_EQ(messages()[0].content, kContent);
  spool::v1::Envelope stored = messages()[0].envelope;
  EXPECT_EQ(stored.chunks(), 1u);
  stored.clear_chunks();
  EXPECT_EQ(stored.SerializeAsString(), envelope.SerializeAsString());
  const auto parsed = queue::QueueId::Parse(id);
  ASSERT_TRUE(parsed.ok()) << id;
  EXPECT_TRUE(spool_->ReadEnvelope(*parsed).ok());
  EXPECT_EQ(Received("accepted"), 1);
  EXPECT_EQ(giver.client().Say("QUIT"), "221 2.0.0 Bye");
}

TEST_F(HandoffReceptionTest, ManyComeOneAfterTheOtherOfAnySize) {
  StartTaking();
  Giver giver(endpoint());
  giver.Prove();
  for (uint64_t i = 0; i < 5; ++i) {
    const std::string content(i * 50'000, static_cast<char>('a' + i));
    spool::v1::Envelope envelope = SomeEnvelope(i);
    envelope.set_size_bytes(static_cast<int64_t>(content.size()));
    const std::string id = giver.Give(giver.Wire(envelope, content));
    const auto parsed = queue::QueueId::Parse(id);
    ASSERT_TRUE(parsed.ok()) << id;
    const auto stored = spool_->ReadEnvelope(*parsed);
    ASSERT_TRUE(stored.ok());
    EXPECT_EQ(stored->chunks(), i == 0 ? 1 : (content.size() - 1) / 65536 + 1);
  }
  EXPECT_THAT(messages(), SizeIs(5));
}

// The receipt was lost.
TEST_F(HandoffReceptionTest, WhatComesAgainIsNotThereTwice) {
  StartTaking();
  std::string first;
  {
    Giver giver(endpoint());
    giver.Prove();
    first = giver.Give(giver.Wire(SomeEnvelope()));
  }
  Giver giver(endpoint());
  giver.Prove();
  EXPECT_EQ(giver.Give(giver.Wire(SomeEnvelope())), first);
  EXPECT_THAT(messages(), SizeIs(1));
  EXPECT_EQ(Received("known"), 1);
  EXPECT_NE(giver.Give(giver.Wire(SomeEnvelope(8))), first);
  EXPECT_THAT(messages(), SizeIs(2));
}

TEST_F(HandoffReceptionTest, IsOfferedOnlyToThoseWhoMay) {
  Start("");
  TestClient client(endpoint());
  client.Reply();
  EXPECT_THAT(client.Say("EHLO peer.example"), Not(HasSubstr("XHANDOFF")));
  EXPECT_EQ(client.Say("XHANDOFF HELLO 00112233445566778899aabbccddeeff"),
            "502 5.5.1 Error: command not implemented");
  client.Send("XHANDOFF MESSAGE 1 1\r\n");
  EXPECT_THAT(client.Reply(), StartsWith("502"));
  EXPECT_EQ(client.Reply(), "closed");
}

TEST_F(HandoffReceptionTest, WhoDoesNotKnowTheSecretGivesNothing) {
  StartTaking();
  Giver giver(endpoint(), std::string(40, 'x'));
  EXPECT_FALSE(giver.knows_us()) << "nor does he take us for one of his";
  EXPECT_THAT(giver.Prove(), StartsWith("535 5.7.8"));
  EXPECT_EQ(giver.client().Reply(), "closed");
  EXPECT_EQ(Received("forged"), 1);
}

TEST_F(HandoffReceptionTest, NothingIsTakenBeforeTheProof) {
  StartTaking();
  Giver giver(endpoint());
  giver.client().Send(giver.Wire(SomeEnvelope()));
  EXPECT_THAT(giver.client().Reply(), StartsWith("530 5.7.0"));
  EXPECT_EQ(giver.client().Reply(), "closed");
  EXPECT_THAT(messages(), IsEmpty());
}

TEST_F(HandoffReceptionTest, AProofOfAnotherSessionIsNone) {
  StartTaking();
  Giver one(endpoint());
  Giver other(endpoint());
  EXPECT_EQ(one.Prove(), "250 2.7.0 Ok");
  // HELLO again: what was proved is forgotten.
  one.Say({.kind = CommandKind::kHello, .value = std::string(16, 'n')});
  one.client().Send(one.Wire(SomeEnvelope()));
  EXPECT_THAT(one.client().Reply(), StartsWith("530"));
  EXPECT_THAT(messages(), IsEmpty());
}

TEST_F(HandoffReceptionTest, NothingIsLeftOfWhatWasChangedOnTheWay) {
  StartTaking();
  // In the signature, in the content, and in the envelope.
  for (const size_t from_end : {size_t{0}, size_t{40}, kContent.size() + 50}) {
    SCOPED_TRACE(from_end);
    Giver giver(endpoint());
    giver.Prove();
    std::string wire = giver.Wire(SomeEnvelope());
    wire[wire.size() - 1 - from_end] ^= 1;
    EXPECT_THAT(giver.Give(wire), StartsWith("554 5.7.0"));
    EXPECT_EQ(giver.client().Reply(), "closed");
  }
  EXPECT_THAT(messages(), IsEmpty());
  // It may come as it should.
  Giver giver(endpoint());
  giver.Prove();
  giver.Give(giver.Wire(SomeEnvelope()));
  EXPECT_THAT(messages(), SizeIs(1));
}

TEST_F(HandoffReceptionTest, AMessageIsNotTakenTwiceFromOneTape) {
  StartTaking();
  Giver giver(endpoint());
  giver.Prove();
  const std::string wire = giver.Wire(SomeEnvelope());
  giver.Give(wire);
  EXPECT_THAT(giver.Give(wire), StartsWith("554")) << "signed for the first";
  EXPECT_THAT(messages(), SizeIs(1));
}

TEST_F(HandoffReceptionTest, WhoGoesInTheMiddleLeavesNothing) {
  StartTaking();
  const std::string whole = [&] {
    Giver giver(endpoint());
    giver.Prove();
    return giver.Wire(SomeEnvelope());
  }();
  for (const size_t bytes :
       {size_t{10}, size_t{60}, whole.size() - 40, whole.size() - 1}) {
    SCOPED_TRACE(bytes);
    Giver giver(endpoint());
    giver.Prove();
    giver.client().Send(giver.Wire(SomeEnvelope()).substr(0, bytes));
    giver.client().Finish();
    EXPECT_EQ(giver.client().Reply(), "closed");
  }
  EXPECT_THAT(messages(), IsEmpty());
  Giver giver(endpoint());
  giver.Prove();
  giver.Give(giver.Wire(SomeEnvelope()));
  EXPECT_THAT(messages(), SizeIs(1)) << "nobody claims it any more";
}

TEST_F(HandoffReceptionTest, RefusesAnEnvelopeThatIsNone) {
  StartTaking();
  Giver giver(endpoint());
  giver.Prove();
  spool::v1::Envelope envelope = SomeEnvelope();
  envelope.mutable_recipients(0)->set_command("/bin/sh");
  EXPECT_EQ(giver.Give(giver.Wire(envelope)),
            "554 5.5.4 Error: files and commands stay where they are");
  envelope.Clear();
  EXPECT_THAT(giver.Give(giver.Wire(envelope)), StartsWith("554 5.5.4"));
  // The session is in step all the same.
  EXPECT_THAT(giver.Give(giver.Wire(SomeEnvelope())),
              MatchesRegex("[0-9a-z]{13}"));
  EXPECT_EQ(Received("refused"), 2);
}

TEST_F(HandoffReceptionTest, NoMessageIsFromTheFuture) {
  StartTaking();
  Giver giver(endpoint());
  giver.Prove();
  spool::v1::Envelope envelope = SomeEnvelope();
  envelope.set_queued_us(absl::ToUnixMicros(clock_.Now() + absl::Hours(9)));
  giver.Give(giver.Wire(envelope));
  ASSERT_THAT(messages(), SizeIs(1));
  EXPECT_EQ(queue::QueuedTime(messages()[0].envelope), clock_.Now());
}

TEST_F(HandoffReceptionTest, OneThatWentRoundTooOftenIsNotTaken) {
  StartTaking();
  Giver giver(endpoint());
  giver.Prove();
  spool::v1::Envelope envelope = SomeEnvelope();
  envelope.set_handoffs(queue::kMostHandoffs + 1);
  EXPECT_EQ(giver.Give(giver.Wire(envelope)),
            "451 4.4.6 Error: it was handed over too often");
}

TEST_F(HandoffReceptionTest, TooMuchIsNotEvenRead) {
  StartTaking("message_size_limit: 1MiB\n");
  for (const smtp::HandoffCommand& command :
       {smtp::HandoffCommand{.kind = CommandKind::kMessage,
       .envelope_bytes = smtp::kMaxEnvelopeBytes + 1},
        smtp::HandoffCommand{.kind = CommandKind::kMessage,
        .envelope_bytes = 1,
        .content_bytes = int64_t{1} << 62}}) {
    Giver giver(endpoint());
    giver.Prove();
    EXPECT_EQ(giver.Say(command), "552 5.3.4 Error: message too big");
    EXPECT_EQ(giver.client().Reply(), "closed");
  }
}

TEST_F(HandoffReceptionTest, ARelayThatStopsTakesNothing) {
  StartTaking();
  Giver giver(endpoint());
  giver.Prove();
  drain_.Announce();
  EXPECT_EQ(giver.Give(giver.Wire(SomeEnvelope())),
            "451 4.3.2 Error: this relay is stopping as well");
  EXPECT_THAT(messages(), IsEmpty());
}

TEST_F(HandoffReceptionTest, AFullDiskTakesNothing) {
  minfree_bytes_ = int64_t{1} << 60;
  StartTaking();
  Giver giver(endpoint());
  giver.Prove();
  EXPECT_THAT(giver.Give(giver.Wire(SomeEnvelope())), StartsWith("452 4.3.1"));
}

TEST_F(HandoffReceptionTest, ItIsNoPartOfATransaction) {
  StartTaking("relay_domains: [example.org]\n");
  Giver giver(endpoint());
  giver.Prove();
  EXPECT_EQ(giver.client().Say("MAIL FROM:<>"), "250 2.1.0 Ok");
  EXPECT_THAT(
      giver.Say({.kind = CommandKind::kHello, .value = std::string(16, 'n')}),
      StartsWith("503 5.5.1"));
  giver.client().Send(giver.Wire(SomeEnvelope()));
  EXPECT_THAT(giver.client().Reply(), StartsWith("503 5.5.1"));
  EXPECT_EQ(giver.client().Reply(), "closed");
}

}  // namespace
}  // namespace postern::mta::server
