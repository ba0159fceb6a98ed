// The server side of TLS, against a client that tries everything.

#include "lib/net/tls_server.h"

#include <openssl/ssl.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/base/file.h"
#include "lib/net/deadline.h"
#include "lib/net/drain.h"
#include "lib/net/endpoint.h"
#include "lib/net/listener.h"
#include "lib/net/runtime.h"
#include "lib/net/stream.h"
#include "lib/net/task.h"
#include "lib/net/test_certificate.h"
#include "lib/net/test_tls_client.h"
#include "lib/net/tls.h"
#include "lib/testing/status_matchers.h"
#include "lib/testing/temp_dir.h"

namespace postern::net {
namespace {

using ::postern::testing::IsOk;
using ::postern::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::StartsWith;

Deadline Soon() { return Deadline::After(absl::Seconds(30)); }

// Tells every client what it knows of the connection.
class Teller final : public ConnectionHandler {
 public:
  explicit Teller(std::unique_ptr<TlsContext> context)
      : context_(std::move(context)) {}

  Task<> Serve(Stream stream) override {
    const absl::Status secured =
        co_await stream.StartTlsServer(*context_, Soon());
    if (!secured.ok()) co_return;
    const std::string digest = "sha256";
    const TlsFacts facts = stream.tls_facts(digest);
    const std::string text = absl::StrCat(
        facts.is_resumed ? "resumed" : "new", " ", facts.subject, " ",
        facts.is_trusted ? "trusted" : "unknown", " ", facts.server_name);
    co_await stream.Write(text, Soon());
    char buffer[64];
    co_await stream.Read(absl::MakeSpan(buffer), Soon());
  }

 private:
  const std::unique_ptr<TlsContext> context_;
};

class TlsServerTest : public ::testing::Test {
 protected:
  ~TlsServerTest() override {
    for (auto& listener : listeners_) listener->Close();
    EXPECT_TRUE(drain_.AwaitIdle(absl::Seconds(60)));
  }

  std::string File(const std::string& name, const std::string& content) {
    const std::string path = dir_.path() + "/" + name;
    EXPECT_THAT(WriteFile(path, content), IsOk());
    return path;
  }

  std::string Chain(const std::string& host) {
    const TestCertificate made = MakeTestCertificate(host);
    return File(host, made.key + made.certificate);
  }

  TlsServerOptions Options() {
    TlsServerOptions options;
    options.chain_files = {Chain("mx.example.org")};
    return options;
  }

  // Starts a server and returns where it is.
  Endpoint Serve(const TlsServerOptions& options) {
    return Serve(TlsContext::CreateServer(options).value());
  }
  Endpoint Serve(std::unique_ptr<TlsContext> context) {
    tellers_.push_back(std::make_unique<Teller>(std::move(context)));
    ListenOptions where;
    where.endpoint = Endpoint::Parse("127.0.0.1:0").value();
    listeners_.push_back(Listener::Open(*runtime_, where).value());
    listeners_.back()->Serve(drain_, *tellers_.back());
    return listeners_.back()->endpoint();
  }

  // What the server tells the client; empty: there is no connection.
  static std::string Ask(const Endpoint& server,
                         const TestTlsOptions& options) {
    TestTlsClient client(server, options);
    return client.Handshake() ? client.Receive() : "";
  }

  // A session to be resumed.
  static std::string SessionOf(const Endpoint& server,
                               const TestTlsOptions& options) {
    TestTlsClient client(server, options);
    EXPECT_TRUE(client.Handshake());
    EXPECT_THAT(client.Receive(), StartsWith("new"));
    return client.session();
  }

