#include "lib/net/tls_connection.h"

#include <openssl/ssl.h>
#include <sys/socket.h>

#include <csignal>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/base/file.h"
#include "lib/base/unique_fd.h"
#include "lib/net/test_certificate.h"
#include "lib/net/tls.h"
#include "lib/net/tls_context.h"
#include "lib/testing/status_matchers.h"
#include "lib/testing/temp_dir.h"

namespace postern::net {
namespace {

using Progress = TlsConnection::Progress;
using Role = TlsConnection::Role;
using ::postern::testing::IsOk;
using ::testing::HasSubstr;

// A server and a client of it at the two ends of a socket.
class TlsConnectionTest : public ::testing::Test {
 protected:
  TlsConnectionTest() {
    ::signal(SIGPIPE, SIG_IGN);
    const TestCertificate made = MakeTestCertificate("mx.example.org");
    EXPECT_THAT(WriteFile(chain_, made.key + made.certificate), IsOk());
    EXPECT_THAT(WriteFile(authority_, made.certificate), IsOk());
    int ends[2];
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
    server_end_ = UniqueFd(ends[0]);
    client_end_ = UniqueFd(ends[1]);
    TlsServerOptions options;
    options.chain_files = {chain_};
    server_context_ = TlsContext::CreateServer(std::move(options)).value();
    client_context_ = TlsContext::CreateClient({.ca_file = authority_}).value();
    server_.emplace(server_context_->context().Current().context,
                    server_end_.get(), Role::kServer);
    client_.emplace(client_context_->context().Current().context,
                    client_end_.get(), Role::kClient);
  }

  // Takes both through the handshake; returns what each came to.
  std::pair<Progress, Progress> Shake() {
    Progress server = Progress::kNeedsInput;
    Progress client = Progress::kNeedsInput;
    for (int i = 0; i < 10; ++i) {
      if (client == Progress::kNeedsInput) client = client_->Handshake();
      if (server == Progress::kNeedsInput) server = server_->Handshake();
    }
    return {server, client};
  }

  void Connect() {
    ASSERT_TRUE(client_->Expect(
        {.proof = TlsPeer::Proof::kName, .names = {"mx.example.org"}}));
    ASSERT_EQ(Shake(), std::pair(Progress::kDone, Progress::kDone));
  }

  // What `reader` has for us, until it waits or its peer has ended.
  static std::string ReadAll(TlsConnection& reader, Progress* end) {
    std::string all;
    char buffer[5000];
    size_t n = 0;
    while ((*end = reader.Read(absl::MakeSpan(buffer), n)) == Progress::kDone &&
           n > 0) {
      all.append(buffer, n);
    }
    return all;
  }

