#include "mta/admin/shown_message.h"

#include "gtest/gtest.h"

namespace postern::mta::admin {
namespace {

using ::postern::admin::v1::QueuedMessage;
using queue::QueueId;

TEST(ShownMessageTest, ShowsNothingThatIsNoText) {
  spool::v1::Envelope envelope;
  envelope.set_sender("ann\n@example.net");
  envelope.set_helo_name("host\x1b[2J");
  envelope.add_recipients()->set_address("bob\r@example.com");
  envelope.mutable_recipients(0)->set_last_reply("no\nway");
  QueuedMessage message;
  Fill(QueueId::Parse("0000000000001").value(), {}, envelope, message);
  EXPECT_EQ(message.sender(), "ann?@example.net");
  EXPECT_EQ(message.helo_name(), "host?[2J");
  EXPECT_EQ(message.recipients(0).address(), "bob?@example.com");
  EXPECT_EQ(message.recipients(0).last_reply(), "no?way");
}

TEST(ShownMessageTest, ShowsTimesAndStates) {
  spool::v1::Envelope envelope;
  envelope.set_queued_us(5'000'000);
  envelope.set_failures(2);
  QueuedMessage message;
  Fill(QueueId::Parse("0000000000001").value(),
       {.due_us = 9'000'000,
        .size_bytes = 1,
        .state = queue::QueueIndex::State::kHeld,
        .wish = {},
        .flow = {}},
       envelope, message);
  EXPECT_EQ(message.queued().seconds(), 5);
  EXPECT_EQ(message.next_attempt().seconds(), 9);
  EXPECT_EQ(message.failures(), 2u);
  EXPECT_EQ(message.state(), QueuedMessage::STATE_HELD);
}

TEST(ShownMessageTest, SaysWhyAMessageWasSetAside) {
  QueuedMessage message;
  FillDamaged(QueueId::Parse("0000000000001").value(), "torn", message);
  EXPECT_EQ(message.queue_id(), "0000000000001");
  EXPECT_EQ(message.state(), QueuedMessage::STATE_DAMAGED);
  EXPECT_EQ(message.damage(), "torn");
}

}  // namespace
}  // namespace postern::mta::admin
