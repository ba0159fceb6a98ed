#include "lib/net/tls.h"

#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/base/file.h"
#include "lib/base/status_macros.h"
#include "lib/net/deadline.h"
#include "lib/net/drain.h"
#include "lib/net/endpoint.h"
#include "lib/net/listener.h"
#include "lib/net/runtime.h"
#include "lib/net/stream.h"
#include "lib/net/stream_end.h"
#include "lib/net/task.h"
#include "lib/net/test_certificate.h"
#include "lib/net/test_tls_echo.h"
#include "lib/testing/status_matchers.h"
#include "lib/testing/temp_dir.h"

namespace postern::net {
namespace {

using ::postern::testing::IsOk;
using ::postern::testing::IsOkAndHolds;
using ::postern::testing::StatusIs;
using ::testing::HasSubstr;

Deadline Soon() { return Deadline::After(absl::Seconds(30)); }

// Writes a self-signed certificate for `host` and its key.
void MakeCertificate(const std::string& host, const std::string& certificate,
                     const std::string& key_file) {
  const TestCertificate made = MakeTestCertificate(host);
  ASSERT_THAT(WriteFile(certificate, made.certificate), IsOk());
  ASSERT_THAT(WriteFile(key_file, made.key), IsOk());
}

Task<absl::StatusOr<std::string>> Ask(Endpoint endpoint, TlsContext& context,
                                      std::string host) {
  CO_ASSIGN_OR_RETURN(Stream stream, co_await Connect(endpoint, Soon()));
  CO_RETURN_IF_ERROR(co_await stream.StartTlsClient(context, host, Soon()));
  EXPECT_EQ(stream.tls_version(), "TLSv1.3");
  EXPECT_FALSE(stream.tls_cipher().empty());
  CO_RETURN_IF_ERROR(co_await stream.Write("hello", Soon()));
  char buffer[512];
  CO_ASSIGN_OR_RETURN(const size_t n,
                      co_await stream.Read(absl::MakeSpan(buffer), Soon()));
  co_return std::string(buffer, n);
}

// MTA-21: after a failed handshake nothing goes over the connection.
Task<absl::Status> WriteAfterFailure(Endpoint endpoint, TlsContext& context) {
  CO_ASSIGN_OR_RETURN(Stream stream, co_await Connect(endpoint, Soon()));
  const absl::Status secured =
      co_await stream.StartTlsClient(context, "mx.example.org", Soon());
  EXPECT_FALSE(secured.ok());
  co_return co_await stream.Write("in the clear", Soon());
}

// The other end sends back one word and closes.
Task<absl::Status> AwaitEnd(Endpoint endpoint, TlsContext& context) {
  CO_ASSIGN_OR_RETURN(Stream stream, co_await Connect(endpoint, Soon()));
  CO_RETURN_IF_ERROR(
      co_await stream.StartTlsClient(context, "mx.example.org", Soon()));
  EXPECT_FALSE(HasEnded(stream));
  CO_RETURN_IF_ERROR(co_await stream.Write("hello", Soon()));
  const Deadline end = Soon();
  while (!stream.HasInput() && !end.has_passed()) co_await Yield();
  EXPECT_FALSE(HasEnded(stream)) << "there is a word to read";
  char buffer[512];
  CO_ASSIGN_OR_RETURN(const size_t n,
                      co_await stream.Read(absl::MakeSpan(buffer), Soon()));
  EXPECT_EQ(n, 5u) << "looking at it takes nothing away";
  while (!HasEnded(stream) && !end.has_passed()) co_await Yield();
  EXPECT_TRUE(HasEnded(stream));
  co_return absl::OkStatus();
}

class TlsTest : public ::testing::Test {
 protected:
  TlsTest() {
    MakeCertificate("mx.example.org", certificate_, key_);
    TlsServerOptions options;
    options.chain_files = {key_, certificate_};
    server_ = TlsContext::CreateServer(std::move(options)).value();
    echo_ = std::make_unique<TlsEcho>(*server_);
    listener_->Serve(drain_, *echo_);
  }
  ~TlsTest() override { EXPECT_TRUE(drain_.AwaitIdle(absl::Seconds(60))); }

