#include "mta/server/rates.h"

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mta/server/test_server.h"

namespace postern::mta::server {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr char kRelay[] = "relay_domains: [example.org]\nmynetworks: []\n";

class RatesTest : public TestServer {};

TEST_F(RatesTest, MTA39AClientMayConnectOnlySoOften) {
  Start(absl::StrCat(kRelay, "smtpd_client_connection_rate_limit: 2\n"));
  for (int i = 0; i < 2; ++i) {
    TestClient client(endpoint());
    EXPECT_THAT(client.Reply(), StartsWith("220 "));
  }
  TestClient client(endpoint());
  EXPECT_EQ(client.Reply(),
            "421 4.7.0 mx.example.org Error: too many connections from "
            "127.0.0.1");
  EXPECT_EQ(client.Reply(), "closed");
  clock_.Advance(absl::Minutes(2));
  TestClient later(endpoint());
  EXPECT_THAT(later.Reply(), StartsWith("220 "));
}

TEST_F(RatesTest, AClientMaySendOnlySoManyMessagesAndRecipients) {
  Start(absl::StrCat(kRelay,
                     "smtpd_client_message_rate_limit: 2\n"
                     "smtpd_client_recipient_rate_limit: 3\n"));
  TestClient client(endpoint());
  client.Reply();
  client.Say("EHLO client.example");
  EXPECT_THAT(client.Say("MAIL FROM:<a@example.net>"), StartsWith("250"));
  client.Say("RSET");
  EXPECT_THAT(client.Say("MAIL FROM:<a@example.net>"), StartsWith("250"));
  for (const char* recipient : {"a", "b", "c"}) {
    EXPECT_THAT(
        client.Say(absl::StrCat("RCPT TO:<", recipient, "@example.org>")),
        StartsWith("250"));
  }
  EXPECT_EQ(client.Say("RCPT TO:<d@example.org>"),
            "450 4.7.1 Error: too many recipients from 127.0.0.1");
  client.Say("RSET");
  EXPECT_EQ(client.Say("MAIL FROM:<a@example.net>"),
            "450 4.7.1 Error: too much mail from 127.0.0.1");
  EXPECT_THAT(registry_.Render(),
              HasSubstr("postern_mta_limited_total{event=\"recipient\"} 1"));
}

TEST_F(RatesTest, MynetworksAreNotLimited) {
  Start(
      "relay_domains: [example.org]\nsmtpd_client_message_rate_limit: 1\n"
      "smtpd_client_connection_rate_limit: 1\n");
  for (int i = 0; i < 3; ++i) {
    TestClient client(endpoint());
    client.Reply();
    client.Say("EHLO client.example");
    EXPECT_THAT(client.Say("MAIL FROM:<a@example.net>"), StartsWith("250"));
  }
}

TEST_F(RatesTest, MTA40ErrorsBeyondTheSoftLimitCostTime) {
  Start(absl::StrCat(kRelay,
                     "smtpd_soft_error_limit: 2\n"
                     "smtpd_error_sleep_time: 300ms\n"));
  TestClient client(endpoint());
  client.Reply();
  EXPECT_THAT(client.Say("NONSENSE"), StartsWith("500"));
  EXPECT_THAT(client.Say("NONSENSE"), StartsWith("500"));
  EXPECT_THAT(registry_.Render(),
              HasSubstr("postern_mta_smtpd_tarpitted_total 0"));
  const absl::Time start = absl::Now();
  EXPECT_THAT(client.Say("NONSENSE"), StartsWith("500"));
  EXPECT_GE(absl::Now() - start, absl::Milliseconds(290));
  // Only errors do.
  EXPECT_THAT(client.Say("NOOP"), StartsWith("250"));
  EXPECT_THAT(registry_.Render(),
              HasSubstr("postern_mta_smtpd_tarpitted_total 1"));
}

TEST_F(RatesTest, MTA10AStrangerWhoDoesNotAwaitTheGreetingIsSentAway) {
  Start(absl::StrCat(kRelay, "postscreen_greet_wait: 10s\n"));
  TestClient client(endpoint());
  client.Send("EHLO client.example\r\n");
  EXPECT_EQ(client.Reply(), "554 5.5.0 Error: SMTP protocol synchronization");
  EXPECT_EQ(client.Reply(), "closed");
}

TEST_F(RatesTest, WhoAwaitsTheGreetingGetsItAfterTheWait) {
  Start(absl::StrCat(kRelay, "postscreen_greet_wait: 300ms\n"));
  const absl::Time start = absl::Now();
  TestClient client(endpoint());
  EXPECT_THAT(client.Reply(), StartsWith("220 "));
  EXPECT_GE(absl::Now() - start, absl::Milliseconds(290));
}

TEST_F(RatesTest, MynetworksDoNotWaitForTheGreeting) {
  Start("postscreen_greet_wait: 60s\n");
  TestClient client(endpoint());
  EXPECT_THAT(client.Reply(), StartsWith("220 "));
}

}  // namespace
}  // namespace postern::mta::server