  const testing::TempDir dir_;
  Drain drain_;
  std::vector<std::unique_ptr<Teller>> tellers_;
  std::unique_ptr<Runtime> runtime_ = Runtime::Create({.reactors = 2}).value();
  std::vector<std::unique_ptr<Listener>> listeners_;
};

TestTlsOptions Speaking(int version) {
  TestTlsOptions options;
  options.min_version = options.max_version = version;
  return options;
}

TestTlsOptions OnlyWith(const std::string& ciphers) {
  TestTlsOptions options = Speaking(TLS1_2_VERSION);
  options.ciphers = ciphers;
  return options;
}

TEST_F(TlsServerTest, MTA21OnlyTls12And13AreSpoken) {
  const Endpoint server = Serve(Options());
  for (const int version : {SSL3_VERSION, TLS1_VERSION, TLS1_1_VERSION}) {
    EXPECT_EQ(Ask(server, Speaking(version)), "") << std::hex << version;
  }
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    EXPECT_NE(Ask(server, Speaking(version)), "") << std::hex << version;
  }
}

TEST_F(TlsServerTest, VersionsCanBeFewer) {
  TlsServerOptions options = Options();
  options.versions.tls12 = false;
  const Endpoint new_only = Serve(options);
  EXPECT_EQ(Ask(new_only, Speaking(TLS1_2_VERSION)), "");
  EXPECT_NE(Ask(new_only, Speaking(TLS1_3_VERSION)), "");
  options.versions = {.tls12 = true, .tls13 = false};
  const Endpoint old_only = Serve(options);
  EXPECT_NE(Ask(old_only, Speaking(TLS1_2_VERSION)), "");
  EXPECT_EQ(Ask(old_only, Speaking(TLS1_3_VERSION)), "");
}

TEST_F(TlsServerTest, MTA21WeakCiphersAreNotSpoken) {
  TlsServerOptions options = Options();
  TestCertificateOptions rsa;
  rsa.host = "mx.example.org";
  rsa.is_rsa = true;
  const TestCertificate made = MakeTestCertificate(rsa);
  options.chain_files.push_back(File("rsa", made.key + made.certificate));
  const Endpoint server = Serve(options);
  for (const char* weak :
       {"eNULL", "aNULL", "RC4", "3DES", "DES", "EXPORT", "MD5", "PSK", "SEED",
        "CAMELLIA", "ARIA", "kRSA", "AES128-SHA", "ECDHE+3DES"}) {
    EXPECT_EQ(Ask(server, OnlyWith(weak)), "") << weak;
  }
  for (const char* good : {"ECDHE+AESGCM", "ECDHE+CHACHA20", "DHE+AESGCM",
                           "ECDHE-RSA-AES128-SHA"}) {
    EXPECT_NE(Ask(server, OnlyWith(good)), "") << good;
  }
  options.ciphers = TlsCiphers::kHigh;
  const Endpoint strict = Serve(options);
  EXPECT_EQ(Ask(strict, OnlyWith("ECDHE-RSA-AES128-SHA")), "");
  EXPECT_NE(Ask(strict, OnlyWith("ECDHE+AESGCM")), "");
}

TEST_F(TlsServerTest, TheServersOrderOfCiphersCounts) {
  TestTlsClient client(
      Serve(Options()),
      OnlyWith("ECDHE-ECDSA-AES128-SHA:ECDHE-ECDSA-AES256-GCM-SHA384"));
  ASSERT_TRUE(client.Handshake());
  EXPECT_EQ(client.cipher(), "ECDHE-ECDSA-AES256-GCM-SHA384");
}

TEST_F(TlsServerTest, AClientGetsTheCertificateOfTheNameThatItAsksFor) {
  TlsServerOptions options = Options();
  options.chain_files_by_name["Mail.Example.com"] = {Chain("mail.example.com")};
  options.chain_files_by_name[".example.net"] = {Chain("any.example.net")};
  const Endpoint server = Serve(options);
  struct Case {
    const char* why;
    const char* name;
    const char* subject;
  };
  const Case cases[] = {
      {"no name", "", "mx.example.org"},
      {"an unknown name", "x.example.com", "mx.example.org"},
      {"a known one", "mail.example.com", "mail.example.com"},
      {"in any case", "MAIL.example.COM", "mail.example.com"},
      {"a name below a domain", "a.example.net", "any.example.net"},
      {"further below", "a.b.example.net", "any.example.net"},
      {"the domain itself is not below it", "example.net", "mx.example.org"},
  };
  for (const Case& c : cases) {
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
      SCOPED_TRACE(absl::StrCat(c.why, " ", version));
      TestTlsOptions asking = Speaking(version);
      asking.server_name = c.name;
      TestTlsClient client(server, asking);
      ASSERT_TRUE(client.Handshake());
      EXPECT_EQ(client.server_subject(), c.subject);
    }
  }
}

TEST_F(TlsServerTest, AClientCanResumeItsSession) {
  TlsServerOptions options = Options();
  options.chain_files_by_name["b.example"] = {Chain("b.example")};
  const Endpoint server = Serve(options);
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    for (const char* name : {"", "a.example", "b.example"}) {
      SCOPED_TRACE(absl::StrCat(version, " ", name));
      TestTlsOptions asking = Speaking(version);
      asking.server_name = name;
      asking.session = SessionOf(server, asking);
      EXPECT_THAT(Ask(server, asking), StartsWith("resumed"));
    }
  }
}

TEST_F(TlsServerTest, MTA21ASessionIsNothingToAnotherListenerOrName) {
  TlsServerOptions options = Options();
  options.chain_files_by_name["b.example"] = {Chain("b.example")};
  options.session_scope = "one";
  const Endpoint one = Serve(options);
  options.session_scope = "other";
  const Endpoint other = Serve(options);
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    SCOPED_TRACE(version);
    TestTlsOptions asking = Speaking(version);
    asking.session = SessionOf(one, asking);
    EXPECT_THAT(Ask(one, asking), StartsWith("resumed"));
    EXPECT_THAT(Ask(other, asking), StartsWith("new"));
    asking.server_name = "b.example";
    EXPECT_THAT(Ask(one, asking), StartsWith("new"));
  }
}