  absl::StatusOr<std::string> AskAs(const std::string& host,
                                    TlsOptions options) {
    const auto context = TlsContext::CreateClient(std::move(options)).value();
    return runtime_->BlockOn(Ask(listener_->endpoint(), *context, host));
  }

  testing::TempDir dir_;
  std::string certificate_ = dir_.path() + "/cert.pem";
  std::string key_ = dir_.path() + "/key.pem";
  Drain drain_;
  std::unique_ptr<TlsContext> server_;
  std::unique_ptr<TlsEcho> echo_;
  std::unique_ptr<Runtime> runtime_ = Runtime::Create({.reactors = 2}).value();
  std::unique_ptr<Listener> listener_ =
      Listener::Open(*runtime_,
                     {.endpoint = Endpoint::Parse("127.0.0.1:0").value()})
          .value();
};

TEST_F(TlsTest, AVerifiedConnectionCarriesData) {
  EXPECT_THAT(AskAs("mx.example.org", {.ca_file = certificate_}),
              IsOkAndHolds("hello"));
}

TEST_F(TlsTest, AnotherNameIsRefused) {
  EXPECT_THAT(
      AskAs("other.example.org", {.ca_file = certificate_}),
      StatusIs(absl::StatusCode::kUnavailable, HasSubstr("TLS handshake")));
}

TEST_F(TlsTest, AnUnknownAuthorityIsRefusedUnlessNotAsked) {
  EXPECT_FALSE(AskAs("mx.example.org", {}).ok());
  EXPECT_THAT(AskAs("mx.example.org", {.verify_peer = false}),
              IsOkAndHolds("hello"));
}

TEST_F(TlsTest, NothingIsWrittenAfterAFailedHandshake) {
  const auto context = TlsContext::CreateClient({}).value();
  EXPECT_THAT(
      runtime_->BlockOn(WriteAfterFailure(listener_->endpoint(), *context)),
      StatusIs(absl::StatusCode::kCancelled));
}

TEST_F(TlsTest, ShowsThatThePeerHasClosed) {
  const auto context =
      TlsContext::CreateClient({.ca_file = certificate_}).value();
  EXPECT_THAT(runtime_->BlockOn(AwaitEnd(listener_->endpoint(), *context)),
              IsOk());
}

TEST_F(TlsTest, ReloadKeepsTheOldFilesWhenTheNewAreBroken) {
  ASSERT_THAT(WriteFile(certificate_ + ".ca", ReadFile(certificate_).value()),
              IsOk());
  ASSERT_THAT(WriteFile(certificate_, "not a certificate"), IsOk());
  EXPECT_THAT(server_->Reload(), StatusIs(absl::StatusCode::kInvalidArgument,
                                          HasSubstr(certificate_)));
  EXPECT_THAT(AskAs("mx.example.org", {.ca_file = certificate_ + ".ca"}),
              IsOkAndHolds("hello"));
}

TEST_F(TlsTest, ReloadServesTheRenewedCertificate) {
  MakeCertificate("renewed.example.org", certificate_, key_);
  ASSERT_THAT(server_->Reload(), IsOk());
  EXPECT_THAT(AskAs("renewed.example.org", {.ca_file = certificate_}),
              IsOkAndHolds("hello"));
}

TEST(TlsContextTest, NamesTheFileAtFault) {
  TlsServerOptions options;
  options.chain_files = {"/nonexistent/c"};
  EXPECT_THAT(
      TlsContext::CreateServer(options),
      StatusIs(absl::StatusCode::kNotFound, HasSubstr("/nonexistent/c")));
  EXPECT_THAT(
      TlsContext::CreateServer(TlsServerOptions()),
      StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("chain_files")));
  EXPECT_THAT(
      TlsContext::CreateClient(
          {.certificate_file = "/nonexistent/c", .key_file = "/nonexistent/k"}),
      StatusIs(absl::StatusCode::kNotFound, HasSubstr("/nonexistent/c")));
}

}  // namespace
}  // namespace postern::net
