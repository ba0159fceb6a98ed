#include "lib/net/tls_peer.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_replace.h"
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
#include "lib/net/task.h"
#include "lib/net/test_certificate.h"
#include "lib/net/test_tls_echo.h"
#include "lib/net/tls.h"
#include "lib/testing/status_matchers.h"
#include "lib/testing/temp_dir.h"

namespace postern::net {
namespace {

using ::postern::testing::IsOk;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using Proof = TlsPeer::Proof;

Deadline Soon() { return Deadline::After(absl::Seconds(30)); }

// The binary form of "AB:CD:…".
std::string BytesOf(const std::string& fingerprint) {
  return absl::HexStringToBytes(absl::StrReplaceAll(fingerprint, {{":", ""}}));
}

TEST(UsableTlsaTest, MTA22NoDataOfARecordDoesHarm) {
  for (const int size : {0, 1, 2, 3, 19, 20, 31, 32, 33, 63, 64, 65, 300}) {
    for (int usage = 0; usage < 5; ++usage) {
      for (int selector = 0; selector < 3; ++selector) {
        for (int matching_type = 0; matching_type < 4; ++matching_type) {
          const TlsaRecord record = {
              static_cast<uint8_t>(usage), static_cast<uint8_t>(selector),
              static_cast<uint8_t>(matching_type), std::string(size, '\x30')};
          const bool is_digest = (matching_type == 1 && size == 32) ||
                                 (matching_type == 2 && size == 64);
          const bool is_usable =
              (usage == 2 || usage == 3) && selector < 2 && is_digest;
          EXPECT_THAT(UsableTlsa({record}), SizeIs(is_usable ? 1 : 0))
              << usage << " " << selector << " " << matching_type << " "
              << size;
        }
      }
    }
  }
}

TEST(UsableTlsaTest, TheGoodOnesAreLeftInTheirOrder) {
  const TlsaRecord first = {3, 1, 1, std::string(32, 'a')};
  const TlsaRecord second = {2, 0, 1, std::string(32, 'b')};
  const TlsaRecord pkix = {1, 1, 1, std::string(32, 'c')};
  const TlsaRecord cut = {3, 1, 1, std::string(20, 'd')};
  EXPECT_THAT(UsableTlsa({cut, first, pkix, second}),
              ElementsAre(first, second));
  EXPECT_THAT(UsableTlsa({}), IsEmpty());
}

TEST(UsableTlsaTest, TheirNumberIsBounded) {
  std::vector<TlsaRecord> many;
  for (int i = 0; i < 1000; ++i) {
    many.push_back({3, 1, 1, std::string(32, static_cast<char>(i % 100))});
  }
  EXPECT_LE(UsableTlsa(many).size(), 100u);
}

Task<absl::StatusOr<TlsFacts>> Ask(Endpoint endpoint, TlsContext& context,
                                   TlsPeer peer) {
  CO_ASSIGN_OR_RETURN(Stream stream, co_await Connect(endpoint, Soon()));
  CO_RETURN_IF_ERROR(co_await stream.StartTlsClient(context, peer, Soon()));
  CO_RETURN_IF_ERROR(co_await stream.Write("hello", Soon()));
  char buffer[512];
  // Tickets of TLS 1.3 come with the first data.
  CO_RETURN_IF_ERROR(
      (co_await stream.Read(absl::MakeSpan(buffer), Soon())).status());
  co_return stream.tls_facts("sha256");
}

class TlsPeerTest : public ::testing::Test {
 protected:
  TlsPeerTest() {
    const TestCertificate made = MakeTestCertificate("mx.example.org");
    EXPECT_THAT(WriteFile(chain_, made.key + made.certificate), IsOk());
    EXPECT_THAT(WriteFile(authority_, made.certificate), IsOk());
    TlsServerOptions options;
    options.chain_files = {chain_};
    server_ = TlsContext::CreateServer(std::move(options)).value();
    client_ = TlsContext::CreateClient(
                  {.ca_file = authority_, .session_lifetime = absl::Hours(1)})
                  .value();
    echo_ = std::make_unique<TlsEcho>(*server_);
    listener_->Serve(drain_, *echo_);
  }
  ~TlsPeerTest() override { EXPECT_TRUE(drain_.AwaitIdle(absl::Seconds(60))); }

