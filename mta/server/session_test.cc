#include "mta/server/session.h"

#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/policy/handler.h"
#include "lib/policy/request.h"
#include "lib/policy/server.h"
#include "mta/server/test_server.h"

namespace postern::mta::server {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;

constexpr char kRelay[] = "relay_domains: [example.org]\nmynetworks: []\n";

class SessionTest : public TestServer {};

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

// Waits while it may not go on; the reactor with it.
void Hold(net::Reactor& reactor, absl::Notification& may_go_on) {
  reactor.Post([&may_go_on] { may_go_on.WaitForNotification(); });
}

// Counts how often it is its turn while there is a session.
net::Task<> CountTurns(metrics::Registry& registry, int& turns) {
  while (absl::StrContains(registry.Render(), "smtpd_open_sessions 1\n")) {
    ++turns;
    co_await net::Yield();
  }
}

TEST_F(SessionTest, MTA45WhoSendsManyCommandsAtOnceLetsOthersHaveTheirTurn) {
  constexpr int kCommands = 800;
  Start(kRelay);
  TestClient client(endpoint());
  client.Reply();
  client.Say("EHLO client.example");
  client.Say("MAIL FROM:<a@example.net>");
  absl::Notification all_is_sent;
  Hold(runtime_->reactor(0), all_is_sent);
  std::string commands;
  for (int i = 0; i < kCommands; ++i) commands += "RCPT TO:<b@example.org>\r\n";
  client.Send(commands + "QUIT\r\n");
  int turns = 0;
  net::Spawn(drain_, runtime_->reactor(0), CountTurns(registry_, turns));
  all_is_sent.Notify();
  for (int i = 0; i < kCommands; ++i) client.Reply();
  EXPECT_EQ(client.Reply(), "221 2.0.0 Bye");
  EXPECT_EQ(client.Reply(), "closed");
  drain_.Begin();
  ASSERT_TRUE(drain_.AwaitIdle(absl::Seconds(30)));
  EXPECT_GE(turns, kCommands / 4);
}

TEST_F(SessionTest, AnErrorThatCostsTimeHoldsNoReplyBeforeIt) {
  Start(absl::StrCat(kRelay,
                     "smtpd_soft_error_limit: 0\n"
                     "smtpd_error_sleep_time: 2s\n"));
  TestClient client(endpoint());
  client.Reply();
  client.Say("EHLO client.example");
  client.Send("MAIL FROM:<a@example.net>\r\nNONSENSE\r\n");
  EXPECT_THAT(client.Reply(), StartsWith("250"));
  EXPECT_EQ(client.unread(), "");
  EXPECT_THAT(client.Reply(), StartsWith("500"));
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
