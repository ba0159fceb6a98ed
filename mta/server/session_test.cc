#include "mta/server/session.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/policy/handler.h"
#include "lib/policy/request.h"
#include "lib/policy/server.h"
#include "mta/server/test_server.h"

namespace postern::mta::server {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;

constexpr char kRelay[] = "relay_domains: [example.org]\nmynetworks: []\n";

class SessionTest : public TestServer {};

TEST_F(SessionTest, AMessageIsQueuedWithItsEnvelopeAndReceived) {
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

TEST_F(SessionTest, AnAbortedTransactionLeavesNothingAndTheNextHasItsOwnName) {
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

TEST_F(SessionTest, PipelinedCommandsAreAnsweredTogether) {
  Start(kRelay);
  TestClient client(endpoint());
  client.Reply();
  client.Say("EHLO client.example");
  client.Send(
      "MAIL FROM:<a@example.net>\r\nRCPT TO:<b@example.org>\r\n"
      "RCPT TO:<c@example.com>\r\nDATA\r\n");
  EXPECT_EQ(client.Reply(), "250 2.1.0 Ok");
  EXPECT_EQ(client.Reply(), "250 2.1.5 Ok");
  EXPECT_EQ(client.Reply(), "554 5.7.1 <c@example.com>: Relay access denied");
  EXPECT_THAT(client.Reply(), StartsWith("354"));
  client.Send("x\r\n.\r\nMAIL FROM:<>\r\nQUIT\r\n");
  EXPECT_THAT(client.Reply(), StartsWith("250 2.0.0 Ok: queued"));
  EXPECT_EQ(client.Reply(), "250 2.1.0 Ok");
  EXPECT_EQ(client.Reply(), "221 2.0.0 Bye");
  EXPECT_THAT(messages(), SizeIs(1));
}

TEST_F(SessionTest, ALargeMessageArrivesWhole) {
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

TEST_F(SessionTest, MTA04ABadMessageIsReadToItsEndAndTheSessionGoesOn) {
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

TEST_F(SessionTest, MTA03DisconnectsAtABareNewlineIfConfigured) {
  Start(absl::StrCat(kRelay, "smtpd_forbid_bare_newline: disconnect\n"));
  TestClient client(endpoint());
  client.Reply();
  BeginMessage(client);
  client.Send("x\ny\r\n");
  EXPECT_THAT(client.Reply(), StartsWith("521 5.5.2"));
  EXPECT_EQ(client.Reply(), "closed");
  EXPECT_THAT(messages(), IsEmpty());
}

TEST_F(SessionTest, MTA10WhoTalksOutOfTurnIsSentAway) {
  Start(kRelay);
  TestClient client(endpoint());
  client.Reply();
  client.Send("EHLO client.example\r\nMAIL FROM:<a@example.net>\r\n");
  EXPECT_THAT(client.Reply(), StartsWith("554 5.5.0"));
  EXPECT_EQ(client.Reply(), "closed");
}

TEST_F(SessionTest, MTA10WhoTalksBeforeTheGreetingIsSentAway) {
  Start(kRelay);
  const net::Endpoint late =
      net::Endpoint::Parse("unix:" + dir_.path() + "/late").value();
  const std::unique_ptr<net::Listener> listener = Open(late);
  TestClient client(late);
  client.Send("EHLO client.example\r\n");
  config::v1::Listener port;
  port.set_max_connections_per_client(1);
  listener->Serve(drain_, server_->AddPort(port));
  EXPECT_EQ(client.Reply(), "554 5.5.0 Error: SMTP protocol synchronization");
  EXPECT_EQ(client.Reply(), "closed");
  EXPECT_THAT(registry_.Render(), HasSubstr("smtpd_early_talkers_total 1"));
  listener->Close();
}

TEST_F(SessionTest, MTA39ASlowClientIsToldAndLeft) {
  Start(absl::StrCat(kRelay, "smtpd_timeout: 1s\n"));
  TestClient client(endpoint());
  client.Reply();
  client.Send("EHL");
  EXPECT_EQ(client.Reply(), "421 4.4.2 mx.example.org Error: timeout exceeded");
  EXPECT_EQ(client.Reply(), "closed");
  TestClient writer(endpoint());
  writer.Reply();
  BeginMessage(writer);
  writer.Send("Subject: x\r\n");
  EXPECT_THAT(writer.Reply(), StartsWith("421 4.4.2"));
  EXPECT_THAT(messages(), IsEmpty());
  EXPECT_THAT(registry_.Render(), HasSubstr("smtpd_timeouts_total 2"));
}

TEST_F(SessionTest, MTA41AFullDiskIsSaidAtMail) {
  minfree_bytes_ = int64_t{1} << 60;
  Start(kRelay);
  TestClient client(endpoint());
  client.Reply();
  client.Say("EHLO client.example");
  EXPECT_EQ(client.Say("MAIL FROM:<a@example.net>"),
            "452 4.3.1 Insufficient system storage");
}

TEST_F(SessionTest, AnIdleSessionIsEndedWhenTheServerDrains) {
  Start(kRelay);
  TestClient idle(endpoint());
  idle.Reply();
  idle.Say("EHLO client.example");
  TestClient busy(endpoint());
  busy.Reply();
  BeginMessage(busy);
  drain_.Begin();
  EXPECT_THAT(idle.Reply(), StartsWith("421 4.3.2 mx.example.org"));
  EXPECT_EQ(idle.Reply(), "closed");
  EXPECT_THAT(busy.Say("Subject: x\r\n."), StartsWith("250 2.0.0"))
      << "a transaction is brought to its end";
  EXPECT_THAT(busy.Reply(), StartsWith("421 4.3.2"));
}

TEST_F(SessionTest, AClientThatHangsUpLeavesNothing) {
  Start(kRelay);
  {
    TestClient client(endpoint());
    client.Reply();
    BeginMessage(client);
    client.Send("Subject: x\r\n\r\nhalf a mess");
  }
  listener_->Close();
  drain_.Begin();
  ASSERT_TRUE(drain_.AwaitIdle(absl::Seconds(30)));
  EXPECT_THAT(messages(), IsEmpty());
}

// Greylists c@example.org, adds a header for all others and keeps the
// instances.
class Greylister final : public policy::Handler {
 public:
  net::Task<absl::StatusOr<policy::Verdict>> Check(
      const policy::Request& request, net::Deadline) override {
    instances.emplace_back(request.Get(policy::Attribute::kInstance));
    queue_ids.emplace_back(request.Get(policy::Attribute::kQueueId));
    EXPECT_EQ(request.Get(policy::Attribute::kClientName), "localhost");
    EXPECT_EQ(request.Get(policy::Attribute::kSize), "42");
    if (request.Get(policy::Attribute::kRecipient) == "c@example.org") {
      co_return policy::Verdict{policy::Verdict::Kind::kDeferIfPermit, 0,
                                "Greylisted"};
    }
    co_return policy::Verdict{policy::Verdict::Kind::kPrepend, 0,
                              "X-Greylist: delayed"};
  }

  std::vector<std::string> instances;
  std::vector<std::string> queue_ids;
};

TEST_F(SessionTest, APolicyServiceDefersRecipientsAndAddsHeaders) {
  Greylister greylister;
  policy::Server policy_server("test", {}, drain_, registry_, greylister);
  const std::string socket = "unix:" + dir_.path() + "/policy";
  const std::unique_ptr<net::Listener> listener =
      Open(net::Endpoint::Parse(socket).value());
  listener->Serve(drain_, policy_server);
  Start(absl::StrCat(kRelay,
                     "smtpd_recipient_restrictions:\n- check_policy_service ",
                     socket, "\n"));
  TestClient client(endpoint());
  client.Reply();
  client.Say("EHLO client.example");
  client.Say("MAIL FROM:<a@example.net> SIZE=42");
  EXPECT_EQ(client.Say("RCPT TO:<b@example.org>"), "250 2.1.5 Ok");
  EXPECT_EQ(
      client.Say("RCPT TO:<c@example.org>"),
      "450 4.7.1 <c@example.org>: Recipient address rejected: Greylisted");
  client.Say("DATA");
  EXPECT_EQ(client.Say("Subject: x\r\n."),
            absl::StrCat("250 2.0.0 Ok: queued as ", greylister.queue_ids[0]));
  client.Say("MAIL FROM:<a@example.net> SIZE=42");
  client.Say("RCPT TO:<b@example.org>");
  ASSERT_THAT(messages(), SizeIs(1));
  EXPECT_THAT(messages()[0].content,
              StartsWith("X-Greylist: delayed\r\nReceived: from "));
  ASSERT_THAT(greylister.instances, SizeIs(3));
  EXPECT_EQ(greylister.instances[0], greylister.instances[1]);
  EXPECT_NE(greylister.instances[0], greylister.instances[2]);
  EXPECT_EQ(client.Say("QUIT"), "221 2.0.0 Bye");
  listener->Close();
  drain_.Begin();
  ASSERT_TRUE(drain_.AwaitIdle(absl::Seconds(30)));
}

TEST_F(SessionTest, ADeadPolicyServiceDoesNotStopTheMail) {
  Start(absl::StrCat(kRelay,
                     "smtpd_recipient_restrictions:\n- check_policy_service "
                     "unix:/nonexistent/policy\n"
                     "smtpd_policy_service_try_limit: 1\n"));
  TestClient client(endpoint());
  client.Reply();
  BeginMessage(client);
  EXPECT_THAT(client.Say("x\r\n."), StartsWith("250 2.0.0"));
  EXPECT_THAT(registry_.Render(),
              HasSubstr("policy_questions_total{result=\"failed\",service="
                        "\"unix:/nonexistent/policy\"} 1"));
}

}  // namespace
}  // namespace postern::mta::server
