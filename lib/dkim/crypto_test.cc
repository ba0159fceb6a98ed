#include "lib/dkim/crypto.h"

#include <string>

#include "absl/strings/escaping.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/dkim/test_keys.h"
#include "lib/testing/status_matchers.h"

namespace postern::dkim {
namespace {

using ::postern::testing::IsOk;
using ::postern::testing::StatusIs;
using ::testing::HasSubstr;

constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;

TEST(Sha256Test, HashesInPieces) {
  Sha256 hash;
  hash.Add("a");
  hash.Add("");
  hash.Add("bc");
  Sha256 copy = hash.Copy();
  copy.Add("d");
  EXPECT_EQ(copy.Finish(), Sha256Of("abcd"));
  const std::string digest = hash.Finish();
  EXPECT_EQ(absl::BytesToHexString(digest),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(Sha256Of("abc"), digest);
}

TEST(KeysTest, WhatIsSignedIsVerified) {
  const std::string digest = Sha256Of("message");
  for (const PrivateKey& key : {TestRsaKey(), TestEd25519Key()}) {
    const auto signature = key.Sign(digest);
    ASSERT_THAT(signature, IsOk());
    const auto public_key = PublicKey::FromBytes(key.type(), key.PublicBytes());
    ASSERT_THAT(public_key, IsOk());
    EXPECT_EQ(public_key->bits(), key.bits());
    EXPECT_TRUE(public_key->IsOf(key));
    EXPECT_FALSE(public_key->IsOf(PrivateKey::Parse(kRsa1024Key).value()));
    EXPECT_TRUE(public_key->Verify(digest, *signature));
    EXPECT_FALSE(public_key->Verify(Sha256Of("Message"), *signature));
    EXPECT_FALSE(public_key->Verify(digest, signature->substr(1)));
    EXPECT_FALSE(public_key->Verify(digest, ""));
    std::string changed = *signature;
    changed[5] ^= 1;
    EXPECT_FALSE(public_key->Verify(digest, changed));
  }
}

// RFC 8463 appendix A.2: the key, and what p= of its record is.
TEST(KeysTest, AnEd25519KeyMayBeItsThirtyTwoBytes) {
  const auto key =
      PrivateKey::Parse("nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=\n");
  ASSERT_THAT(key, IsOk());
  EXPECT_EQ(key->type(), KeyType::kEd25519);
  EXPECT_EQ(absl::Base64Escape(key->PublicBytes()),
            "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=");
}

TEST(KeysTest, KeysAreReadAsTheyAreWritten) {
  for (const PrivateKey& key : {TestRsaKey(), TestEd25519Key()}) {
    const std::string pem = key.ToPem();
    const auto again = PrivateKey::Parse(pem);
    ASSERT_THAT(again, IsOk());
    EXPECT_EQ(again->PublicBytes(), key.PublicBytes());
    // The lines between the first and the last are base64 of the key in DER.
    const size_t begin = pem.find('\n') + 1;
    const auto der =
        PrivateKey::Parse(pem.substr(begin, pem.find("-----END") - begin));
    ASSERT_THAT(der, IsOk());
    EXPECT_EQ(der->PublicBytes(), key.PublicBytes());
  }
}

TEST(KeysTest, NewKeysAreOfTheKindThatIsWanted) {
  const auto rsa = PrivateKey::Generate(KeyType::kRsa, 1024);
  ASSERT_THAT(rsa, IsOk());
  EXPECT_EQ(rsa->bits(), 1024);
  const auto ed25519 = PrivateKey::Generate(KeyType::kEd25519, 0);
  ASSERT_THAT(ed25519, IsOk());
  EXPECT_NE(ed25519->PublicBytes(), TestEd25519Key().PublicBytes());
  EXPECT_THAT(PrivateKey::Generate(KeyType::kRsa, 1023), StatusIs(kInvalid));
  EXPECT_THAT(PrivateKey::Generate(KeyType::kRsa, 16384), StatusIs(kInvalid));
}

TEST(KeysTest, WhatIsNoPrivateKeyIsAnError) {
  for (const char* text :
       {"", "hello!", "aGVsbG8=", "-----BEGIN PRIVATE KEY-----\n",
        "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"}) {
    EXPECT_THAT(PrivateKey::Parse(text), StatusIs(kInvalid)) << text;
  }
  EXPECT_THAT(PrivateKey::Parse(kP256Key),
              StatusIs(kInvalid, HasSubstr("neither RSA nor Ed25519")));
  EXPECT_THAT(PrivateKey::Parse(kEncryptedKey), StatusIs(kInvalid));
}

TEST(KeysTest, DK01SmallKeysDoNotSign) {
  EXPECT_THAT(PrivateKey::Parse(kRsa512Key),
              StatusIs(kInvalid, HasSubstr("512 bits")));
}

TEST(KeysTest, DK08BadPublicKeysAreErrors) {
  const std::string der = TestRsaKey().PublicBytes();
  EXPECT_THAT(PublicKey::FromBytes(KeyType::kRsa, der + "x"),
              StatusIs(kInvalid, "no RSA key"));
  EXPECT_THAT(PublicKey::FromBytes(KeyType::kRsa, der.substr(0, 100)),
              StatusIs(kInvalid));
  EXPECT_THAT(PublicKey::FromBytes(KeyType::kRsa, std::string(3000, 'x')),
              StatusIs(kInvalid, HasSubstr("too long")));
  EXPECT_THAT(PublicKey::FromBytes(KeyType::kRsa, ""), StatusIs(kInvalid));
  EXPECT_THAT(PublicKey::FromBytes(KeyType::kEd25519, std::string(31, 'x')),
              StatusIs(kInvalid, "an Ed25519 key of 31 bytes"));
  // An Ed25519 key where an RSA key should be.
  std::string wrapped;
  ASSERT_TRUE(absl::Base64Unescape(
      "MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=",
      &wrapped));
  EXPECT_THAT(PublicKey::FromBytes(KeyType::kRsa, wrapped), StatusIs(kInvalid));
}

// RSAPublicKey, with a modulus of 1024 bits and the exponent that is given.
std::string Pkcs1Key(absl::string_view exponent) {
  std::string modulus("\x02\x81\x81\x00", 4);
  modulus += std::string(127, '\xc3') + '\x01';
  std::string body = modulus + '\x02' + static_cast<char>(exponent.size());
  body.append(exponent.data(), exponent.size());
  return std::string("\x30\x81") + static_cast<char>(body.size()) + body;
}

TEST(KeysTest, DK08BadExponentsAreErrors) {
  using std::string_literals::operator""s;
  EXPECT_THAT(PublicKey::FromBytes(KeyType::kRsa, Pkcs1Key("\x01\x00\x01"s)),
              IsOk());
  for (const std::string& exponent :
       {"\x01"s, "\x00"s, "\x02"s, "\x01\x00\x00\x00\x00\x00\x00\x00\x01"s}) {
    EXPECT_THAT(PublicKey::FromBytes(KeyType::kRsa, Pkcs1Key(exponent)),
                StatusIs(kInvalid, HasSubstr("exponent")))
        << absl::BytesToHexString(exponent);
  }
}

TEST(KeysTest, TypesHaveNames) {
  for (const KeyType type : {KeyType::kRsa, KeyType::kEd25519}) {
    EXPECT_EQ(KeyTypeFromName(KeyTypeName(type)), type);
  }
  EXPECT_EQ(KeyTypeFromName("RSA"), std::nullopt);
}

}  // namespace
}  // namespace postern::dkim
