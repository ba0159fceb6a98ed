#include "mta/server/authentication.h"

#include <memory>
#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mta/server/test_passwords.h"
#include "mta/server/test_server.h"

namespace postern::mta::server {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

// AUTH PLAIN's response for jean.
std::string Plain(absl::string_view password) {
  return absl::Base64Escape(
      absl::StrCat(absl::string_view("\0jean\0", 6), password));
}

class AuthenticationTest : public TestServer {
 protected:
  void SetUp() override {
    if (!SaslDatabase::IsInstalled()) GTEST_SKIP() << SaslDatabase::kMissing;
    database_.Add("jean", "mx.example.org", "fr0mage");
  }

  // A server that takes passwords in the clear, and says no without delay.
  void StartWith(absl::string_view yaml = "", absl::string_view delay = "0s") {
    Start(
        absl::StrCat("relay_domains: [example.org]\nmynetworks: []\n"
                     "smtpd_sasl_auth_enable: true\n"
                     "smtpd_sasl_pwcheck_method: auxprop\n"
                     "smtpd_sasl_sasldb_path: ",
                     database_.path(),
                     "\nsmtpd_tls_auth_only: false\n"
                     "smtpd_sasl_failure_delay: ",
                     delay, "\n", yaml));
  }

  // A client that has said EHLO.
  std::unique_ptr<TestClient> Connect() {
    auto client = std::make_unique<TestClient>(endpoint());
    client->Reply();
    ehlo_ = client->Say("EHLO client.example");
    return client;
  }

  std::string Metric(absl::string_view mechanism, absl::string_view result) {
    return absl::StrCat("smtpd_auth_total{mechanism=\"", mechanism,
                        "\",result=\"", result, "\"} ");
  }

