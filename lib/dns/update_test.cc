#include "lib/dns/update.h"

#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/base/big_endian.h"
#include "lib/base/fake_clock.h"
#include "lib/net/drain.h"
#include "lib/net/listener.h"
#include "lib/net/runtime.h"
#include "lib/testing/status_matchers.h"

namespace postern::dns {
namespace {

using ::postern::testing::IsOk;
using ::postern::testing::StatusIs;
using ::testing::AllOf;
using ::testing::HasSubstr;

const TsigKey kKey = {"k", net::KeyedDigest::Hash::kSha256, "secret"};

net::Deadline Soon(absl::Duration wait = absl::Seconds(30)) {
  return net::Deadline::After(wait);
}

TxtUpdate Revocation() {
  return {.zone = "a.org", .name = "s._domainkey.a.org", .texts = {"p="}};
}

TEST(TxtUpdateTest, ReplacesTheRecords) {
  EXPECT_EQ(absl::BytesToHexString(Revocation().Packed(0x1234)),
            "1234280000010000000200000161036f72670000060001"
            "01730a5f646f6d61696e6b65790161036f726700"
            "001000ff000000000000"
            "01730a5f646f6d61696e6b65790161036f726700"
            "0010000100000e10000302703d");
}

TEST(TxtUpdateTest, WantsNoRecordThereIfItIsToBeNew) {
  TxtUpdate update = Revocation();
  update.must_be_new = true;
  update.ttl = absl::Seconds(60);
  EXPECT_EQ(absl::BytesToHexString(update.Packed(1)),
            "0001280000010001000100000161036f72670000060001"
            "01730a5f646f6d61696e6b65790161036f726700"
            "001000fe000000000000"
            "01730a5f646f6d61696e6b65790161036f726700"
            "00100001"
            "0000003c000302703d");
}

TEST(TxtUpdateTest, RemovesTheRecords) {
  TxtUpdate update = Revocation();
  update.texts.clear();
  EXPECT_EQ(absl::BytesToHexString(update.Packed(1)),
            "0001280000010000000100000161036f72670000060001"
            "01730a5f646f6d61696e6b65790161036f726700"
            "001000ff000000000000");
}

// A server that takes one update and answers with `rcode`. What it signs is
// said by `key`; without one it signs nothing.
class Server final : public net::ConnectionHandler {
 public:
  net::Task<> Serve(net::Stream stream) override {
    std::string request(4096, '\0');
    size_t length = 0;
    while (length < 2 || length < 2u + ReadBigEndian<uint16_t>(request)) {
      const auto got =
          co_await stream.Read(absl::MakeSpan(request).subspan(length), Soon());
      if (!got.ok() || *got == 0) co_return;
      length += *got;
    }
    if (is_silent) {
      char rest[1];
      (void)co_await stream.Read(absl::MakeSpan(rest), Soon());
      co_return;
    }
    if (answer.empty()) co_return;
    std::string bytes = request.substr(2, 2) + answer;
    std::string framed;
    AppendBigEndian(static_cast<uint16_t>(bytes.size()), &framed);
    framed += bytes;
    (void)co_await stream.Write(framed, Soon());
  }

  std::string answer;  // Behind the id.
  bool is_silent = false;
};

class SendUpdateTest : public ::testing::Test {
 protected:
  SendUpdateTest() { listener_->Serve(drain_, server_); }
  ~SendUpdateTest() override {
    listener_.reset();
    EXPECT_TRUE(drain_.AwaitIdle(absl::Seconds(30)));
  }

  absl::Status Send(absl::Duration wait = absl::Seconds(30)) {
    return runtime_->BlockOn(SendUpdate(listener_->endpoint(), Revocation(),
                                        kKey, clock_, Soon(wait)));
  }

