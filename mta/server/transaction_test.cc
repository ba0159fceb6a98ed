#include "mta/server/transaction.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace postern::mta::server {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

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

TEST(TransactionTest, KeepsHeadersInOrderUpToALimit) {
  Transaction transaction = SomeTransaction();
  transaction.Prepend({"X-A: 1"});
  transaction.Prepend({"X-B: 2", "X-C: 3"});
  EXPECT_THAT(transaction.headers(), ElementsAre("X-A: 1", "X-B: 2", "X-C: 3"));
  for (int i = 0; i < 200; ++i) transaction.Prepend({"X-D: 4"});
  EXPECT_THAT(transaction.headers(), SizeIs(Transaction::kMaxHeaders));
}

}  // namespace
}  // namespace postern::mta::server