  testing::TempDir dir_;
  const std::string chain_ = dir_.path() + "/chain.pem";
  const std::string authority_ = dir_.path() + "/ca.pem";
  UniqueFd server_end_;
  UniqueFd client_end_;
  std::unique_ptr<TlsContext> server_context_;
  std::unique_ptr<TlsContext> client_context_;
  std::optional<TlsConnection> server_;
  std::optional<TlsConnection> client_;
};

TEST_F(TlsConnectionTest, WritesBiggerThanTheSocketTakesComeOutWhole) {
  Connect();
  std::string sent(3'000'000, 'x');
  for (size_t i = 0; i < sent.size(); i += 97) sent[i] = static_cast<char>(i);
  absl::string_view left = sent;
  std::string received;
  Progress read = Progress::kNeedsInput;
  Progress written = Progress::kNeedsOutput;
  int waits = 0;
  while (written == Progress::kNeedsOutput) {
    written = server_->Write(left);
    received += ReadAll(*client_, &read);
    ++waits;
  }
  EXPECT_EQ(written, Progress::kDone);
  EXPECT_EQ(read, Progress::kNeedsInput);
  EXPECT_GT(waits, 2);
  EXPECT_TRUE(received == sent);
}

TEST_F(TlsConnectionTest, BothEndsTalkWhileOneOfThemWaitsToWrite) {
  Connect();
  const std::string much(3'000'000, 'x');
  absl::string_view left = much;
  ASSERT_EQ(server_->Write(left), Progress::kNeedsOutput);
  absl::string_view question = "question";
  ASSERT_EQ(client_->Write(question), Progress::kDone);
  Progress end;
  EXPECT_EQ(ReadAll(*server_, &end), "question");
}

TEST_F(TlsConnectionTest, TheEndOfAConnectionIsSaid) {
  Connect();
  server_.reset();
  Progress end;
  EXPECT_EQ(ReadAll(*client_, &end), "");
  EXPECT_EQ(end, Progress::kDone);
  EXPECT_EQ(SSL_get_shutdown(client_->ssl()), SSL_RECEIVED_SHUTDOWN);
}

TEST_F(TlsConnectionTest, APeerThatGoesWithoutAWordHasEndedAsWell) {
  Connect();
  ::shutdown(server_end_.get(), SHUT_RDWR);
  Progress end;
  EXPECT_EQ(ReadAll(*client_, &end), "");
  EXPECT_EQ(end, Progress::kDone);
}

TEST_F(TlsConnectionTest, LastWordsAreHeard) {
  Connect();
  server_->SayLast("421 bye\r\n");
  Progress end;
  EXPECT_EQ(ReadAll(*client_, &end), "421 bye\r\n");
}

TEST_F(TlsConnectionTest, NoLastWordsGoIntoARecordThatIsHalfOut) {
  Connect();
  const std::string much(3'000'000, 'x');
  absl::string_view left = much;
  ASSERT_EQ(server_->Write(left), Progress::kNeedsOutput);
  Progress end;
  std::string received = ReadAll(*client_, &end);
  server_->SayLast("421 bye\r\n");
  server_.reset();
  received += ReadAll(*client_, &end);
  EXPECT_EQ(received.find('4'), std::string::npos);
  EXPECT_EQ(end, Progress::kNeedsInput);
}

TEST_F(TlsConnectionTest, InputThatOpensslHoldsIsSeen) {
  Connect();
  EXPECT_FALSE(server_->HasInput());
  absl::string_view two_lines = "one\r\ntwo\r\n";
  ASSERT_EQ(client_->Write(two_lines), Progress::kDone);
  char buffer[5];
  size_t n = 0;
  ASSERT_EQ(server_->Read(absl::MakeSpan(buffer), n), Progress::kDone);
  EXPECT_TRUE(server_->HasInput());
}

TEST_F(TlsConnectionTest, AnotherNameIsRefusedAndTheReasonSaid) {
  ASSERT_TRUE(client_->Expect(
      {.proof = TlsPeer::Proof::kName, .names = {"other.example.org"}}));
  EXPECT_EQ(Shake(), std::pair(Progress::kFailed, Progress::kFailed));
  EXPECT_THAT(client_->failure(), HasSubstr("hostname mismatch"));
}

TEST_F(TlsConnectionTest, AnAddressIsNotTheNameInTheCertificate) {
  ASSERT_TRUE(client_->Expect(
      {.proof = TlsPeer::Proof::kName, .names = {"192.0.2.1"}}));
  EXPECT_EQ(Shake().second, Progress::kFailed);
  EXPECT_THAT(client_->failure(), HasSubstr("IP address mismatch"));
}

TEST_F(TlsConnectionTest, NoNameCannotBeVerified) {
  EXPECT_FALSE(
      client_->Expect({.proof = TlsPeer::Proof::kName, .names = {""}}));
  EXPECT_TRUE(client_->Expect({}));
}

TEST_F(TlsConnectionTest, AHandshakeThatIsNoneFails) {
  ASSERT_EQ(::send(client_end_.get(), "EHLO you\r\n", 10, 0), 10);
  EXPECT_EQ(server_->Handshake(), Progress::kFailed);
  EXPECT_FALSE(server_->failure().empty());
}

TEST_F(TlsConnectionTest, AHandshakeThatEndsEarlyFails) {
  ::shutdown(client_end_.get(), SHUT_RDWR);
  EXPECT_EQ(server_->Handshake(), Progress::kFailed);
  EXPECT_EQ(server_->failure(), "the connection was closed");
}

}  // namespace
}  // namespace postern::net
