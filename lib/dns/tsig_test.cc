#include "lib/dns/tsig.h"

#include <string>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/testing/status_matchers.h"

namespace postern::dns {
namespace {

using ::postern::testing::IsOk;
using ::postern::testing::StatusIs;
using ::testing::AllOf;
using ::testing::HasSubstr;
using Hash = net::KeyedDigest::Hash;

const absl::Time kNow = absl::FromUnixSeconds(1'700'000'000);

// What dnspython makes of an update of example.org at kNow, and of its answer.
constexpr char kRequest[] =
    "123428000001000000020000076578616d706c65036f72670000060001046d61696c0a5f"
    "646f6d61696e6b6579c00c001000ff000000000000c01d0010000100000e10000c0b763d"
    "444b494d313b20703d";
constexpr char kAnswer[] =
    "1234a8000001000000000001076578616d706c65036f7267000006000107706f73746572"
    "6e036b65790000fa00ff00000000003d0b686d61632d7368613235360000006553f10001"
    "2c0020dac428b4e3904d857a7a03ae046143ed9a9717aa7f41a7de4b3cfb39493907de12"
    "3400000000";
constexpr char kAnswer512[] =
    "1234a8000001000000000001076578616d706c65036f7267000006000107706f73746572"
    "6e036b65790000fa00ff00000000005d0b686d61632d7368613531320000006553f10001"
    "2c0040677d7d4fbaea521c0dd7a69a7be1c423381428397ed0a33903cd0df3770e8f2386"
    "80395b8237c96d80e5f86bcd0af72931e26337ce89c3bedfb68e8bd60fde9c1234000000"
    "00";

TsigKey Key(Hash hash = Hash::kSha256) {
  return {"postern.key", hash, "0123456789abcdef0123456789abcdef"};
}

std::string Bytes(absl::string_view hex) { return absl::HexStringToBytes(hex); }

// Checks an answer to kRequest.
absl::Status Check(const TsigKey& key, const std::string& answer,
                   absl::Time now = kNow) {
  std::string request = Bytes(kRequest);
  const std::string mac = key.Sign(kNow, request);
  const auto message = Message::Parse(answer);
  if (!message.ok()) return message.status();
  return key.CheckAnswer(mac, *message, answer, now);
}

TEST(TsigTest, SignsAsOthersDo) {
  std::string request = Bytes(kRequest);
  const std::string mac = Key().Sign(kNow, request);
  EXPECT_EQ(absl::BytesToHexString(mac),
            "ac9360e16f5a838a5c6444e4d09af0b8a647316918e6b98c59e26f5c14b51633");
  std::string signed_request = Bytes(kRequest);
  signed_request[11] = 1;
  EXPECT_EQ(absl::BytesToHexString(request),
            absl::StrCat(absl::BytesToHexString(signed_request),
                         "07706f737465726e036b65790000fa00ff00000000003d0b686d"
                         "61632d7368613235360000006553f100012c0020",
                         absl::BytesToHexString(mac), "123400000000"));
}

TEST(TsigTest, BelievesAnAnswerThatOthersSigned) {
  EXPECT_THAT(Check(Key(), Bytes(kAnswer)), IsOk());
  EXPECT_THAT(Check(Key(Hash::kSha512), Bytes(kAnswer512)), IsOk());
}

TEST(TsigTest, AnyChangedByteIsSeen) {
  for (size_t i = 0; i < Bytes(kAnswer).size(); ++i) {
    // The id, and the class and time to live of the signature, are not signed.
    if (i < 2 || (i >= 44 && i < 50)) continue;
    std::string answer = Bytes(kAnswer);
    answer[i] = static_cast<char>(answer[i] ^ 1);
    EXPECT_FALSE(Check(Key(), answer).ok()) << i;
  }
}

TEST(TsigTest, AnotherSecretOrHashIsNotBelieved) {
  TsigKey other = Key();
  other.secret[0] = '1';
  EXPECT_THAT(Check(other, Bytes(kAnswer)),
              StatusIs(absl::StatusCode::kPermissionDenied,
                       HasSubstr("not signed with this key")));
  EXPECT_THAT(Check(Key(Hash::kSha512), Bytes(kAnswer)),
              StatusIs(absl::StatusCode::kPermissionDenied));
}

TEST(TsigTest, AnAnswerOfAnotherTimeIsNotBelieved) {
  EXPECT_THAT(Check(Key(), Bytes(kAnswer), kNow + absl::Seconds(300)), IsOk());
  EXPECT_THAT(
      Check(Key(), Bytes(kAnswer), kNow + absl::Seconds(301)),
      StatusIs(absl::StatusCode::kPermissionDenied,
               AllOf(HasSubstr("BADTIME"), HasSubstr("301 s behind ours"))));
}

TEST(TsigTest, AnAnswerWithoutASignatureIsNotBelieved) {
  std::string answer = Bytes(kAnswer).substr(0, 29);
  answer[11] = 0;
  EXPECT_THAT(Check(Key(), answer),
              StatusIs(absl::StatusCode::kPermissionDenied,
                       HasSubstr("the answer is not signed")));
}

// What a server says that cannot sign: RFC 8945 section 5.2.
TEST(TsigTest, SaysWhatTheServerHasAgainstTheKey) {
  const std::string head = Bytes(kAnswer).substr(0, 29);
  const std::string record = Bytes(
      "07706f737465726e036b65790000fa00ff00000000001d0b686d61632d73686132353600"
      "00006553f100012c00001234");
  EXPECT_THAT(Check(Key(), head + record + Bytes("00110000")),
              StatusIs(absl::StatusCode::kPermissionDenied,
                       HasSubstr("BADKEY: the server has no key \"postern.")));
  EXPECT_THAT(Check(Key(), head + record + Bytes("00100000")),
              StatusIs(absl::StatusCode::kPermissionDenied,
                       HasSubstr("BADSIG: the server has another secret")));
  EXPECT_THAT(Check(Key(), head + record + Bytes("00000000")),
              StatusIs(absl::StatusCode::kPermissionDenied,
                       HasSubstr("not signed with this key")));
}

TEST(TsigTest, ASignatureCutShortIsMalformed) {
  const std::string answer = Bytes(
      "1234a8000000000000000001"
      "0000fa00ff00000000000401610000");
  EXPECT_THAT(
      Check(Key(), answer),
      StatusIs(absl::StatusCode::kPermissionDenied, HasSubstr("malformed")));
}

}  // namespace
}  // namespace postern::dns
