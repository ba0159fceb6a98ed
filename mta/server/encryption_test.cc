// TLS in real sessions.

#include "mta/server/encryption.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/base/file.h"
#include "lib/net/test_certificate.h"
#include "lib/net/test_tls_client.h"
#include "lib/testing/status_matchers.h"
#include "mta/server/test_server.h"

namespace postern::mta::server {
namespace {

using ::postern::testing::IsOk;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

using net::TestTlsClient;
using net::TestTlsOptions;

class EncryptionTest : public TestServer {
 protected:
  // Starts a server with a certificate for mx.example.org.
  void StartTls(const std::string& yaml) {
    Renew("mx.example.org");
    yaml_ = absl::StrCat("relay_domains: [example.org]\n",
                         "smtpd_tls_chain_files: ", chain_, "\n", yaml);
    Start(yaml_);
  }

  void Renew(const std::string& host) {
    const net::TestCertificate made = net::MakeTestCertificate(host);
    ASSERT_THAT(WriteFile(chain_, made.key + made.certificate), IsOk());
  }

  static std::string Say(TestTlsClient& client, const std::string& line) {
    client.Send(line + "\r\n");
    return client.Receive();
  }

  // Speaks in the clear to where the handshake begins.
  static void AskForTls(TestTlsClient& client) {
    EXPECT_THAT(client.ReceivePlain(), StartsWith("220 "));
    client.SendPlain("EHLO client.example\r\n");
    EXPECT_THAT(client.ReceivePlain(), HasSubstr("STARTTLS\r\n"));
    client.SendPlain("STARTTLS\r\n");
    EXPECT_EQ(client.ReceivePlain(), "220 2.0.0 Ready to start TLS\r\n");
  }

  void SendMessage(TestTlsClient& client) {
    EXPECT_THAT(Say(client, "EHLO client.example"), StartsWith("250-"));
    EXPECT_EQ(Say(client, "MAIL FROM:<a@example.net>"), "250 2.1.0 Ok\r\n");
    EXPECT_EQ(Say(client, "RCPT TO:<b@example.org>"), "250 2.1.5 Ok\r\n");
    EXPECT_THAT(Say(client, "DATA"), StartsWith("354"));
    EXPECT_THAT(Say(client, "Subject: x\r\n\r\nx\r\n."), StartsWith("250"));
  }

