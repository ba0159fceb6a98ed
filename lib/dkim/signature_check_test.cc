#include "lib/dkim/signature_check.h"

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/dkim/test_keys.h"

namespace postern::dkim {
namespace {

Signature SignatureOf(absl::string_view digest) {
  Signature signature;
  signature.key_type = KeyType::kEd25519;
  signature.domain = signature.identity_domain = "example.org";
  signature.bytes = TestEd25519Key().Sign(digest).value();
  return signature;
}

FoundKeys Keys(const std::vector<std::string>& records) {
  FoundKeys keys = {.outcome = FoundKeys::Outcome::kFound};
  for (const std::string& record : records) {
    keys.records.push_back(
        std::make_shared<const KeyRecord>(KeyRecord::Parse(record)));
  }
  return keys;
}

SignatureResult Check(const Signature& signature, const FoundKeys& keys) {
  SignatureResult result = ResultFor(signature);
  CheckKeys(signature, keys, Sha256Of("x"), 1024, result);
  return result;
}

TEST(CheckKeysTest, OneKeyThatFitsIsEnough) {
  const Signature signature = SignatureOf(Sha256Of("x"));
  const std::string good = RecordOf(TestEd25519Key());
  const std::string other = RecordOf(TestRsaKey());
  for (const auto& records :
       std::vector<std::vector<std::string>>{{good},
                                             {"x", good},
                                             {other, good},
                                             {good, "x"},
                                             {"p=", other, good}}) {
    EXPECT_EQ(Check(signature, Keys(records)).outcome, Outcome::kPass);
  }
}

TEST(CheckKeysTest, TheKeyThatComesNearestIsToBlame) {
  const Signature wrong = SignatureOf(Sha256Of("y"));
  const std::string good = RecordOf(TestEd25519Key());
  for (const auto& records :
       std::vector<std::vector<std::string>>{{"x", good}, {good, "x"}}) {
    EXPECT_EQ(Check(wrong, Keys(records)).obstacle, Obstacle::kHeaderHash);
  }
}

TEST(ResultForTest, AFaultIsAPermanentError) {
  Signature signature;
  signature.fault = "v= is missing";
  EXPECT_EQ(ResultFor(signature).outcome, Outcome::kPermError);
  EXPECT_EQ(ResultFor(signature).explanation, "v= is missing");
  EXPECT_EQ(ResultFor(SignatureOf("")).outcome, Outcome::kNone);
}

TEST(CheckBodyTest, ComparesTheHash) {
  BodyHashes bodies;
  const size_t hash = bodies.Want(Canonicalization::kSimple, 3);
  bodies.Add("abcdef\r\n");
  bodies.Finish();
  Signature signature;
  signature.body_bytes = 3;
  signature.body_hash = Sha256Of("abc");
  SignatureResult result;
  CheckBody(signature, bodies, hash, 37, result);
  EXPECT_EQ(result.outcome, Outcome::kNone);
  EXPECT_EQ(result.unsigned_bytes, 5u);
  CheckBody(signature, bodies, hash, 38, result);
  EXPECT_EQ(result.obstacle, Obstacle::kPartialBody);
  signature.body_hash = Sha256Of("abd");
  CheckBody(signature, bodies, hash, 0, result);
  EXPECT_EQ(result.obstacle, Obstacle::kBodyHash);
}

}  // namespace
}  // namespace postern::dkim
