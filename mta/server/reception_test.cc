#include "mta/server/reception.h"

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mta/server/test_server.h"

namespace postern::mta::server {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;

// Nobody is a local client, so content stays as it comes.
constexpr char kRelay[] =
    "relay_domains: [example.org]\nmynetworks: []\n"
    "local_header_rewrite_clients: [permit_mynetworks]\n";

class ReceptionTest : public TestServer {};

TEST_F(ReceptionTest, AMessageIsQueuedWithItsEnvelopeAndReceived) {
  Start(kRelay);
  TestClient client(endpoint());
  EXPECT_EQ(client.Reply(), "220 mx.example.org ESMTP Postern");
  EXPECT_THAT(client.Say("EHLO client.example"),
              StartsWith("250-mx.example.org\n250-PIPELINING"));
  EXPECT_EQ(client.Say("MAIL FROM:<a@example.net> BODY=8BITMIME SIZE=100"),
            "250 2.1.0 Ok");
  EXPECT_EQ(client.Say("RCPT TO:<b@example.org>"), "250 2.1.5 Ok");
  EXPECT_THAT(client.Say("DATA"), StartsWith("354"));
  EXPECT_THAT(client.Say("Subject: x\r\n\r\n..dot\r\n."),
              StartsWith("250 2.0.0 Ok: queued as "));
  EXPECT_EQ(client.Say("QUIT"), "221 2.0.0 Bye");
  EXPECT_EQ(client.Reply(), "closed");

  ASSERT_THAT(messages(), SizeIs(1));
  const Message message = messages()[0];
  EXPECT_EQ(message.envelope.sender(), "a@example.net");
  EXPECT_TRUE(message.envelope.body_8bitmime());
  EXPECT_EQ(message.envelope.recipients(0).address(), "b@example.org");
  EXPECT_EQ(message.envelope.client_address(), "127.0.0.1");
  EXPECT_EQ(message.envelope.client_name(), "localhost");
  EXPECT_EQ(message.envelope.helo_name(), "client.example");
  EXPECT_THAT(
      message.content,
      StartsWith("Received: from client.example (localhost [127.0.0.1])\r\n"
                 "\tby mx.example.org (Postern) with ESMTP id "));
  EXPECT_THAT(message.content, HasSubstr("\r\n\tfor <b@example.org>;\r\n"));
  EXPECT_THAT(message.content, EndsWith("Subject: x\r\n\r\n.dot\r\n"));
}

TEST_F(ReceptionTest,
       AnAbortedTransactionLeavesNothingAndTheNextHasItsOwnName) {
  Start(kRelay);
  TestClient client(endpoint());
  client.Reply();
  client.Say("EHLO client.example");
  for (const char* end : {"RSET", "EHLO client.example"}) {
    client.Say("MAIL FROM:<a@example.net>");
    client.Say("RCPT TO:<b@example.org>");
    EXPECT_THAT(client.Say(end), StartsWith("250")) << end;
    EXPECT_EQ(client.Say("DATA"), "503 5.5.1 Error: need MAIL command") << end;
  }
  BeginMessage(client);
  const std::string first = client.Say("x\r\n.");
  BeginMessage(client);
  const std::string second = client.Say("x\r\n.");
  EXPECT_THAT(first, StartsWith("250 2.0.0 Ok: queued as "));
  EXPECT_NE(first, second);
  EXPECT_THAT(messages(), SizeIs(2));
}

TEST_F(ReceptionTest, ALargeMessageArrivesWhole) {
  Start(kRelay);
  TestClient client(endpoint());
  client.Reply();
  BeginMessage(client);
  std::string sent;
  std::string stored;
  for (int i = 0; i < 20'000; ++i) {
    absl::StrAppend(&sent, "..line ", i, "\r\n");
    absl::StrAppend(&stored, ".line ", i, "\r\n");
  }
  client.Send(sent);
  const std::string reply = client.Say(".");
  ASSERT_THAT(reply, StartsWith("250 2.0.0 Ok: queued as "));
  ASSERT_THAT(messages(), SizeIs(1));
  const spool::v1::Envelope envelope = messages()[0].envelope;
  EXPECT_GT(envelope.chunks(), 1u);
  const queue::QueueId id =
      queue::QueueId::Parse(reply.substr(reply.rfind(' ') + 1)).value();
  const std::unique_ptr<queue::Content> content =
      spool_->OpenContent(id, envelope);
  std::string whole;
  for (int i = 0; i < content->pieces(); ++i) whole += *content->Piece(i);
  EXPECT_EQ(static_cast<int64_t>(whole.size()), envelope.size_bytes());
  EXPECT_EQ(whole.substr(whole.size() - stored.size()), stored);
}

TEST_F(ReceptionTest, MTA07ChunksAreStoredByteForByte) {
  Start(kRelay);
  TestClient client(endpoint());
  client.Reply();
  client.Say("EHLO client.example");
  client.Send(
      "MAIL FROM:<a@example.net>\r\nRCPT TO:<b@example.org>\r\n"
      "BDAT 14\r\nSubject: x\r\n\r\nBDAT 8\r\n.\r\n..\r\n\r"
      "BDAT 7 LAST\r\n\n.\r\nMA\r");
  EXPECT_EQ(client.Reply(), "250 2.1.0 Ok");
  EXPECT_EQ(client.Reply(), "250 2.1.5 Ok");
  EXPECT_EQ(client.Reply(), "250 2.0.0 Ok: 14 bytes");
  EXPECT_EQ(client.Reply(), "250 2.0.0 Ok: 8 bytes");
  EXPECT_EQ(client.Reply(), "550 5.6.11 Error: bare <CR> or <LF> received");
  client.Send(
      "MAIL FROM:<a@example.net>\r\nRCPT TO:<b@example.org>\r\n"
      "BDAT 14\r\nSubject: x\r\n\r\nBDAT 8\r\n.\r\n..\r\n\r"
      "BDAT 10 LAST\r\n\n.\r\nDATA\r\nQUIT\r\n");
  client.Reply();
  client.Reply();
  client.Reply();
  client.Reply();
  EXPECT_THAT(client.Reply(), StartsWith("250 2.0.0 Ok: queued as "));
  EXPECT_EQ(client.Reply(), "221 2.0.0 Bye");
  ASSERT_THAT(messages(), SizeIs(1));
  EXPECT_THAT(messages()[0].content,
              EndsWith("Subject: x\r\n\r\n.\r\n..\r\n\r\n.\r\nDATA\r\n"));
}

TEST_F(ReceptionTest, MTA11ARefusedChunkIsReadToItsEnd) {
  Start(absl::StrCat(kRelay, "message_size_limit: 10KiB\n"));
  TestClient client(endpoint());
  client.Reply();
  client.Say("EHLO client.example");
  client.Send("BDAT 20000\r\n" + std::string(20'000, 'x') + "NOOP\r\n");
  EXPECT_THAT(client.Reply(), StartsWith("503 5.5.1"));
  EXPECT_EQ(client.Reply(), "250 2.0.0 Ok") << "in step";
  client.Send(
      "MAIL FROM:<a@example.net>\r\nRCPT TO:<b@example.org>\r\n"
      "BDAT 10241 LAST\r\n" +
      std::string(10'241, 'x') + "NOOP\r\n");
  client.Reply();
  client.Reply();
  EXPECT_EQ(client.Reply(), "552 5.3.4 Error: message file too big");
  EXPECT_EQ(client.Reply(), "250 2.0.0 Ok");
  EXPECT_THAT(messages(), IsEmpty());
}

TEST_F(ReceptionTest, AMessageBeyondAsciiSaysSoInReceived) {
  Start(kRelay);
  TestClient client(endpoint());
  client.Reply();
  client.Say("EHLO client.example");
  EXPECT_EQ(client.Say("MAIL FROM:<h\xc3\xa9@example.net> SMTPUTF8"),
            "250 2.1.0 Ok");
  EXPECT_EQ(client.Say("RCPT TO:<z\xc3\xa9@example.org> NOTIFY=DELAY"),
            "250 2.1.5 Ok");
  client.Say("DATA");
  EXPECT_THAT(client.Say("x\r\n."), StartsWith("250"));
  ASSERT_THAT(messages(), SizeIs(1));
  EXPECT_THAT(messages()[0].content, HasSubstr(" with UTF8SMTP id "));
  EXPECT_THAT(messages()[0].content, HasSubstr("for <z\xc3\xa9@example.org>;"));
  EXPECT_TRUE(messages()[0].envelope.smtputf8());
  EXPECT_TRUE(messages()[0].envelope.recipients(0).notify_delay());
}

TEST_F(ReceptionTest, MTA04ABadMessageIsReadToItsEndAndTheSessionGoesOn) {
  Start(absl::StrCat(kRelay, "message_size_limit: 10KiB\n"));
  TestClient client(endpoint());
  client.Reply();
  BeginMessage(client);
  EXPECT_EQ(client.Say("x\n.\nMAIL FROM:<evil@example.net>\r\n."),
            "550 5.6.11 Error: bare <CR> or <LF> received");
  BeginMessage(client);
  const std::string line(1000, 'x');
  for (int i = 0; i < 20; ++i) client.Send(line + "\r\n");
  EXPECT_EQ(client.Say("."), "552 5.3.4 Error: message file too big");
  EXPECT_EQ(client.Say("NOOP"), "250 2.0.0 Ok") << "still in step";
  EXPECT_THAT(messages(), IsEmpty());
  EXPECT_THAT(registry_.Render(),
              HasSubstr("messages_total{result=\"bare_newline\"} 1"));
}

TEST_F(ReceptionTest, MTA03DisconnectsAtABareNewlineIfConfigured) {
  Start(absl::StrCat(kRelay, "smtpd_forbid_bare_newline: disconnect\n"));
  TestClient client(endpoint());
  client.Reply();
  BeginMessage(client);
  client.Send("x\ny\r\n");
  EXPECT_THAT(client.Reply(), StartsWith("521 5.5.2"));
  EXPECT_EQ(client.Reply(), "closed");
  EXPECT_THAT(messages(), IsEmpty());
}

}  // namespace
}  // namespace postern::mta::server