  net::Drain drain_;
  Server server_;
  FakeClock clock_;
  std::unique_ptr<net::Runtime> runtime_ =
      net::Runtime::Create({.reactors = 1}).value();
  std::unique_ptr<net::Listener> listener_ =
      net::Listener::Open(
          *runtime_, {.endpoint = net::Endpoint::Parse("127.0.0.1:0").value()})
          .value();
};

TEST_F(SendUpdateTest, RefusalsAreToldApart) {
  struct Case {
    int rcode;
    absl::StatusCode code;
    const char* text;
  };
  const Case cases[] = {
      {0, absl::StatusCode::kPermissionDenied, "the answer is not signed"},
      {2, absl::StatusCode::kUnavailable, "SERVFAIL"},
      {5, absl::StatusCode::kPermissionDenied, "REFUSED"},
      {7, absl::StatusCode::kAlreadyExists, "YXRRSET"},
      {9, absl::StatusCode::kPermissionDenied, "NOTAUTH"},
      {10, absl::StatusCode::kFailedPrecondition, "NOTZONE"},
  };
  for (const Case& c : cases) {
    server_.answer = {static_cast<char>(0xa8), static_cast<char>(c.rcode)};
    server_.answer += std::string(8, '\0');
    EXPECT_THAT(Send(), StatusIs(c.code, HasSubstr(c.text))) << c.text;
  }
}

TEST_F(SendUpdateTest, WhatIsNoAnswerIsNone) {
  for (const std::string& bytes :
       {std::string("\x28\x00", 2) + std::string(8, '\0'),  // A question.
        std::string("\x80\x00", 2) + std::string(8, '\0'),  // Of a look-up.
        std::string("\xa8\x00", 2)}) {                      // Cut short.
    server_.answer = bytes;
    EXPECT_THAT(Send(), StatusIs(absl::StatusCode::kUnavailable,
                                 HasSubstr("is no answer")));
  }
}

TEST_F(SendUpdateTest, AServerThatLeavesOrSaysNothingIsUnavailable) {
  EXPECT_THAT(Send(), StatusIs(absl::StatusCode::kUnavailable,
                               HasSubstr("closed the connection")));
  server_.is_silent = true;
  EXPECT_THAT(Send(absl::Milliseconds(50)),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
}

// An answer as a server signs it that has the key.
std::string SignedAnswer(const std::string& mac, char rcode) {
  std::string answer("\x00\x01\xa8", 3);
  answer += rcode + std::string(8, '\0');
  std::string prefixed;
  AppendBigEndian(static_cast<uint16_t>(mac.size()), &prefixed);
  // Sign() digests what it is given: the request's digest stands before it.
  prefixed += mac;
  std::string both = prefixed + answer;
  std::string signed_alone = answer;
  kKey.Sign(absl::FromUnixSeconds(1), signed_alone);
  const std::string record = signed_alone.substr(answer.size());
  const size_t mac_place = record.size() - 6 - 32;
  // The variables: name, class, ttl, algorithm, time, fudge, error, other.
  const std::string variables =
      record.substr(0, 3) + std::string("\0\xff\0\0\0\0", 6) +
      record.substr(13, 13 + 6 + 2) + std::string(4, '\0');
  const std::string digest = net::KeyedDigestOf("secret", both + variables);
  return signed_alone.substr(0, answer.size()) + record.substr(0, mac_place) +
         digest + record.substr(mac_place + 32);
}

TEST(CheckUpdateAnswerTest, BelievesASignedAnswer) {
  std::string request = Revocation().Packed(1);
  const absl::Time now = absl::FromUnixSeconds(1);
  const std::string mac = kKey.Sign(now, request);
  const auto check = [&](char rcode) {
    return CheckUpdateAnswer(request, mac, kKey, SignedAnswer(mac, rcode), now);
  };
  EXPECT_THAT(check(0), IsOk());
  EXPECT_THAT(check(5), StatusIs(absl::StatusCode::kPermissionDenied,
                                 AllOf(HasSubstr("REFUSED"),
                                       HasSubstr("the key \"k\""))));
  EXPECT_THAT(check(7), StatusIs(absl::StatusCode::kAlreadyExists));
  EXPECT_THAT(check(9), StatusIs(absl::StatusCode::kFailedPrecondition,
                                 HasSubstr("NOTAUTH")));
}

}  // namespace
}  // namespace postern::dns
