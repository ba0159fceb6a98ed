// The client and a real server over TLS (RD-08).

#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/redis/client.h"
#include "lib/testing/redis_server.h"
#include "lib/testing/status_matchers.h"
#include "lib/testing/temp_dir.h"

namespace postern::redis {
namespace {

using ::postern::testing::IsOk;
using ::postern::testing::IsOkAndHolds;
using ::postern::testing::RedisServer;
using ::postern::testing::StatusIs;
using ::testing::HasSubstr;

class TlsServerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!RedisServer::IsInstalled()) GTEST_SKIP() << RedisServer::kMissing;
    MakeCertificate("ours", "redis.example.org");
    MakeCertificate("stranger", "redis.example.org");
    // The port speaks TLS alone.
    const std::string key = Path("ours.key");
    server_ = RedisServer::Start(
        {"tls-cert-file " + Path("ours.pem"), "tls-key-file " + key,
         "tls-ca-cert-file " + Path("ours.pem"), "tls-port $PORT", "port 0"},
        {"--tls", "--cacert", Path("ours.pem"), "--cert", Path("ours.pem"),
         "--key", key});
    config_.mutable_operation_timeout()->set_seconds(10);
    config_.mutable_connect_timeout()->set_seconds(10);
    config_.add_endpoints(server_->endpoint());
    config_.mutable_tls()->set_ca_file(Path("ours.pem"));
    config_.mutable_tls()->set_certificate_file(Path("ours.pem"));
    config_.mutable_tls()->set_key_file(Path("ours.key"));
    config_.mutable_tls()->set_server_name("redis.example.org");
  }

  std::string Path(const std::string& name) const {
    return directory_.path() + "/" + name;
  }

  // Makes <name>.pem, signed by itself, and <name>.key.
  void MakeCertificate(const std::string& name, const std::string& host) {
    const std::string command = absl::StrCat(
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes ",
        "-days 2 -subj /CN=", name, " -addext subjectAltName=DNS:", host,
        " -out ", Path(name + ".pem"), " -keyout ", Path(name + ".key"),
        " 2>/dev/null");
    ASSERT_EQ(std::system(command.c_str()), 0);
  }

  absl::StatusOr<Reply> Ping() {
    client_ = Client::Create(config_, {.runtime = *runtime_,
                                       .resolver = nullptr,
                                       .metrics = nullptr,
                                       .program = "test"})
                  .value();
    return runtime_->BlockOn(
        client_->Command({"PING"}, "", net::Deadline::After(absl::Minutes(1))));
  }

  testing::TempDir directory_;
  std::unique_ptr<net::Runtime> runtime_ =
      net::Runtime::Create({.reactors = 1, .blocking_threads = 1}).value();
  std::unique_ptr<RedisServer> server_;
  config::v1::Redis config_;
  std::unique_ptr<Client> client_;
};

TEST_F(TlsServerTest, Rd08SpeaksTlsWithAServerThatItTrusts) {
  EXPECT_THAT(Ping(), IsOkAndHolds(Reply::OfString("PONG")));
  const std::string large(1'000'000, 'x');
  EXPECT_THAT(runtime_->BlockOn(client_->Command(
                  {"ECHO", large}, "", net::Deadline::After(absl::Minutes(1)))),
              IsOkAndHolds(Reply::OfString(large)));
}

TEST_F(TlsServerTest, Rd08SaysNothingToAServerThatItDoesNotTrust) {
  config_.mutable_tls()->set_ca_file(Path("stranger.pem"));
  EXPECT_THAT(Ping(), StatusIs(absl::StatusCode::kUnavailable,
                               HasSubstr("TLS handshake")));
}

TEST_F(TlsServerTest, Rd08TheNameMustBeInTheCertificate) {
  config_.mutable_tls()->set_server_name("other.example.org");
  EXPECT_THAT(Ping(), StatusIs(absl::StatusCode::kUnavailable,
                               HasSubstr("TLS handshake")));
}

TEST_F(TlsServerTest, Rd08WithoutAServerNameTheHostMustBeInTheCertificate) {
  config_.mutable_tls()->clear_server_name();
  EXPECT_THAT(Ping(), StatusIs(absl::StatusCode::kUnavailable,
                               HasSubstr("TLS handshake")));
}

TEST_F(TlsServerTest, InTheClearThereIsNoAnswer) {
  config_.clear_tls();
  EXPECT_THAT(Ping(), StatusIs(absl::StatusCode::kUnavailable));
}

}  // namespace
}  // namespace postern::redis