  absl::StatusOr<TlsFacts> Meet(TlsPeer peer) {
    return runtime_->BlockOn(
        Ask(listener_->endpoint(), *client_, std::move(peer)));
  }

  testing::TempDir dir_;
  const std::string chain_ = dir_.path() + "/chain.pem";
  const std::string authority_ = dir_.path() + "/ca.pem";
  Drain drain_;
  std::unique_ptr<TlsContext> server_;
  std::unique_ptr<TlsContext> client_;
  std::unique_ptr<TlsEcho> echo_;
  std::unique_ptr<Runtime> runtime_ = Runtime::Create({.reactors = 2}).value();
  std::unique_ptr<Listener> listener_ =
      Listener::Open(*runtime_,
                     {.endpoint = Endpoint::Parse("127.0.0.1:0").value()})
          .value();
};

TEST_F(TlsPeerTest, OneOfSeveralNamesIsEnough) {
  struct Case {
    const char* why;
    std::vector<std::string> names;
    bool is_met;
  };
  const Case cases[] = {
      {"its name", {"mx.example.org"}, true},
      {"the second", {"example.org", "mx.example.org"}, true},
      {"a name below the domain", {"example.org", ".example.org"}, true},
      {"the domain alone", {"example.org"}, false},
      {"a name below another domain", {".example.net"}, false},
      {"no name at all", {}, false},
      {"an empty name is not any", {""}, false},
      {"an address", {"127.0.0.1"}, false},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.why);
    EXPECT_EQ(Meet({.proof = Proof::kName, .names = c.names}).ok(), c.is_met);
  }
}

TEST_F(TlsPeerTest, NobodyIsAskedForAProofThatDoesNotCount) {
  EXPECT_THAT(Meet({.server_name = "other.example.net"}), IsOk());
}

TEST_F(TlsPeerTest, ARecordOfTheKeyIsProofWithoutAuthorityOrName) {
  const std::string key = BytesOf(Meet({})->pubkey_fingerprint);
  client_ = TlsContext::CreateClient({.verify_peer = false}).value();
  TlsPeer peer = {.proof = Proof::kTlsa,
                  .names = {"other.example.net"},
                  .tlsa = {{3, 1, 1, std::string(32, 'x')}, {3, 1, 1, key}}};
  EXPECT_THAT(Meet(peer), IsOk());
  peer.tlsa.pop_back();
  EXPECT_FALSE(Meet(peer).ok());
  peer.tlsa = {{3, 1, 1, key.substr(0, 20)}};
  EXPECT_FALSE(Meet(peer).ok());
}

TEST_F(TlsPeerTest, ARecordOfAnAuthorityIsNotMetByTheServerItself) {
  const std::string certificate = BytesOf(Meet({})->fingerprint);
  EXPECT_FALSE(Meet({.proof = Proof::kTlsa,
                     .names = {"mx.example.org"},
                     .tlsa = {{2, 0, 1, certificate}}})
                   .ok());
}

TEST_F(TlsPeerTest, ASessionIsTakenUpAgainWhereItsKeyIsTheSame) {
  TlsPeer peer = {.proof = Proof::kName,
                  .names = {"mx.example.org"},
                  .session_key = "mx verified"};
  EXPECT_FALSE(Meet(peer)->is_resumed);
  EXPECT_TRUE(Meet(peer)->is_resumed);
  EXPECT_TRUE(Meet(peer)->is_trusted);
  peer.session_key = "mx other";
  EXPECT_FALSE(Meet(peer)->is_resumed);
  peer.session_key = "";
  EXPECT_FALSE(Meet(peer)->is_resumed);
}

TEST_F(TlsPeerTest, ASessionOfTls12IsTakenUpAgainToo) {
  TlsPeer peer = {.versions = {.tls12 = true, .tls13 = false},
                  .session_key = "mx"};
  EXPECT_FALSE(Meet(peer)->is_resumed);
  const TlsFacts again = *Meet(peer);
  EXPECT_TRUE(again.is_resumed);
  EXPECT_EQ(again.version, "TLSv1.2");
}

TEST_F(TlsPeerTest, OtherAuthoritiesEndTheSessions) {
  const TlsPeer peer = {.session_key = "mx"};
  Meet(peer).IgnoreError();
  EXPECT_THAT(client_->Reload(), IsOk());
  EXPECT_FALSE(Meet(peer)->is_resumed);
}

TEST_F(TlsPeerTest, VersionsAndCiphersAreThePeers) {
  TlsPeer peer = {.versions = {.tls12 = true, .tls13 = false},
                  .ciphers = TlsCiphers::kHigh};
  const TlsFacts facts = *Meet(peer);
  EXPECT_EQ(facts.version, "TLSv1.2");
  EXPECT_THAT(facts.cipher, ::testing::AnyOf(::testing::HasSubstr("GCM"),
                                             ::testing::HasSubstr("CHACHA20")));
  peer.versions = {.tls12 = false, .tls13 = true};
  EXPECT_EQ(Meet(peer)->version, "TLSv1.3");
}

struct Met {
  bool is_secured = false;
  TlsFault fault = TlsFault::kNone;
};

Task<Met> Inspect(Endpoint endpoint, TlsContext& context, TlsPeer peer) {
  absl::StatusOr<Stream> stream = co_await Connect(endpoint, Soon());
  if (!stream.ok()) co_return Met{};
  const absl::Status secured =
      co_await stream->StartTlsClient(context, peer, Soon());
  co_return Met{secured.ok(), stream->tls_fault()};
}

TEST_F(TlsPeerTest, WhatIsWrongWithACertificateHasAName) {
  const auto met = [this](const TlsPeer& peer) {
    return runtime_->BlockOn(Inspect(listener_->endpoint(), *client_, peer));
  };
  TlsPeer peer = {.proof = Proof::kName, .names = {"mx.example.org"}};
  EXPECT_EQ(met(peer).fault, TlsFault::kNone);
  peer.names = {"other.example.org"};
  EXPECT_EQ(met(peer).fault, TlsFault::kHostMismatch);
  EXPECT_FALSE(met(peer).is_secured);
  peer.proof = Proof::kTlsa;
  peer.tlsa = {{3, 1, 1, std::string(32, 'x')}};
  EXPECT_EQ(met(peer).fault, TlsFault::kTlsaMismatch);
  peer = {.proof = Proof::kName, .names = {"mx.example.org"}};
  client_ = TlsContext::CreateClient({}).value();
  EXPECT_EQ(met(peer).fault, TlsFault::kNotTrusted);
  peer.proof = Proof::kNone;
  EXPECT_EQ(met(peer).fault, TlsFault::kNone);
}

TEST_F(TlsPeerTest, ALenientPeerIsMetWhateverIsWrong) {
  const TlsPeer peer = {.proof = Proof::kName,
                        .names = {"other.example.org"},
                        .is_lenient = true};
  const Met met =
      runtime_->BlockOn(Inspect(listener_->endpoint(), *client_, peer));
  EXPECT_TRUE(met.is_secured);
  EXPECT_EQ(met.fault, TlsFault::kHostMismatch);
}

TEST_F(TlsPeerTest, ACertificateThatHasEndedIsToldFromOneOfNobody) {
  const TestCertificate ended = MakeTestCertificate(
      {.host = "mx.example.org", .lifetime = -absl::Minutes(1)});
  ASSERT_THAT(WriteFile(chain_, ended.key + ended.certificate), IsOk());
  ASSERT_THAT(WriteFile(authority_, ended.certificate), IsOk());
  ASSERT_THAT(server_->Reload(), IsOk());
  ASSERT_THAT(client_->Reload(), IsOk());
  const TlsPeer peer = {.proof = Proof::kName, .names = {"mx.example.org"}};
  EXPECT_EQ(
      runtime_->BlockOn(Inspect(listener_->endpoint(), *client_, peer)).fault,
      TlsFault::kExpired);
}

}  // namespace
}  // namespace postern::net
