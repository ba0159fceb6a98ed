#include "mta/queue/handed_over.h"

#include <functional>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/testing/status_matchers.h"
#include "mta/smtp/reply.h"

namespace postern::mta::queue {
namespace {

using ::postern::testing::IsOk;

const std::string kSpool(16, 's');
const std::string kOther(16, 'o');
constexpr QueueId kId = {77};

spool::v1::Envelope SomeEnvelope() {
  spool::v1::Envelope envelope;
  envelope.set_sender("a@example.net");
  envelope.add_recipients()->set_address("b@example.org");
  envelope.set_queued_us(1'700'000'000'000'000);
  envelope.set_next_attempt_us(1'700'000'300'000'000);
  envelope.set_failures(3);
  envelope.set_size_bytes(10);
  envelope.set_chunks(1);
  return envelope;
}

absl::StatusOr<spool::v1::Envelope> Parse(const spool::v1::Envelope& envelope) {
  return ParseHandedOver(envelope.SerializeAsString(), 10);
}

TEST(HandedOverTest, AnEnvelopeGoesAsItStands) {
  spool::v1::Envelope envelope = SomeEnvelope();
  envelope.set_hold(true);
  envelope.set_smtputf8(true);
  envelope.set_requiretls(true);
  envelope.set_body_8bitmime(true);
  envelope.set_delay_reported(true);
  envelope.set_dsn_return(spool::v1::RETURN_HEADERS);
  envelope.set_dsn_envelope_id("id+3D1");
  spool::v1::Recipient& recipient = *envelope.mutable_recipients(0);
  recipient.set_last_reply("450 4.2.0 later");
  recipient.set_notify_delay(true);
  recipient.set_original_recipient("rfc822;b@example.org");
  recipient.set_owner("owner-list@example.org");
  const auto parsed = Parse(HandedOver(kSpool, kId, envelope));
  ASSERT_THAT(parsed, IsOk());
  ASSERT_EQ(parsed->origins_size(), 1);
  EXPECT_EQ(parsed->origins(0).spool(), kSpool);
  EXPECT_EQ(parsed->origins(0).queue_id(), kId.number);
  EXPECT_EQ(parsed->handoffs(), 1u);
  spool::v1::Envelope rest = *parsed;
  rest.clear_origins();
  rest.clear_handoffs();
  EXPECT_EQ(rest.SerializeAsString(), envelope.SerializeAsString());
}

TEST(HandedOverTest, EveryRelayPutsItselfInFront) {
  spool::v1::Envelope envelope = SomeEnvelope();
  for (uint64_t i = 0; i < 20; ++i) {
    envelope = HandedOver(i % 2 == 0 ? kSpool : kOther, {i}, envelope);
  }
  EXPECT_EQ(envelope.handoffs(), 20u);
  ASSERT_EQ(envelope.origins_size(), kMostOrigins);
  EXPECT_EQ(envelope.origins(0).queue_id(), 19u);
  EXPECT_EQ(envelope.origins(0).spool(), kOther);
  EXPECT_EQ(envelope.origins(kMostOrigins - 1).queue_id(), 12u);
}

TEST(HandedOverTest, OtherRecipientsAreAnotherEdit) {
  const auto edit = [](spool::v1::Envelope envelope) {
    return HandedOver(kSpool, kId, std::move(envelope)).origins(0).edit();
  };
  spool::v1::Envelope later = SomeEnvelope();
  later.set_failures(9);
  later.mutable_recipients(0)->set_last_reply("451 later");
  EXPECT_EQ(edit(later), edit(SomeEnvelope()));
  spool::v1::Envelope more = SomeEnvelope();
  more.add_recipients()->set_address("c@example.org");
  EXPECT_NE(edit(more), edit(SomeEnvelope()));
  spool::v1::Envelope other = SomeEnvelope();
  other.set_sender("");
  EXPECT_NE(edit(other), edit(SomeEnvelope()));
}

TEST(HandedOverTest, AMessageDoesNotGoRoundForEver) {
  spool::v1::Envelope envelope = SomeEnvelope();
  envelope.set_handoffs(kMostHandoffs - 1);
  EXPECT_THAT(Parse(HandedOver(kSpool, kId, envelope)), IsOk());
  envelope.set_handoffs(kMostHandoffs);
  const auto parsed = Parse(HandedOver(kSpool, kId, envelope));
  EXPECT_EQ(smtp::ReplyFor(parsed.status()).ToString(),
            "451 4.4.6 Error: it was handed over too often");
}

TEST(HandedOverTest, FilesAndCommandsAreForThisMachine) {
  EXPECT_FALSE(IsForThisMachine(SomeEnvelope()));
  spool::v1::Envelope file = SomeEnvelope();
  file.mutable_recipients(0)->set_file("/var/mail/b");
  EXPECT_TRUE(IsForThisMachine(file));
  spool::v1::Envelope command = SomeEnvelope();
  command.add_recipients()->set_command("/bin/true");
  EXPECT_TRUE(IsForThisMachine(command));
}

// Also from a peer that knows the secret.
TEST(HandedOverTest, RefusesWhatNoRelayWouldHand) {
  using Envelope = spool::v1::Envelope;
  struct Case {
    const char* why;
    std::function<void(Envelope&)> change;
  };
  const Case cases[] = {
      {"no recipients", [](Envelope& e) { e.clear_recipients(); }},
      {"nobody", [](Envelope& e) { e.add_recipients(); }},
      {"a line end in a recipient",
       [](Envelope& e) {
         e.add_recipients()->set_address("b@example.org>\r\nDATA");
       }},
      {"a NUL in the sender",
       [](Envelope& e) { e.set_sender(std::string("a\0b", 3)); }},
      {"a line end in a reply",
       [](Envelope& e) { e.mutable_recipients(0)->set_last_reply("450\nX"); }},
      {"a line end in HELO", [](Envelope& e) { e.set_helo_name("a\nb"); }},
      {"endless text",
       [](Envelope& e) { e.set_session(std::string(70'000, 'x')); }},
      {"another size", [](Envelope& e) { e.set_size_bytes(11); }},
      {"no time", [](Envelope& e) { e.set_queued_us(0); }},
      {"no origin", [](Envelope& e) { e.clear_origins(); }},
      {"a nameless spool",
       [](Envelope& e) { e.mutable_origins(0)->set_spool("x"); }},
      {"too many origins",
       [](Envelope& e) {
         for (int i = 0; i < kMostOrigins; ++i) {
           *e.add_origins() = e.origins(0);
         }
       }},
      {"the edit of another",
       [](Envelope& e) { e.mutable_origins(0)->set_edit(1); }},
      {"a command",
       [](Envelope& e) { e.mutable_recipients(0)->set_command("/bin/sh"); }},
      {"a file",
       [](Envelope& e) { e.mutable_recipients(0)->set_file("/etc/cron.d/x"); }},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.why);
    Envelope envelope = HandedOver(kSpool, kId, SomeEnvelope());
    c.change(envelope);
    const auto parsed = Parse(envelope);
    ASSERT_FALSE(parsed.ok());
    EXPECT_EQ(smtp::ReplyFor(parsed.status()).code, 554);
  }
  EXPECT_FALSE(ParseHandedOver("\xff\xff\xff", 10).ok());
  EXPECT_FALSE(ParseHandedOver("", 0).ok());
}

TEST(HandedOverTest, WhatALaterRelayAddsIsKept) {
  const spool::v1::Envelope envelope = HandedOver(kSpool, kId, SomeEnvelope());
  // Field 1000, a varint, of which this program does not know.
  const std::string later = envelope.SerializeAsString() + "\xc0\x3e\x07";
  const auto parsed = ParseHandedOver(later, 10);
  ASSERT_THAT(parsed, IsOk());
  EXPECT_EQ(parsed->SerializeAsString(), later);
}

}  // namespace
}  // namespace postern::mta::queue
