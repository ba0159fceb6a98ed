#include "mta/server/transaction.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace postern::mta::server {
namespace {

using ::testing::ElementsAre;
using ::testing::Field;

smtp::Command Rcpt(absl::string_view local_part, absl::string_view domain) {
  smtp::Command rcpt;
  rcpt.verb = smtp::Verb::kRcpt;
  rcpt.address = {std::string(local_part), std::string(domain)};
  return rcpt;
}

Transaction SomeTransaction() {
  smtp::Command mail;
  mail.verb = smtp::Verb::kMail;
  mail.address = {"a", "example.net"};
  mail.mail.size_bytes = 1234;
  mail.mail.body_8bitmime = true;
  return Transaction(mail, {"x.1", "q1"});
}

TEST(TransactionTest, BecomesAnEnvelope) {
  Transaction transaction = SomeTransaction();
  transaction.Add(Rcpt("b c", "example.org"));
  transaction.Add(Rcpt("d", "example.com"));
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

TEST(TransactionTest, KeepsWhatTheSenderWantsToKnow) {
  smtp::Command mail;
  mail.mail.smtputf8 = true;
  mail.mail.requiretls = true;
  mail.mail.dsn_return = smtp::MailParameters::Return::kHeaders;
  mail.mail.envelope_id = "QQ+2B1";
  Transaction transaction(mail, {"x.1", "q1"});
  smtp::Command rcpt = Rcpt("b", "example.org");
  rcpt.rcpt.notify_success = true;
  rcpt.rcpt.notify_delay = true;
  rcpt.rcpt.original_recipient = "rfc822;c@example.org";
  transaction.Add(rcpt);
  rcpt.address.local_part = "d";
  rcpt.rcpt = {};
  rcpt.rcpt.notify_never = true;
  transaction.Add(rcpt);
  const spool::v1::Envelope envelope = transaction.ToEnvelope();
  EXPECT_TRUE(envelope.smtputf8());
  EXPECT_TRUE(envelope.requiretls());
  EXPECT_EQ(envelope.dsn_return(), spool::v1::RETURN_HEADERS);
  EXPECT_EQ(envelope.dsn_envelope_id(), "QQ+2B1");
  EXPECT_TRUE(envelope.recipients(0).notify_success());
  EXPECT_TRUE(envelope.recipients(0).notify_delay());
  EXPECT_FALSE(envelope.recipients(0).notify_failure());
  EXPECT_EQ(envelope.recipients(0).original_recipient(),
            "rfc822;c@example.org");
  EXPECT_TRUE(envelope.recipients(1).notify_never());
}

TEST(TransactionTest, CountsItsChunks) {
  Transaction transaction = SomeTransaction();
  EXPECT_FALSE(transaction.has_chunks());
  transaction.AddChunk(0);
  transaction.AddChunk(5);
  EXPECT_TRUE(transaction.has_chunks());
  EXPECT_EQ(transaction.content_bytes(), 5);
}

TEST(TransactionTest, TheNullSenderStaysNull) {
  const Transaction transaction(smtp::Command(), {"x.1", "q1"});
  EXPECT_EQ(transaction.ToEnvelope().sender(), "");
}

TEST(TransactionTest, MTA45ARecipientIsThereOnceHoweverOftenItIsGiven) {
  Transaction transaction = SomeTransaction();
  transaction.Add(Rcpt("b", "example.org"));
  transaction.Add(Rcpt("b", "EXAMPLE.org"));
  transaction.Add(Rcpt("B", "example.org"));  // Only domains are folded.
  EXPECT_THAT(
      transaction.recipients(),
      ElementsAre(Field(&Transaction::Recipient::address, "b@example.org"),
                  Field(&Transaction::Recipient::address, "B@example.org")));
}

TEST(TransactionTest, CollectsWhatShallHappenToTheMessage) {
  Transaction transaction = SomeTransaction();
  transaction.Add(Rcpt("b", "example.org"));
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
