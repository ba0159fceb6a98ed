#include "mta/filters/envelope_edit.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace postern::mta::filters {
namespace {

using ::testing::ElementsAre;
using Change = FilteredMessage::EnvelopeChange;
using Kind = Change::Kind;

spool::v1::Envelope Usual() {
  spool::v1::Envelope envelope;
  envelope.set_sender("from@example.org");
  envelope.add_recipients()->set_address("One@Example.org");
  envelope.add_recipients()->set_address("two@example.org");
  return envelope;
}

std::vector<std::string> Recipients(const spool::v1::Envelope& envelope) {
  std::vector<std::string> addresses;
  for (const auto& one : envelope.recipients()) {
    addresses.push_back(one.address());
  }
  return addresses;
}

TEST(EnvelopeEditTest, AddsAndDeletesRecipients) {
  spool::v1::Envelope envelope = Usual();
  ApplyToEnvelope({{Kind::kAddRecipient, "<three@example.org>", ""},
                   {Kind::kAddRecipient, "two@EXAMPLE.org", ""},
                   {Kind::kDeleteRecipient, "<One@example.ORG>", ""},
                   {Kind::kDeleteRecipient, "nobody@example.org", ""}},
                  envelope);
  EXPECT_THAT(Recipients(envelope),
              ElementsAre("two@example.org", "three@example.org"));
}

// RFC 5321 section 2.4: only the host of an address knows its local part.
TEST(EnvelopeEditTest, LocalPartsAreComparedAsTheyAre) {
  spool::v1::Envelope envelope = Usual();
  ApplyToEnvelope({{Kind::kDeleteRecipient, "one@example.org", ""}}, envelope);
  EXPECT_EQ(envelope.recipients_size(), 2);
}

TEST(EnvelopeEditTest, ArgumentsAskForReports) {
  spool::v1::Envelope envelope = Usual();
  ApplyToEnvelope({{Kind::kSender, "<new@example.org>", "RET=HDRS ENVID=id"},
                   {Kind::kAddRecipient, "<x@example.org>", "NOTIFY=NEVER"},
                   {Kind::kAddRecipient, "<y@example.org>", "NONSENSE=1"}},
                  envelope);
  EXPECT_EQ(envelope.sender(), "new@example.org");
  EXPECT_EQ(envelope.dsn_return(), spool::v1::RETURN_HEADERS);
  EXPECT_EQ(envelope.dsn_envelope_id(), "id");
  EXPECT_TRUE(envelope.recipients(2).notify_never());
  EXPECT_EQ(envelope.recipients(3).address(), "y@example.org");
}

TEST(EnvelopeEditTest, TheSenderMayBecomeNobody) {
  spool::v1::Envelope envelope = Usual();
  ApplyToEnvelope({{Kind::kSender, "<>", ""}}, envelope);
  EXPECT_EQ(envelope.sender(), "");
}

// MTA-28: a filter can name anything.
TEST(EnvelopeEditTest, WhatIsNoAddressIsLeftOut) {
  spool::v1::Envelope envelope = Usual();
  ApplyToEnvelope({{Kind::kAddRecipient, "<a b@c>", ""},
                   {Kind::kAddRecipient, "", ""},
                   {Kind::kSender, "<\x01@x>", ""}},
                  envelope);
  EXPECT_EQ(envelope.recipients_size(), 2);
  EXPECT_EQ(envelope.sender(), "from@example.org");
}

}  // namespace
}  // namespace postern::mta::filters
