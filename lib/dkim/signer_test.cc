#include "lib/dkim/signer.h"

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/base/fake_clock.h"
#include "lib/dkim/signature.h"
#include "lib/dkim/test_keys.h"
#include "lib/dkim/test_message.h"
#include "lib/testing/status_matchers.h"

namespace postern::dkim {
namespace {

using ::postern::testing::IsOk;
using ::postern::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

constexpr char kMessage[] =
    "Received: from a\r\nFrom: joe@example.org\r\nTo: a@example.com\r\n"
    "Subject: Hi\r\n there\r\nX-Other: x\r\n\r\nHello  \r\n\r\n";

class SignerTest : public ::testing::Test {
 protected:
  absl::StatusOr<std::vector<std::string>> Sign(
      absl::string_view text, std::vector<SigningIdentity> identities) {
    Message message;
    const absl::string_view body = AddHeader(text, message);
    Signer signer(message, settings_, std::move(identities), clock_);
    AddBody(body, message);
    return signer.Finish();
  }
  SigningIdentity Rsa() const { return {"example.org", "r", rsa_}; }
  SigningIdentity Ed25519() const { return {"example.org", "e", ed25519_}; }

  SignerSettings settings_;
  FakeClock clock_;
  const std::shared_ptr<const PrivateKey> rsa_ =
      std::make_shared<const PrivateKey>(TestRsaKey());
  const std::shared_ptr<const PrivateKey> ed25519_ =
      std::make_shared<const PrivateKey>(TestEd25519Key());
};

TEST_F(SignerTest, SignsWithManyKeysAtOnce) {
  settings_.lifetime = absl::Hours(24 * 7);
  SigningIdentity ed25519 = Ed25519();
  ed25519.identity = "joe@sub.example.org";
  const auto values = Sign(kMessage, {Rsa(), ed25519});
  ASSERT_THAT(values, IsOk());
  ASSERT_THAT(*values, SizeIs(2));
  const Signature rsa = Signature::Parse(values->at(0));
  EXPECT_EQ(rsa.fault, "");
  EXPECT_EQ(rsa.algorithm, "rsa-sha256");
  EXPECT_EQ(rsa.KeyName(), "r._domainkey.example.org");
  EXPECT_EQ(rsa.identity, "@example.org");
  EXPECT_EQ(rsa.signed_at, clock_.Now());
  EXPECT_EQ(rsa.expires_at, clock_.Now() + absl::Hours(24 * 7));
  EXPECT_EQ(rsa.body_hash, Sha256Of("Hello  \r\n"));
  EXPECT_EQ(rsa.bytes.size(), 256u);
  const Signature second = Signature::Parse(values->at(1));
  EXPECT_EQ(second.algorithm, "ed25519-sha256");
  EXPECT_EQ(second.identity, "joe@sub.example.org");
}

TEST_F(SignerTest, ASignatureIsFolded) {
  const auto values = Sign(kMessage, {Rsa()});
  ASSERT_THAT(values, IsOk());
  EXPECT_THAT(values->front(),
              ::testing::StartsWith(" v=1; a=rsa-sha256; c=relaxed/simple;"));
  EXPECT_THAT(values->front(), HasSubstr("\r\n\t"));
  EXPECT_EQ(values->front().find('\n', values->front().rfind("\r\n\t") + 2),
            std::string::npos);
}

TEST_F(SignerTest, DK05FieldsAreNamedOnceMoreThanTheyAreThere) {
  settings_.signed_fields = {"Subject", "From", "To", "Received"};
  settings_.oversigned_fields = {"From", "Cc"};
  Message message;
  AddHeader(absl::StrCat("To: x\r\n", kMessage), message);
  EXPECT_THAT(
      FieldsToSign(message.header(), settings_),
      ElementsAre("Subject", "From", "To", "To", "Received", "From", "Cc"));
}

TEST_F(SignerTest, FromIsSignedWhateverIsConfigured) {
  settings_.signed_fields = {"Subject"};
  settings_.oversigned_fields = {};
  Message message;
  AddHeader(kMessage, message);
  EXPECT_THAT(FieldsToSign(message.header(), settings_),
              ElementsAre("From", "Subject"));
}

TEST_F(SignerTest, ByDefaultWhatPeopleSeeIsSignedAndNothingCanBeAdded) {
  Message message;
  AddHeader(kMessage, message);
  EXPECT_EQ(absl::StrJoin(FieldsToSign(message.header(), settings_), ":"),
            "From:Subject:To:From:Reply-To:Subject:Date:Message-ID:To:Cc:"
            "MIME-Version:Content-Type");
}

TEST_F(SignerTest, WhatCannotBeSignedIsSaid) {
  EXPECT_THAT(
      Sign("To: x\r\n\r\n", {Rsa()}),
      StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("no From")));
  EXPECT_THAT(Sign("From: x\r\n\r\na\nb\r\n", {Rsa()}),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       HasSubstr("stands alone")));
  std::string many = "From: x\r\n";
  for (int i = 0; i < 1000; ++i) absl::StrAppend(&many, "To: x\r\n");
  EXPECT_THAT(
      Sign(many, {Rsa()}),
      StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("too large")));
}

TEST_F(SignerTest, WhatWouldNotVerifyIsNotSigned) {
  SigningIdentity identity = Rsa();
  identity.identity = "joe@elsewhere.example";
  EXPECT_THAT(Sign(kMessage, {identity}),
              StatusIs(absl::StatusCode::kInternal, HasSubstr("i= is not")));
  identity = Rsa();
  identity.domain = "a b";
  EXPECT_THAT(Sign(kMessage, {identity}),
              StatusIs(absl::StatusCode::kInternal));
}

TEST_F(SignerTest, NobodySignsNothing) {
  EXPECT_THAT(Sign(kMessage, {}),
              ::postern::testing::IsOkAndHolds(::testing::IsEmpty()));
}

}  // namespace
}  // namespace postern::dkim
