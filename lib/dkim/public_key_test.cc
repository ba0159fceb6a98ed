#include "lib/dkim/public_key.h"

#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/dkim/test_keys.h"

namespace postern::dkim {
namespace {

using ::testing::HasSubstr;

const std::string& Rsa() {
  static const std::string* const key =
      new std::string(absl::Base64Escape(TestRsaKey().PublicBytes()));
  return *key;
}

TEST(KeyRecordTest, AKeyIsRead) {
  const KeyRecord rsa = KeyRecord::Parse(RecordOf(TestRsaKey()));
  EXPECT_EQ(rsa.fault, "");
  EXPECT_EQ(rsa.key->type(), KeyType::kRsa);
  EXPECT_EQ(rsa.key->bits(), 2048);
  const KeyRecord ed25519 = KeyRecord::Parse(RecordOf(TestEd25519Key()));
  EXPECT_EQ(ed25519.fault, "");
  EXPECT_EQ(ed25519.key->type(), KeyType::kEd25519);
}

TEST(KeyRecordTest, MostOfItMayBeLeftOut) {
  for (const char* tags :
       {"", "v=DKIM1;", "n=;", "n=a note;", "g=*;", "x=unknown;", "h=sha256;",
        "h=sha1 : sha256;", "s=*;", "s=email;", "s=other:email;", "t=z;"}) {
    const KeyRecord record = KeyRecord::Parse(absl::StrCat(tags, "p=", Rsa()));
    EXPECT_EQ(record.fault, "") << tags;
    EXPECT_FALSE(record.is_testing);
    EXPECT_FALSE(record.has_strict_domain);
  }
}

TEST(KeyRecordTest, FlagsAreRead) {
  const KeyRecord record =
      KeyRecord::Parse(absl::StrCat("v=DKIM1; t=s : y; p=", Rsa()));
  EXPECT_EQ(record.fault, "");
  EXPECT_TRUE(record.is_testing);
  EXPECT_TRUE(record.has_strict_domain);
}

TEST(KeyRecordTest, DK09WhatIsOfNoUseSaysWhy) {
  struct Case {
    std::string record;
    const char* fault;
  };
  const Case cases[] = {
      {"v=DKIM1; p=", "revoked"},
      {"v=DKIM1", "no p="},
      {"", "record is wrong"},
      {"v=spf1 -all", "v= of the key"},
      {absl::StrCat("v=DKIM2; p=", Rsa()), "v= of the key"},
      {absl::StrCat("v=dkim1; p=", Rsa()), "v= of the key"},
      {absl::StrCat("k=rsa; v=DKIM1; p=", Rsa()), "v= of the key"},
      {absl::StrCat("k=dsa; p=", Rsa()), "k= of the key"},
      {absl::StrCat("h=sha1; p=", Rsa()), "not for SHA-256"},
      {absl::StrCat("s=tlsrpt; p=", Rsa()), "not for mail"},
      {absl::StrCat("p=", Rsa(), "; p="), "there twice"},
      {absl::StrCat("p=", Rsa(), "(x)"), "no base64"},
      {absl::StrCat("k=ed25519; p=", Rsa()), "an Ed25519 key of 294 bytes"},
      {"p=aGVsbG8=", "no RSA key"},
      {absl::StrCat("n=", std::string(10000, 'x'), "; p=", Rsa()), "too long"},
  };
  for (const Case& c : cases) {
    const KeyRecord record = KeyRecord::Parse(c.record);
    EXPECT_THAT(record.fault, HasSubstr(c.fault)) << c.record;
    EXPECT_FALSE(record.key.has_value());
  }
  EXPECT_TRUE(KeyRecord::Parse("p=").is_revoked);
}

}  // namespace
}  // namespace postern::dkim
