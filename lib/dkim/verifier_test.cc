#include "lib/dkim/verifier.h"

#include <memory>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/base/fake_clock.h"
#include "lib/dkim/signer.h"
#include "lib/dkim/test_keys.h"
#include "lib/dkim/test_message.h"
#include "lib/dns/fake_resolver.h"
#include "lib/net/runtime.h"

namespace postern::dkim {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::SizeIs;

constexpr char kMessage[] =
    "From: Joe <joe@example.org>\r\nTo: a@example.com\r\nSubject: Hi\r\n"
    "Content-Type: text/plain\r\n\r\nHello  you\r\n\r\nbye\r\n\r\n";

class VerifierTest : public ::testing::Test {
 protected:
  VerifierTest() {
    dns_.Add(Record("r._domainkey.example.org", RecordOf(TestRsaKey())));
    dns_.Add(Record("e._domainkey.example.org", RecordOf(TestEd25519Key())));
    identities_ = {{"example.org", "r", rsa_}};
  }

  static std::string Record(absl::string_view name, absl::string_view text) {
    return absl::StrCat(name, " TXT \"", text.substr(0, 200), "\" \"",
                        text.substr(std::min<size_t>(200, text.size())),
                        "\"\n");
  }

  std::string Signed(absl::string_view text) {
    Message message;
    const absl::string_view body = AddHeader(text, message);
    Signer signer(message, signing_, identities_, clock_);
    AddBody(body, message);
    std::string fields;
    const std::vector<std::string> values = signer.Finish().value();
    for (const std::string& value : values) {
      absl::StrAppend(&fields, "DKIM-Signature:", value, "\r\n");
    }
    return absl::StrCat(fields, text);
  }

  std::vector<SignatureResult> Verify(absl::string_view text,
                                      size_t step = 1 << 16) {
    Message message;
    const absl::string_view body = AddHeader(text, message);
    Verifier verifier(message, settings_, finder_, clock_);
    AddBody(body, message, step);
    return runtime_->BlockOn(
        verifier.Finish(net::Deadline::After(absl::Seconds(5))));
  }
  SignatureResult VerifyOne(absl::string_view text) {
    std::vector<SignatureResult> results = Verify(text);
    EXPECT_THAT(results, SizeIs(1));
    return results.front();
  }
  // With one thing changed after it was signed.
  SignatureResult VerifyChanged(absl::string_view from, absl::string_view to) {
    const std::string text = Signed(kMessage);
    const std::string changed = absl::StrReplaceAll(text, {{from, to}});
    EXPECT_NE(changed, text);
    return VerifyOne(changed);
  }