// The keys alone do not decide: the scope is in the session as well.
TEST_F(TlsServerTest, MTA21ASessionOfAnotherScopeIsNotResumedWithTheSameKeys) {
  TlsServerOptions options = Options();
  options.session_scope = "one";
  auto before = TlsContext::CreateServer(options).value();
  options.session_scope = "other";
  auto after = TlsContext::CreateServer(options, *before).value();
  const Endpoint one = Serve(std::move(before));
  const Endpoint other = Serve(std::move(after));
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    TestTlsOptions asking = Speaking(version);
    asking.session = SessionOf(one, asking);
    EXPECT_THAT(Ask(other, asking), StartsWith("new"));
  }
}

TEST_F(TlsServerTest, ARenewedCertificateLeavesSessionsToBeResumed) {
  const TlsServerOptions options = Options();
  auto before = TlsContext::CreateServer(options).value();
  Chain("mx.example.org");
  auto after = TlsContext::CreateServer(options, *before).value();
  const TestTlsOptions plain;
  TestTlsOptions asking;
  asking.session = SessionOf(Serve(std::move(before)), plain);
  EXPECT_THAT(Ask(Serve(std::move(after)), asking), StartsWith("resumed"));
}

TEST_F(TlsServerTest, WithoutALifetimeNothingIsResumed) {
  TlsServerOptions options = Options();
  options.session_lifetime = absl::ZeroDuration();
  const Endpoint server = Serve(options);
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    TestTlsOptions asking = Speaking(version);
    asking.session = SessionOf(server, asking);
    EXPECT_THAT(Ask(server, asking), StartsWith("new"));
  }
}

TEST_F(TlsServerTest, AClientsCertificateIsAskedForAndItsTrustIsTold) {
  const TestCertificate known = MakeTestCertificate("known.example");
  TlsServerOptions options = Options();
  options.client_certificate = ClientCertificate::kAsked;
  options.ca_file = File("ca", known.certificate);
  const Endpoint server = Serve(options);
  TestTlsOptions asking;
  EXPECT_EQ(Ask(server, asking), "new  unknown ");
  asking.identity = known;
  EXPECT_EQ(Ask(server, asking), "new known.example trusted ");
  asking.identity = MakeTestCertificate("stranger.example");
  EXPECT_EQ(Ask(server, asking), "new stranger.example unknown ");
}

TEST_F(TlsServerTest, AResumedSessionKeepsTheClientsCertificate) {
  const TestCertificate known = MakeTestCertificate("known.example");
  TlsServerOptions options = Options();
  options.client_certificate = ClientCertificate::kAsked;
  options.ca_file = File("ca", known.certificate);
  const Endpoint server = Serve(options);
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    TestTlsOptions asking = Speaking(version);
    asking.identity = known;
    asking.session = SessionOf(server, asking);
    EXPECT_EQ(Ask(server, asking), "resumed known.example trusted ");
  }
}

TEST_F(TlsServerTest, ARequiredCertificateMustBeThereAndVouchedFor) {
  const TestCertificate known = MakeTestCertificate("known.example");
  TlsServerOptions options = Options();
  options.client_certificate = ClientCertificate::kRequired;
  options.ca_file = File("ca", known.certificate);
  const Endpoint server = Serve(options);
  TestTlsOptions asking;
  EXPECT_EQ(Ask(server, asking), "");
  asking.identity = MakeTestCertificate("stranger.example");
  EXPECT_EQ(Ask(server, asking), "");
  asking.identity = known;
  EXPECT_EQ(Ask(server, asking), "new known.example trusted ");
}

TEST_F(TlsServerTest, MTA21AnotherProtocolsClientIsTurnedAway) {
  const Endpoint server = Serve(Options());
  TestTlsOptions asking;
  asking.alpn = "h2";
  EXPECT_EQ(Ask(server, asking), "");
  asking.alpn = "smtp";
  EXPECT_NE(Ask(server, asking), "");
}

TEST_F(TlsServerTest, TellsWhenItsCertificatesEnd) {
  TlsServerOptions options = Options();
  options.chain_files_by_name["b.example"] = {Chain("b.example")};
  EXPECT_THAT(TlsContext::CreateServer(options).value()->certificates(),
              ElementsAre(Field(&TlsCertificate::name, ""),
                          Field(&TlsCertificate::name, "b.example")));
}

TEST_F(TlsServerTest, NamesTheFileAtFault) {
  TlsServerOptions options = Options();
  options.chain_files_by_name["b.example"] = {File("bad", "x")};
  EXPECT_THAT(
      TlsContext::CreateServer(options),
      StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("/bad: ")));
  options = Options();
  options.client_certificate = ClientCertificate::kAsked;
  options.ca_file = dir_.path() + "/no-ca";
  EXPECT_THAT(
      TlsContext::CreateServer(options),
      StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("/no-ca: ")));
}

}  // namespace
}  // namespace postern::net
