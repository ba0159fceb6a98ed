#include "mta/server/checks.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mta/server/test_client.h"
#include "mta/server/test_server.h"

namespace postern::mta::server {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;

class ChecksTest : public TestServer {
 protected:
  // Sends a message through lists whose table has an entry for the sender.
  std::string SendWith(absl::string_view action) {
    Start(
        absl::StrCat("relay_domains: [example.org]\n"
                     "smtpd_sender_restrictions:\n"
                     "  - \"check_sender_access inline:{ {a@example.net = ",
                     action, "} }\"\n"));
    TestClient client(endpoint());
    client.Reply();
    BeginMessage(client);
    return client.Say("Subject: x\r\n\r\ntext\r\n.");
  }
};

TEST_F(ChecksTest, ADiscardedMessageIsAnsweredLikeAnyOther) {
  EXPECT_THAT(SendWith("DISCARD"), StartsWith("250 2.0.0 Ok: queued as "));
  EXPECT_THAT(messages(), IsEmpty());
}

TEST_F(ChecksTest, AHeldMessageIsQueuedOnHold) {
  EXPECT_THAT(SendWith("HOLD look at it"), StartsWith("250"));
  ASSERT_THAT(messages(), SizeIs(1));
  EXPECT_TRUE(messages()[0].envelope.hold());
}

TEST_F(ChecksTest, ARedirectedMessageGoesThereAlone) {
  EXPECT_THAT(SendWith("REDIRECT c@example.com"), StartsWith("250"));
  ASSERT_THAT(messages(), SizeIs(1));
  ASSERT_EQ(messages()[0].envelope.recipients_size(), 1);
  EXPECT_EQ(messages()[0].envelope.recipients(0).address(), "c@example.com");
}

TEST_F(ChecksTest, APrependedHeaderComesFirst) {
  EXPECT_THAT(SendWith("PREPEND X-Seen: yes"), StartsWith("250"));
  ASSERT_THAT(messages(), SizeIs(1));
  EXPECT_THAT(messages()[0].content, HasSubstr("X-Seen: yes\r\nReceived: "));
}

TEST_F(ChecksTest, WithoutDelayRejectEachCommandIsJudgedAtOnce) {
  Start(
      "relay_domains: [example.org]\n"
      "smtpd_delay_reject: no\n"
      "smtpd_helo_restrictions: [reject_non_fqdn_helo_hostname]\n"
      "smtpd_sender_restrictions: [reject_non_fqdn_sender]\n"
      "smtpd_data_restrictions: [reject_multi_recipient_bounce]\n"
      "smtpd_end_of_data_restrictions:\n"
      "  - \"check_sender_access inline:{ {late@ = 552 5.3.4 late} }\"\n");
  TestClient client(endpoint());
  client.Reply();
  EXPECT_EQ(client.Say("HELO host"),
            "504 5.5.2 <host>: Helo command rejected: need fully-qualified "
            "hostname");
  EXPECT_THAT(client.Say("HELO host.example"), StartsWith("250"));
  EXPECT_THAT(client.Say("MAIL FROM:<a@nodots>"), StartsWith("504 5.5.2"));
  EXPECT_THAT(client.Say("MAIL FROM:<>"), StartsWith("250"));
  EXPECT_THAT(client.Say("RCPT TO:<b@example.org>"), StartsWith("250"));
  EXPECT_THAT(client.Say("RCPT TO:<c@example.org>"), StartsWith("250"));
  EXPECT_THAT(client.Say("DATA"), StartsWith("550 5.5.3 <DATA>: Data command"));
  EXPECT_THAT(client.Say("RSET"), StartsWith("250"));
  EXPECT_THAT(client.Say("MAIL FROM:<late@example.net>"), StartsWith("250"));
  EXPECT_THAT(client.Say("RCPT TO:<b@example.org>"), StartsWith("250"));
  EXPECT_THAT(client.Say("DATA"), StartsWith("354"));
  EXPECT_THAT(client.Say("Subject: x\r\n\r\ntext\r\n."),
              StartsWith("552 5.3.4"));
  EXPECT_THAT(messages(), IsEmpty());
}

TEST_F(ChecksTest, MTA14ARefusalAfterTheContentEndsTheTransaction) {
  Start(
      "relay_domains: [example.org]\n"
      "smtpd_end_of_data_restrictions:\n"
      "  - \"check_sender_access inline:{ {late@ = REJECT} }\"\n");
  TestClient client(endpoint());
  client.Reply();
  client.Say("EHLO host.example");
  EXPECT_THAT(client.Say("MAIL FROM:<late@example.net>"), StartsWith("250"));
  EXPECT_THAT(client.Say("RCPT TO:<b@example.org>"), StartsWith("250"));
  EXPECT_THAT(client.Say("DATA"), StartsWith("354"));
  EXPECT_THAT(client.Say("Subject: x\r\n\r\ntext\r\n."), StartsWith("554"));
  EXPECT_THAT(client.Say("RCPT TO:<b@example.org>"), StartsWith("503"));
  EXPECT_THAT(client.Say("DATA"), StartsWith("503"));
  EXPECT_THAT(client.Say("BDAT 0 LAST"), StartsWith("503"));
  EXPECT_THAT(messages(), IsEmpty());
}

TEST_F(ChecksTest, WhoSaidHeloMustWaitForEveryAnswer) {
  constexpr absl::string_view kEnvelope =
      "MAIL FROM:<a@example.net>\r\nRCPT TO:<b@example.org>\r\nDATA\r\n";
  Start(
      "relay_domains: [example.org]\n"
      "smtpd_data_restrictions: [reject_unauth_pipelining]\n");
  TestClient client(endpoint());
  client.Reply();
  EXPECT_THAT(client.Say("HELO host.example"), StartsWith("250"));
  client.Send(kEnvelope);
  EXPECT_THAT(client.Reply(), StartsWith("250"));
  EXPECT_THAT(client.Reply(), StartsWith("250"));
  EXPECT_EQ(client.Reply(),
            "503 5.5.0 <DATA>: Data command rejected: Improper use of SMTP "
            "command pipelining");

  TestClient patient(endpoint());
  patient.Reply();
  EXPECT_THAT(patient.Say("HELO host.example"), StartsWith("250"));
  EXPECT_THAT(patient.Say("MAIL FROM:<a@example.net>"), StartsWith("250"));
  EXPECT_THAT(patient.Say("RCPT TO:<b@example.org>"), StartsWith("250"));
  EXPECT_THAT(patient.Say("DATA"), StartsWith("354"));

  TestClient extended(endpoint());
  extended.Reply();
  extended.Say("EHLO host.example");
  extended.Send(kEnvelope);
  EXPECT_THAT(extended.Reply(), StartsWith("250"));
  EXPECT_THAT(extended.Reply(), StartsWith("250"));
  EXPECT_THAT(extended.Reply(), StartsWith("354"));
}

TEST_F(ChecksTest, ADeferralOfHeloWaitsForTheRecipient) {
  Start(
      "relay_domains: [example.org]\n"
      "smtpd_delay_reject: no\n"
      "smtpd_helo_restrictions: [defer_if_permit]\n"
      "smtpd_recipient_restrictions:\n"
      "  - \"check_recipient_access inline:{ {bad@ = REJECT} }\"\n");
  TestClient client(endpoint());
  client.Reply();
  EXPECT_THAT(client.Say("EHLO host.example"), StartsWith("250"));
  EXPECT_THAT(client.Say("MAIL FROM:<a@example.net>"), StartsWith("250"));
  EXPECT_THAT(client.Say("RCPT TO:<b@example.org>"), StartsWith("450 4.7.0"));
  EXPECT_THAT(client.Say("RCPT TO:<bad@example.org>"), StartsWith("554 5.7.1"));
}

TEST_F(ChecksTest, AClientMayBeRefusedBeforeTheGreeting) {
  Start(
      "smtpd_delay_reject: no\n"
      "smtpd_client_restrictions: [reject]\n");
  TestClient client(endpoint());
  EXPECT_THAT(client.Reply(), StartsWith("554 5.7.1 <localhost[127.0.0.1]>: "));
}

TEST_F(ChecksTest, HeloIsWantedUnlessTheConfigurationSaysOtherwise) {
  Start(
      "relay_domains: [example.org]\n"
      "smtpd_helo_required: no\n"
      "smtpd_helo_restrictions: [reject]\n");
  TestClient client(endpoint());
  client.Reply();
  EXPECT_THAT(client.Say("MAIL FROM:<a@example.net>"), StartsWith("250"));
  EXPECT_THAT(client.Say("RCPT TO:<b@example.org>"), StartsWith("250"));
  EXPECT_THAT(client.Say("EHLO host.example"), StartsWith("250"));
  EXPECT_THAT(client.Say("MAIL FROM:<a@example.net>"), StartsWith("250"));
  EXPECT_THAT(client.Say("RCPT TO:<b@example.org>"),
              StartsWith("554 5.7.1 <host.example>: Helo command rejected"));
}

}  // namespace
}  // namespace postern::mta::server