  std::unique_ptr<net::Runtime> runtime_ =
      net::Runtime::Create({.reactors = 1}).value();
  net::Drain drain_;
  dns::FakeResolver dns_;
  FakeClock clock_;
  KeyFinder finder_{dns_, clock_, drain_};
  SignerSettings signing_;
  VerifierSettings settings_;
  const std::shared_ptr<const PrivateKey> rsa_ =
      std::make_shared<const PrivateKey>(TestRsaKey());
  const std::shared_ptr<const PrivateKey> ed25519_ =
      std::make_shared<const PrivateKey>(TestEd25519Key());
  std::vector<SigningIdentity> identities_;
};

MATCHER_P2(Is, outcome, obstacle, "") {
  *result_listener << OutcomeName(arg.outcome) << ", " << arg.explanation;
  return arg.outcome == outcome && arg.obstacle == obstacle;
}

const auto kPasses = Is(Outcome::kPass, Obstacle::kNone);

TEST_F(VerifierTest, WhatIsSignedPasses) {
  identities_.push_back({"example.org", "e", ed25519_});
  for (const auto header :
       {Canonicalization::kSimple, Canonicalization::kRelaxed}) {
    for (const auto body :
         {Canonicalization::kSimple, Canonicalization::kRelaxed}) {
      signing_.header_form = header;
      signing_.body_form = body;
      const auto results = Verify(Signed(kMessage));
      EXPECT_THAT(results, ElementsAre(kPasses, kPasses));
      EXPECT_EQ(results[0].domain, "example.org");
      EXPECT_EQ(results[0].selector, "r");
      EXPECT_EQ(results[0].key_bits, 2048);
      EXPECT_TRUE(results[0].is_authors);
      EXPECT_FALSE(results[0].key_is_testing);
      EXPECT_EQ(results[1].algorithm, "ed25519-sha256");
    }
  }
}

TEST_F(VerifierTest, AMessageWithoutSignatureHasOneResult) {
  EXPECT_THAT(Verify(kMessage),
              ElementsAre(Is(Outcome::kNone, Obstacle::kNone)));
  EXPECT_THAT(Verify(""), ElementsAre(Is(Outcome::kNone, Obstacle::kNone)));
}

TEST_F(VerifierTest, ChangesAreSeen) {
  EXPECT_THAT(VerifyChanged("bye", "Bye"),
              Is(Outcome::kFail, Obstacle::kBodyHash));
  EXPECT_THAT(VerifyChanged("Subject: Hi", "Subject: hi"),
              Is(Outcome::kFail, Obstacle::kHeaderHash));
  EXPECT_THAT(VerifyChanged("To: a@", "X: a@"),
              Is(Outcome::kFail, Obstacle::kHeaderHash));
  EXPECT_THAT(VerifyChanged("s=r;", "s=e;"),
              Is(Outcome::kPermError, Obstacle::kSyntax));
}

TEST_F(VerifierTest, ChangesThatTheFormForgivesAreForgiven) {
  EXPECT_THAT(VerifyChanged("Subject: Hi", "SUBJECT:  Hi \t"), kPasses);
  EXPECT_THAT(VerifyChanged("bye\r\n\r\n", "bye\r\n"), kPasses);
  EXPECT_THAT(VerifyChanged("Subject: Hi", "X: y\r\nSubject: Hi"), kPasses);
}

TEST_F(VerifierTest, DK12ChunksAreCutAnywhere) {
  const std::string text = Signed(kMessage);
  for (const size_t step : {1, 2, 3, 5, 7}) {
    EXPECT_THAT(Verify(text, step), ElementsAre(kPasses)) << step;
  }
}

TEST_F(VerifierTest, FoldsMayComeAsAMilterHasThem) {
  const std::string text = Signed(kMessage);
  for (const auto form :
       {Canonicalization::kSimple, Canonicalization::kRelaxed}) {
    signing_.header_form = form;
    Message whole;
    const std::string signed_text = Signed(absl::StrReplaceAll(
        kMessage, {{"Subject: Hi", "Subject: Hi\r\n you"}}));
    const std::string body(AddHeader(signed_text, whole));
    Message message;
    for (size_t i = 0; i < whole.header().size(); ++i) {
      const mail::HeaderField field = whole.header().At(i);
      message.AddField(field.name,
                       absl::StrReplaceAll(field.value, {{"\r\n", "\n"}}));
    }
    Verifier verifier(message, settings_, finder_, clock_);
    message.AddBody(body);
    EXPECT_THAT(runtime_->BlockOn(
                    verifier.Finish(net::Deadline::After(absl::Seconds(5)))),
                ElementsAre(kPasses));
  }
}

TEST_F(VerifierTest, DK05FieldsThatWereAddedAreSeen) {
  signing_.oversigned_fields = {};
  const SignatureResult subject =
      VerifyChanged("Subject: Hi", "Subject: Evil\r\nSubject: Hi");
  EXPECT_THAT(subject, kPasses);
  EXPECT_THAT(subject.added_fields, ElementsAre("Subject"));
  const SignatureResult from =
      VerifyChanged("From: Joe", "From: b@evil.example\r\nFrom: Joe");
  EXPECT_THAT(from, Is(Outcome::kPolicy, Obstacle::kUnsigned));
  signing_ = SignerSettings();
  EXPECT_THAT(VerifyChanged("Subject: Hi", "Subject: Evil\r\nSubject: Hi"),
              Is(Outcome::kFail, Obstacle::kHeaderHash));
}

TEST_F(VerifierTest, FieldsThatMustBeSignedAre) {
  settings_.must_be_signed = {"List-Id", "X-Policy"};
  EXPECT_THAT(VerifyOne(Signed(kMessage)), kPasses);
  EXPECT_THAT(VerifyOne(Signed(absl::StrCat("X-Policy: 1\r\n", kMessage))),
              Is(Outcome::kPolicy, Obstacle::kUnsigned));
}

TEST_F(VerifierTest, DK06TimesHaveSomeDrift) {
  signing_.lifetime = absl::Hours(1);
  const std::string text = Signed(kMessage);
  clock_.Advance(absl::Minutes(64));
  EXPECT_THAT(VerifyOne(text), kPasses);
  clock_.Advance(absl::Minutes(2));
  EXPECT_THAT(VerifyOne(text), Is(Outcome::kFail, Obstacle::kExpired));
  clock_.Advance(-absl::Minutes(70));
  EXPECT_THAT(VerifyOne(text), kPasses);
  clock_.Advance(-absl::Minutes(2));
  EXPECT_THAT(VerifyOne(text), Is(Outcome::kFail, Obstacle::kFuture));
}

TEST_F(VerifierTest, DK01SmallKeysAreNotTaken) {
  identities_ = {{"example.org", "s",
                  std::make_shared<const PrivateKey>(
                      PrivateKey::Parse(kRsa1024Key).value())}};
  dns_.Add(Record("s._domainkey.example.org", RecordOf(*identities_[0].key)));
  const std::string text = Signed(kMessage);
  EXPECT_THAT(VerifyOne(text), kPasses);
  settings_.min_key_bits = 2048;
  const SignatureResult weak = VerifyOne(text);
  EXPECT_THAT(weak, Is(Outcome::kPolicy, Obstacle::kWeakKey));
  EXPECT_EQ(weak.key_bits, 1024);
}

TEST_F(VerifierTest, DK15OneGoodSignatureDoesNotDependOnOthers) {
  identities_.push_back({"example.org", "e", ed25519_});
  dns_.Reset(Record("r._domainkey.example.org", "v=DKIM1; p=") +
             Record("e._domainkey.example.org", RecordOf(TestEd25519Key())));
  EXPECT_THAT(
      Verify(Signed(kMessage)),
      ElementsAre(Is(Outcome::kPermError, Obstacle::kRevoked), kPasses));
}

TEST_F(VerifierTest, DK09KeysMayBeOfNoUse) {
  struct Case {
    std::string record;
    Obstacle obstacle;
  };
  const std::string good = RecordOf(TestRsaKey());
  const Case cases[] = {
      {"v=DKIM1; p=", Obstacle::kRevoked},
      {"v=DKIM2; p=", Obstacle::kSyntax},
      {absl::StrCat(good, "; h=sha1"), Obstacle::kSyntax},
      {absl::StrCat(good, "; s=other"), Obstacle::kSyntax},
      {RecordOf(TestEd25519Key()), Obstacle::kSyntax},
      {"hello", Obstacle::kSyntax},
  };
  const std::string text = Signed(kMessage);
  for (const Case& c : cases) {
    dns_.Reset(Record("r._domainkey.example.org", c.record));
    clock_.Advance(absl::Hours(2));
    EXPECT_THAT(VerifyOne(text), Is(Outcome::kPermError, c.obstacle))
        << c.record;
  }
}

TEST_F(VerifierTest, DK09OfManyRecordsOneThatFitsIsEnough) {
  dns_.Reset(Record("r._domainkey.example.org", "hello") +
             Record("r._domainkey.example.org", RecordOf(TestEd25519Key())) +
             Record("r._domainkey.example.org", RecordOf(TestRsaKey())));
  EXPECT_THAT(VerifyOne(Signed(kMessage)), kPasses);
}

TEST_F(VerifierTest, DK09FlagsOfTheKeyCount) {
  const std::string good = RecordOf(TestRsaKey());
  identities_[0].identity = "@sub.example.org";
  dns_.Reset(Record("r._domainkey.example.org", absl::StrCat(good, "; t=y")));
  const SignatureResult testing = VerifyOne(Signed(kMessage));
  EXPECT_THAT(testing, kPasses);
  EXPECT_TRUE(testing.key_is_testing);
  clock_.Advance(absl::Hours(2));
  dns_.Reset(Record("r._domainkey.example.org", absl::StrCat(good, "; t=s")));
  EXPECT_THAT(VerifyOne(Signed(kMessage)),
              Is(Outcome::kPermError, Obstacle::kSyntax));
  identities_[0].identity = "joe@example.org";
  EXPECT_THAT(VerifyOne(Signed(kMessage)), kPasses);
}

TEST_F(VerifierTest, DK10NoAnswerIsTemporaryAndNoKeyIsNot) {
  const std::string text = Signed(kMessage);
  dns_.Reset("");
  EXPECT_THAT(VerifyOne(text), Is(Outcome::kPermError, Obstacle::kNoKey));
  dns_.Reset("r._domainkey.example.org SERVFAIL");
  EXPECT_THAT(VerifyOne(text), Is(Outcome::kTempError, Obstacle::kDns));
  dns_.Reset("r._domainkey.example.org TIMEOUT");
  EXPECT_THAT(VerifyOne(text), Is(Outcome::kTempError, Obstacle::kDns));
}

TEST_F(VerifierTest, DK07TheAuthorsSignatureIsNotHiddenBehindOthers) {
  std::string junk;
  for (int i = 0; i < 50; ++i) {
    absl::StrAppend(&junk, "DKIM-Signature: v=1; a=rsa-sha256; d=junk", i,
                    ".example; s=s; h=From; bh=",
                    "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=; b=YWJj\r\n");
  }
  const auto results = Verify(absl::StrCat(junk, Signed(kMessage)));
  ASSERT_THAT(results, SizeIs(51));
  EXPECT_THAT(results[50], kPasses);
  EXPECT_THAT(results[0], Is(Outcome::kFail, Obstacle::kBodyHash));
  EXPECT_THAT(results[9], Is(Outcome::kPolicy, Obstacle::kLimit));
}

TEST_F(VerifierTest, DK07ResultsAreBounded) {
  std::string junk;
  for (int i = 0; i < 1000; ++i) {
    absl::StrAppend(&junk, "DKIM-Signature: v=", i, "\r\n");
  }
  EXPECT_THAT(Verify(absl::StrCat(junk, kMessage)), SizeIs(100));
  EXPECT_THAT(dns_.questions(), SizeIs(0));
}

// The signature of a message whose body is `covered` and has more behind it.
TEST_F(VerifierTest, DK03APartOfTheBodyIsNotEnough) {
  const std::string value =
      absl::StrReplaceAll(kMessage, {{"\r\n\r\nbye\r\n\r\n", "\r\n"}});
  // Sign the shorter message as one that says l=.
  Message message;
  const absl::string_view body = AddHeader(value, message);
  AddBody(body, message);
  std::string field =
      " v=1; a=ed25519-sha256; c=relaxed/simple; d=example.org; s=e; l=12;"
      " h=From:To:Subject:Content-Type; bh=";
  Sha256 hash;
  hash.Add("Hello  you\r\n");
  const std::string digest = hash.Finish();
  absl::StrAppend(&field, absl::Base64Escape(digest), "; b=");
  std::string to_sign;
  message.header().AppendSigned({"From", "To", "Subject", "Content-Type"},
                                Canonicalization::kRelaxed, to_sign);
  AppendCanonicalField(Canonicalization::kRelaxed,
                       {.name = "DKIM-Signature", .value = field}, to_sign);
  absl::StrAppend(
      &field, absl::Base64Escape(ed25519_->Sign(Sha256Of(to_sign)).value()));
  const std::string whole =
      absl::StrCat("DKIM-Signature:", field, "\r\n", value);
  const std::string longer =
      absl::StrCat("DKIM-Signature:", field, "\r\n", kMessage);
  EXPECT_THAT(VerifyOne(whole), kPasses);
  const SignatureResult partial = VerifyOne(longer);
  EXPECT_THAT(partial, Is(Outcome::kPolicy, Obstacle::kPartialBody));
  EXPECT_EQ(partial.unsigned_bytes, 7u);
  settings_.min_signed_percent = 50;
  EXPECT_THAT(VerifyOne(longer), kPasses);
  settings_.min_signed_percent = 64;
  EXPECT_THAT(VerifyOne(longer), Is(Outcome::kPolicy, Obstacle::kPartialBody));
  // Less than is signed.
  EXPECT_THAT(VerifyOne(absl::StrReplaceAll(whole, {{"you\r\n", "y\r\n"}})),
              Is(Outcome::kPermError, Obstacle::kSyntax));
}

TEST_F(VerifierTest, TextsThatAreWrongArePermanentErrors) {
  const SignatureResult result =
      VerifyChanged("a=rsa-sha256", "a=rsa-sha1");  // DK-02
  EXPECT_THAT(result, Is(Outcome::kPermError, Obstacle::kSyntax));
  EXPECT_EQ(result.domain, "example.org");
  EXPECT_THAT(result.explanation, HasSubstr("rsa-sha1"));
}

TEST_F(VerifierTest, AHeaderThatIsTooLargeIsNotVerified) {
  Message message(300);
  AddHeader(absl::StrCat(Signed("From: joe@example.org\r\n\r\n"), ""), message);
  AddHeader(std::string(300, 'x') + ": y\r\n\r\n", message);
  Verifier verifier(message, settings_, finder_, clock_);
  EXPECT_THAT(runtime_->BlockOn(
                  verifier.Finish(net::Deadline::After(absl::Seconds(5)))),
              Each(::testing::Not(kPasses)));
}

TEST_F(VerifierTest, SignedMessagesOfAllKindsPass) {
  std::mt19937 random(7);
  constexpr absl::string_view kBytes = "ab \t.\xc3\xbc";
  identities_.push_back({"example.org", "e", ed25519_});
  for (int i = 0; i < 100; ++i) {
    std::string text = "From: a@example.org\r\n";
    for (int n = random() % 20; n > 0; --n) {
      absl::StrAppend(&text, random() % 2 ? "Subject" : "To",
                      random() % 4 ? "" : " ", ":");
      for (int k = random() % 100; k > 0; --k) {
        text += kBytes[random() % kBytes.size()];
        if (random() % 20 == 0) text += "\r\n x";
      }
      text += "\r\n";
    }
    text += "\r\n";
    for (int k = random() % 400; k > 0; --k) {
      text += kBytes[random() % kBytes.size()];
      if (random() % 10 == 0) text += "\r\n";
    }
    signing_.header_form = Canonicalization(random() % 2);
    signing_.body_form = Canonicalization(random() % 2);
    EXPECT_THAT(Verify(Signed(text), 1 + random() % 50),
                ElementsAre(kPasses, kPasses));
  }
}

}  // namespace
}  // namespace postern::dkim
