#include "mta/server/transaction.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace postern::mta::server {
namespace {

using ::testing::ElementsAre;

Transaction SomeTransaction() {
  smtp::Command mail;
  mail.verb = smtp::Verb::kMail;
  mail.address = {"a", "example.net"};
  mail.size_bytes = 1234;
  mail.body_8bitmime = true;
  return Transaction(mail, {"x.1", "q1"});
}

TEST(TransactionTest, BecomesAnEnvelope) {
  Transaction transaction = SomeTransaction();
  transaction.Add({"b c", "example.org"});
  transaction.Add({"d", "example.com"});
  const spool::v1::Envelope envelope = transaction.ToEnvelope();
  EXPECT_EQ(envelope.sender(), "a@example.net");
  EXPECT_TRUE(envelope.body_8bitmime());
  ASSERT_EQ(envelope.recipients_size(), 2);
  EXPECT_EQ(envelope.recipients(0).address(), "\"b c\"@example.org");
  EXPECT_EQ(envelope.recipients(1).address(), "d@example.com");
  EXPECT_EQ(transaction.declared_bytes(), 1234);
  EXPECT_EQ(transaction.instance(), "x.1");
  EXPECT_EQ(transaction.queue_id(), "q1");
}

TEST(TransactionTest, TheNullSenderStaysNull) {
  const Transaction transaction(smtp::Command(), {"x.1", "q1"});
  EXPECT_EQ(transaction.ToEnvelope().sender(), "");
}

TEST(TransactionTest, MTA45ARecipientIsThereOnceHoweverOftenItIsGiven) {
  Transaction transaction = SomeTransaction();
  transaction.Add({"b", "example.org"});
  transaction.Add({"b", "EXAMPLE.org"});
  transaction.Add({"B", "example.org"});  // Only domains are folded.
  EXPECT_THAT(transaction.recipients(),
              ElementsAre("b@example.org", "B@example.org"));
}

TEST(TransactionTest, CollectsWhatShallHappenToTheMessage) {
  Transaction transaction = SomeTransaction();
  transaction.Add({"b", "example.org"});
  restrictions::MessageActions first;
  first.AddHeader("X-A: 1");
  transaction.Act(first);
  restrictions::MessageActions second;
  second.AddHeader("X-B: 2");
  second.hold = true;
  second.AddCopy("c@example.org");
  transaction.Act(second);
  EXPECT_THAT(transaction.actions().headers, ElementsAre("X-A: 1", "X-B: 2"));
  const spool::v1::Envelope envelope = transaction.ToEnvelope();
  EXPECT_TRUE(envelope.hold());
  ASSERT_EQ(envelope.recipients_size(), 2);
  EXPECT_EQ(envelope.recipients(1).address(), "c@example.org");
}

}  // namespace
}  // namespace postern::mta::server