  const std::string chain_ = dir_.path() + "/chain.pem";
  std::string yaml_;
};

TEST_F(EncryptionTest, AMessageComesAfterStartTls) {
  StartTls("smtpd_tls_security_level: may\nsmtpd_tls_received_header: true\n");
  TestTlsClient client(endpoint(), {});
  AskForTls(client);
  ASSERT_TRUE(client.Handshake());
  SendMessage(client);
  ASSERT_THAT(messages(), SizeIs(1));
  EXPECT_THAT(messages()[0].content,
              HasSubstr("(using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 "
                        "(256/256 bits))\r\n"));
  EXPECT_THAT(messages()[0].content, HasSubstr(" with ESMTPS id "));
  EXPECT_THAT(
      registry_.Render(),
      HasSubstr("tls_handshakes_total{result=\"ok\",version=\"TLSv1.3\"} 1"));
}

TEST_F(EncryptionTest, ReceivedDoesNotTellOfTlsUnlessWanted) {
  StartTls("smtpd_tls_wrappermode: true\n");
  TestTlsClient client(endpoint(), {});
  ASSERT_TRUE(client.Handshake());
  EXPECT_THAT(client.Receive(), StartsWith("220 mx.example.org"));
  SendMessage(client);
  ASSERT_THAT(messages(), SizeIs(1));
  EXPECT_THAT(messages()[0].content, HasSubstr(" with ESMTPS id "));
  EXPECT_THAT(messages()[0].content, Not(HasSubstr("TLSv1.3")));
}

TEST_F(EncryptionTest, ImplicitTlsOffersNoStartTls) {
  StartTls("smtpd_tls_wrappermode: true\n");
  TestTlsClient client(endpoint(), {});
  ASSERT_TRUE(client.Handshake());
  client.Receive();
  EXPECT_THAT(Say(client, "EHLO client.example"), Not(HasSubstr("STARTTLS")));
  EXPECT_THAT(Say(client, "STARTTLS"), StartsWith("503 5.5.1"));
  EXPECT_THAT(Say(client, "QUIT"), StartsWith("221"));
}

// CVE-2011-0411: a man in the middle puts commands behind STARTTLS.
TEST_F(EncryptionTest, MTA17CommandsInjectedBehindStartTlsAreNeverObeyed) {
  StartTls("smtpd_tls_security_level: may\n");
  TestTlsClient client(endpoint(), {});
  client.ReceivePlain();
  client.SendPlain("EHLO client.example\r\n");
  client.ReceivePlain();
  client.SendPlain("STARTTLS\r\nMAIL FROM:<evil@example.net>\r\n");
  EXPECT_THAT(client.ReceivePlain(), StartsWith("554 5.5.0"));
  EXPECT_EQ(client.ReceivePlain(), "") << "closed";
  EXPECT_FALSE(client.Handshake());
}

TEST_F(EncryptionTest, MTA18AfterTlsTheClientBeginsAnew) {
  StartTls("smtpd_tls_security_level: may\n");
  TestTlsClient client(endpoint(), {});
  AskForTls(client);
  ASSERT_TRUE(client.Handshake());
  EXPECT_THAT(Say(client, "MAIL FROM:<a@example.net>"),
              StartsWith("503 5.5.1"));
}

TEST_F(EncryptionTest, MTA21AfterAFailedHandshakeNothingIsSaid) {
  StartTls("smtpd_tls_security_level: may\n");
  TestTlsClient client(endpoint(), {});
  AskForTls(client);
  client.SendPlain("MAIL FROM:<a@example.net>\r\n");
  const std::string answer = client.ReceivePlain();
  EXPECT_THAT(answer, Not(HasSubstr("250"))) << "an alert at most";
  EXPECT_EQ(client.ReceivePlain(), "") << "closed";
  EXPECT_THAT(
      registry_.Render(),
      HasSubstr("tls_handshakes_total{result=\"failed\",version=\"none\"} 1"));
}

TEST_F(EncryptionTest, MTA21AHandshakeHasADeadlineOfItsOwn) {
  StartTls("smtpd_tls_wrappermode: true\nsmtpd_starttls_timeout: 1s\n");
  TestTlsClient client(endpoint(), {});
  EXPECT_EQ(client.ReceivePlain(), "") << "closed without a word";
  EXPECT_THAT(registry_.Render(), HasSubstr("result=\"timed_out\""));
}

TEST_F(EncryptionTest, HandshakesOfAClientAreLimitedResumptionsAreNot) {
  StartTls(
      "smtpd_tls_wrappermode: true\nmynetworks: []\n"
      "smtpd_client_new_tls_session_rate_limit: 1\n");
  TestTlsOptions options;
  const auto greeting = [this](const TestTlsOptions& with,
                               std::string* session) {
    TestTlsClient client(endpoint(), with);
    std::string text = client.Handshake() ? client.Receive() : "";
    *session = client.session();
    return text;
  };
  std::string ignored;
  EXPECT_THAT(greeting({}, &options.session), StartsWith("220"));
  EXPECT_EQ(greeting({}, &ignored), "") << "closed";
  EXPECT_THAT(greeting(options, &ignored), StartsWith("220"));
}

TEST_F(EncryptionTest, MTA21SessionsAreResumedAtTheSameListenerOnly) {
  const std::string other_listen = "unix:" + dir_.path() + "/other";
  StartTls(absl::StrCat("smtpd_tls_wrappermode: true\nlisteners: [{listen: '",
                        other_listen, "'}]\n"));
  const auto other = Open(net::Endpoint::Parse(other_listen).value());
  other->Serve(drain_, server_->AddPort(Config(yaml_).listeners(0)));
  TestTlsOptions options;
  for (const bool is_first : {true, false}) {
    TestTlsClient client(other->endpoint(), options);
    ASSERT_TRUE(client.Handshake());
    EXPECT_THAT(client.Receive(), StartsWith("220"));
    EXPECT_EQ(client.is_resumed(), !is_first);
    options.session = client.session();
  }
  EXPECT_THAT(registry_.Render(), HasSubstr("tls_resumptions_total 1"));
  other->Close();
}

TEST_F(EncryptionTest, ARenewedCertificateIsUsedAndABrokenOneIsNot) {
  StartTls("smtpd_tls_wrappermode: true\n");
  const auto subject = [this] {
    TestTlsClient client(endpoint(), {});
    EXPECT_TRUE(client.Handshake());
    client.Receive();
    return client.server_subject();
  };
  EXPECT_EQ(subject(), "mx.example.org");
  Renew("renewed.example.org");
  ASSERT_THAT(server_->Reload(Config(yaml_)), IsOk());
  EXPECT_EQ(subject(), "renewed.example.org");
  ASSERT_THAT(WriteFile(chain_, "broken"), IsOk());
  ASSERT_THAT(server_->Reload(Config(yaml_)), IsOk());
  EXPECT_EQ(subject(), "renewed.example.org");
  EXPECT_THAT(registry_.Render(), HasSubstr("tls_stale_certificates_total 1"));
}

TEST(DescribeTlsTest, ANameCountsOnlyIfSomebodyVouchesForIt) {
  net::TlsFacts facts;
  facts.version = "TLSv1.3";
  facts.cipher = "TLS_AES_256_GCM_SHA384";
  facts.cipher_bits = 256;
  facts.subject = "client.example";
  facts.issuer = "An Authority";
  facts.fingerprint = "AB:CD";
  facts.pubkey_fingerprint = "12:34";
  filters::PolicyQuestion question;
  DescribeTls(facts, question);
  EXPECT_EQ(question.encryption_protocol, "TLSv1.3");
  EXPECT_EQ(question.encryption_cipher, "TLS_AES_256_GCM_SHA384");
  EXPECT_EQ(question.encryption_keysize, 256);
  EXPECT_EQ(question.ccert_fingerprint, "AB:CD");
  EXPECT_EQ(question.ccert_pubkey_fingerprint, "12:34");
  EXPECT_EQ(question.ccert_subject, "");
  facts.is_trusted = true;
  DescribeTls(facts, question);
  EXPECT_EQ(question.ccert_subject, "client.example");
  EXPECT_EQ(question.ccert_issuer, "An Authority");
}

}  // namespace
}  // namespace postern::mta::server