  const SaslDatabase database_;
  std::string ehlo_;
};

TEST_F(AuthenticationTest, ARightPasswordShowsInReceived) {
  StartWith("smtpd_sasl_authenticated_header: true\n");
  const auto client = Connect();
  EXPECT_THAT(ehlo_, HasSubstr("AUTH "));
  EXPECT_THAT(ehlo_, HasSubstr(" SCRAM-SHA-256"));
  EXPECT_THAT(ehlo_, Not(HasSubstr("AUTH=")));
  EXPECT_EQ(client->Say("AUTH PLAIN " + Plain("fr0mage")),
            "235 2.7.0 Authentication successful");
  BeginMessage(*client);
  client->Say("Subject: x\r\n\r\nx\r\n.");
  ASSERT_THAT(messages(), SizeIs(1));
  EXPECT_THAT(messages()[0].content, HasSubstr(" with ESMTPA id "));
  EXPECT_THAT(messages()[0].content, HasSubstr("(Authenticated sender: jean)"));
  EXPECT_THAT(registry_.Render(), HasSubstr(Metric("PLAIN", "accepted") + "1"));
}

TEST_F(AuthenticationTest, TheNameIsNotShownUnlessAskedFor) {
  StartWith();
  const auto client = Connect();
  client->Say("AUTH PLAIN " + Plain("fr0mage"));
  BeginMessage(*client);
  client->Say("Subject: x\r\n\r\nx\r\n.");
  ASSERT_THAT(messages(), SizeIs(1));
  EXPECT_THAT(messages()[0].content, Not(HasSubstr("jean")));
}

TEST_F(AuthenticationTest, LoginIsPromptedFor) {
  StartWith("broken_sasl_auth_clients: true\n");
  const auto client = Connect();
  EXPECT_THAT(ehlo_, HasSubstr("AUTH="));
  EXPECT_EQ(client->Say("AUTH LOGIN"), "334 VXNlcm5hbWU6");
  EXPECT_EQ(client->Say(absl::Base64Escape("jean")), "334 UGFzc3dvcmQ6");
  EXPECT_THAT(client->Say(absl::Base64Escape("fr0mage")), StartsWith("235 "));
  EXPECT_THAT(client->Say("AUTH LOGIN"), StartsWith("503 5.5.1"));
}

// MTA-20.
TEST_F(AuthenticationTest, NothingIsOfferedOrTakenInTheClearByDefault) {
  Start(absl::StrCat("smtpd_sasl_auth_enable: true\nsmtpd_sasl_sasldb_path: ",
                     database_.path(), "\n"));
  const auto client = Connect();
  EXPECT_THAT(ehlo_, Not(HasSubstr("AUTH")));
  EXPECT_THAT(client->Say("AUTH PLAIN " + Plain("fr0mage")),
              StartsWith("538 5.7.11 Encryption required"));
  EXPECT_THAT(registry_.Render(), HasSubstr(Metric("PLAIN", "accepted") + "0"));
}

// MTA-40.
TEST_F(AuthenticationTest, ABudgetOfFailuresThenTheSessionEnds) {
  StartWith("smtpd_sasl_failure_limit: 3\n");
  const auto client = Connect();
  EXPECT_EQ(client->Say("AUTH PLAIN " + Plain("wrong")),
            "535 5.7.8 Error: authentication failed");
  EXPECT_THAT(client->Say("AUTH PLAIN Y"), StartsWith("501 5.5.2"));
  EXPECT_EQ(client->Say("AUTH PLAIN " + Plain("wrong")),
            "421 4.7.0 mx.example.org Error: too many failed authentications");
  EXPECT_EQ(client->Reply(), "closed");
  const std::string metrics = registry_.Render();
  EXPECT_THAT(metrics, HasSubstr(Metric("PLAIN", "rejected") + "2"));
  EXPECT_THAT(metrics, HasSubstr(Metric("PLAIN", "broken_off") + "1"));
}

// MTA-40.
TEST_F(AuthenticationTest, MTA40WrongPasswordsCountForAllSessionsOfAClient) {
  StartWith("smtpd_client_auth_failure_rate_limit: 2\n");
  for (int i = 0; i < 2; ++i) {
    EXPECT_THAT(Connect()->Say("AUTH PLAIN " + Plain("wrong")),
                StartsWith("535 5.7.8"));
  }
  EXPECT_EQ(Connect()->Say("AUTH PLAIN " + Plain("fr0mage")),
            "450 4.7.1 Error: too many authentications");
  clock_.Advance(absl::Minutes(2));
  EXPECT_THAT(Connect()->Say("AUTH PLAIN " + Plain("fr0mage")),
              StartsWith("235 "));
}

TEST_F(AuthenticationTest, AClientMayAuthenticateOnlySoOften) {
  StartWith("smtpd_client_auth_rate_limit: 1\n");
  EXPECT_THAT(Connect()->Say("AUTH PLAIN " + Plain("fr0mage")),
              StartsWith("235 "));
  EXPECT_THAT(Connect()->Say("AUTH PLAIN " + Plain("fr0mage")),
              StartsWith("450 4.7.1"));
}

TEST_F(AuthenticationTest, WhatAUsersMessageLacksIsAdded) {
  for (const bool is_user : {false, true}) {
    if (!server_) {
      StartWith("local_header_rewrite_clients: [permit_sasl_authenticated]\n");
    }
    const auto client = Connect();
    if (is_user) client->Say("AUTH PLAIN " + Plain("fr0mage"));
    BeginMessage(*client);
    client->Say("Subject: x\r\n\r\nx\r\n.");
    ASSERT_FALSE(messages().empty());
    const std::string content = messages().back().content;
    for (const char* field :
         {"\r\nMessage-ID: <", "\r\nDate: ", "\r\nFrom: "}) {
      EXPECT_EQ(content.find(field) != content.npos, is_user) << field;
    }
  }
}

TEST_F(AuthenticationTest, TheAnswerToAFailureIsHeldBackLongerEachTime) {
  StartWith("", "100ms");
  const auto client = Connect();
  absl::Time begin = absl::Now();
  client->Say("AUTH PLAIN " + Plain("wrong"));
  EXPECT_GE(absl::Now() - begin, absl::Milliseconds(100));
  begin = absl::Now();
  client->Say("AUTH PLAIN " + Plain("wrong"));
  EXPECT_GE(absl::Now() - begin, absl::Milliseconds(200));
  EXPECT_THAT(client->Say("AUTH PLAIN " + Plain("fr0mage")),
              StartsWith("235 "));
}

TEST_F(AuthenticationTest, ASaslauthdThatHangsIsATemporaryFailure) {
  const ScriptedSaslauthd saslauthd("");
  Start(
      absl::StrCat("relay_domains: [example.org]\n"
                   "smtpd_sasl_auth_enable: true\n"
                   "smtpd_tls_auth_only: false\n"
                   "smtpd_sasl_failure_delay: 0s\n"
                   "smtpd_sasl_timeout: 200ms\n"
                   "smtpd_sasl_pwcheck_method: saslauthd\n"
                   "smtpd_sasl_saslauthd_path: ",
                   saslauthd.path(), "\n"));
  const auto client = Connect();
  EXPECT_EQ(client->Say("AUTH PLAIN " + Plain("fr0mage")),
            "454 4.7.0 Temporary authentication failure");
  EXPECT_THAT(registry_.Render(),
              HasSubstr(Metric("PLAIN", "unavailable") + "1"));
  // Mail goes on.
  BeginMessage(*client);
  EXPECT_THAT(client->Say("Subject: x\r\n\r\nx\r\n."), StartsWith("250 "));
}

TEST_F(AuthenticationTest, ALineOfTheExchangeMayBeLongButNotEndless) {
  StartWith();
  const auto client = Connect();
  EXPECT_EQ(client->Say("AUTH PLAIN"), "334 ");
  EXPECT_THAT(client->Say(std::string(12288, 'A')), StartsWith("501 5.5.2"));
  EXPECT_EQ(client->Say("AUTH PLAIN"), "334 ");
  EXPECT_THAT(client->Say(std::string(12292, 'A')), StartsWith("500 5.5.6"));
  EXPECT_THAT(client->Say("AUTH PLAIN " + Plain("fr0mage")),
              StartsWith("235 "));
  EXPECT_THAT(client->Say(std::string(3000, 'A')), StartsWith("500 5.5.2"))
      << "a command is shorter";
}

TEST_F(AuthenticationTest, ClientsOfListedNetworksAreNotOfferedIt) {
  StartWith("smtpd_sasl_exceptions_networks: [127.0.0.0/8]\n");
  const auto client = Connect();
  EXPECT_THAT(ehlo_, Not(HasSubstr("AUTH")));
  EXPECT_EQ(client->Say("AUTH PLAIN " + Plain("fr0mage")),
            "503 5.5.1 Error: authentication not enabled");
}

}  // namespace
}  // namespace postern::mta::server
