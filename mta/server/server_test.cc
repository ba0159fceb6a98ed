#include "mta/server/server.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/base/file.h"
#include "lib/testing/status_matchers.h"
#include "mta/server/test_server.h"

namespace postern::mta::server {
namespace {

using ::postern::testing::IsOk;
using ::postern::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Optional;
using ::testing::StartsWith;

class ServerTest : public TestServer {};

TEST_F(ServerTest, MTA39AClientHasOnlySoManyConnections) {
  Start("mynetworks: []\nsmtpd_client_connection_count_limit: 2\n");
  TestClient first(endpoint());
  TestClient second(endpoint());
  EXPECT_THAT(first.Reply(), StartsWith("220"));
  EXPECT_THAT(second.Reply(), StartsWith("220"));
  TestClient third(endpoint());
  EXPECT_EQ(third.Reply(),
            "421 4.7.0 mx.example.org Error: too many connections from "
            "127.0.0.1");
  EXPECT_EQ(third.Reply(), "closed");
  EXPECT_THAT(registry_.Render(),
              HasSubstr("smtpd_too_many_connections_total 1"));
}

TEST_F(ServerTest, NewSessionsSeeTheNewSettingsOldOnesTheOld) {
  Start("mynetworks: []\nrelay_domains: [example.org]");
  TestClient old_client(endpoint());
  old_client.Reply();
  ASSERT_THAT(
      server_->Reload(Config("mynetworks: []\nrelay_domains: [example.com]")),
      IsOk());
  TestClient new_client(endpoint());
  new_client.Reply();
  for (TestClient* client : {&old_client, &new_client}) {
    client->Say("EHLO client.example");
    client->Say("MAIL FROM:<>");
  }
  EXPECT_THAT(old_client.Say("RCPT TO:<a@example.org>"), StartsWith("250"));
  EXPECT_THAT(old_client.Say("RCPT TO:<a@example.com>"), StartsWith("554"));
  EXPECT_THAT(new_client.Say("RCPT TO:<a@example.org>"), StartsWith("554"));
  EXPECT_THAT(new_client.Say("RCPT TO:<a@example.com>"), StartsWith("250"));
}

TEST_F(ServerTest, AWrongConfigurationChangesNothing) {
  Start("mynetworks: []\nrelay_domains: [example.org]");
  EXPECT_THAT(server_->Reload(Config("smtpd_relay_restrictions: [permit]")),
              StatusIs(absl::StatusCode::kInvalidArgument));
  TestClient client(endpoint());
  client.Reply();
  client.Say("EHLO client.example");
  client.Say("MAIL FROM:<>");
  EXPECT_THAT(client.Say("RCPT TO:<a@example.org>"), StartsWith("250"));
}

TEST_F(ServerTest, EachListenerHasItsOwnSettings) {
  const std::string own = "unix:" + dir_.path() + "/own";
  const auto with_limit = [&own](const std::string& name) {
    return "listeners: [{listen: '" + own +
           "', override: {myhostname: " + name + "}}]";
  };
  Start(with_limit("own.example.org"));
  const auto listener = Open(net::Endpoint::Parse(own).value());
  listener->Serve(
      drain_, server_->AddPort(Config(with_limit("x.example")).listeners(0)));
  EXPECT_EQ(TestClient(endpoint()).Reply(), "220 mx.example.org ESMTP Postern");
  EXPECT_EQ(TestClient(listener->endpoint()).Reply(),
            "220 own.example.org ESMTP Postern");
  ASSERT_THAT(server_->Reload(Config(with_limit("new.example.org"))), IsOk());
  EXPECT_EQ(TestClient(listener->endpoint()).Reply(),
            "220 new.example.org ESMTP Postern");
  listener->Close();
}

TEST_F(ServerTest, KnowsTheMailboxesOfItsDomains) {
  ASSERT_THAT(
      WriteFile(dir_.path() + "/boxes", "a@example.org example.org/a/\n"),
      IsOk());
  const std::string maps = "hash:" + dir_.path() + "/boxes";
  Start("virtual_mailbox_domains: [example.org]\nvirtual_mailbox_maps: ['" +
        maps + "']");
  const auto mailbox_of = [this](const mail::Address& address) {
    const auto book = server_->addresses();
    return runtime_->BlockOn(book->MailboxOf(address)).value();
  };
  EXPECT_THAT(mailbox_of({"A", "Example.org"}),
              Optional(std::string("example.org/a/")));
  EXPECT_EQ(mailbox_of({"b", "example.org"}), std::nullopt);
  TestClient client(endpoint());
  client.Reply();
  client.Say("EHLO client.example");
  client.Say("MAIL FROM:<>");
  EXPECT_EQ(client.Say("RCPT TO:<a@example.org>"), "250 2.1.5 Ok");
  EXPECT_EQ(client.Say("RCPT TO:<b@example.org>"),
            "550 5.1.1 <b@example.org>: Recipient address rejected: User "
            "unknown in virtual mailbox table");
}

TEST_F(ServerTest, ChecksAConfigurationWithoutOpeningSockets) {
  EXPECT_THAT(Server::Check(Config("")), IsOk());
  EXPECT_THAT(Server::Check(Config("smtpd_relay_restrictions: []\n")),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       StartsWith("smtpd_relay_restrictions: ")));
}

}  // namespace
}  // namespace postern::mta::server
