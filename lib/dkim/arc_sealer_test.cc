#include "lib/dkim/arc_sealer.h"

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/base/fake_clock.h"
#include "lib/dkim/test_keys.h"
#include "lib/dkim/test_message.h"
#include "lib/dns/fake_resolver.h"
#include "lib/net/runtime.h"
#include "lib/testing/status_matchers.h"

namespace postern::dkim {
namespace {

using ::postern::testing::IsOk;
using ::postern::testing::StatusIs;
using ::testing::HasSubstr;
using ::testing::SizeIs;

constexpr char kMessage[] =
    "From: Joe <joe@example.org>\r\nSubject: Hi\r\n\r\nHello  you\r\n";

// Seals and verifies, hop after hop.
class ArcSealerTest : public ::testing::Test {
 protected:
  ArcSealerTest() {
    dns_.Add(Record("r", RecordOf(*rsa_)) + Record("e", RecordOf(*ed25519_)));
  }
  static std::string Record(absl::string_view selector,
                            absl::string_view text) {
    return absl::StrCat(
        selector, "._domainkey.list.example TXT \"", text.substr(0, 200),
        "\" \"", text.substr(std::min<size_t>(200, text.size())), "\"\n");
  }

  ArcResult Verify(absl::string_view text) {
    Message message;
    const absl::string_view body = AddHeader(text, message);
    ArcVerifier verifier(message, 1024, finder_);
    AddBody(body, message, 7);
    return runtime_->BlockOn(
        verifier.Finish(net::Deadline::After(absl::Seconds(5))));
  }

  absl::StatusOr<std::optional<ArcFields>> Seal(absl::string_view text,
                                                const ArcResult& chain) {
    Message message;
    const absl::string_view body = AddHeader(text, message);
    ArcSealer sealer(message, settings_, identity_, clock_);
    AddBody(body, message);
    return sealer.Finish(
        chain,
        {.authserv_id = "list.example",
         .results = {{.method = "arc",
                      .result = std::string(OutcomeName(chain.outcome))}}});
  }

  std::string Sealed(absl::string_view text) {
    const auto fields = Seal(text, Verify(text));
    EXPECT_THAT(fields, IsOk());
    return absl::StrCat("ARC-Seal:", (*fields)->seal,
                        "\r\nARC-Message-Signature:", (*fields)->signature,
                        "\r\nARC-Authentication-Results:", (*fields)->results,
                        "\r\n", text);
  }

  std::unique_ptr<net::Runtime> runtime_ =
      net::Runtime::Create({.reactors = 1}).value();
  net::Drain drain_;
  dns::FakeResolver dns_;
  FakeClock clock_;
  KeyFinder finder_{dns_, clock_, drain_};
  SignerSettings settings_;
  const std::shared_ptr<const PrivateKey> rsa_ =
      std::make_shared<const PrivateKey>(TestRsaKey());
  const std::shared_ptr<const PrivateKey> ed25519_ =
      std::make_shared<const PrivateKey>(TestEd25519Key());
  SigningIdentity identity_ = {"list.example", "r", rsa_};
};

TEST_F(ArcSealerTest, AChainGrowsHopByHop) {
  EXPECT_EQ(Verify(kMessage).outcome, Outcome::kNone);
  std::string text = kMessage;
  for (int i = 1; i <= 4; ++i) {
    identity_ = i % 2 ? SigningIdentity{"list.example", "r", rsa_}
                      : SigningIdentity{"list.example", "e", ed25519_};
    text = Sealed(text);
    const ArcResult result = Verify(text);
    EXPECT_EQ(result.outcome, Outcome::kPass) << result.explanation << text;
    ASSERT_THAT(result.hops, SizeIs(i));
    EXPECT_EQ(result.hops.back().sealer, "list.example");
    EXPECT_EQ(result.hops.back().results.authserv_id, "list.example");
    EXPECT_EQ(result.hops.back().results.results.front().result,
              i == 1 ? "none" : "pass");
    EXPECT_EQ(result.highest_instance, i);
  }
  EXPECT_THAT(text, HasSubstr("cv=pass"));
}

TEST_F(ArcSealerTest, AHopMayChangeTheMessageBeforeItSeals) {
  const std::string first = Sealed(kMessage);
  const ArcResult chain = Verify(first);
  const std::string changed = absl::StrReplaceAll(first, {{"Hi", "[list] Hi"}});
  EXPECT_EQ(Verify(changed).outcome, Outcome::kFail);
  const auto fields = Seal(changed, chain);
  ASSERT_THAT(fields, IsOk());
  const std::string second = absl::StrCat(
      "ARC-Seal:", (*fields)->seal,
      "\r\nARC-Message-Signature:", (*fields)->signature,
      "\r\nARC-Authentication-Results:", (*fields)->results, "\r\n", changed);
  EXPECT_EQ(Verify(second).outcome, Outcome::kPass);
}

TEST_F(ArcSealerTest, AChainThatFailsHereIsSealedAsFailedOnce) {
  const std::string broken =
      absl::StrReplaceAll(Sealed(kMessage), {{"Hello", "hello"}});
  const std::string text = Sealed(broken);
  EXPECT_THAT(text, HasSubstr("cv=fail"));
  const ArcResult result = Verify(text);
  EXPECT_EQ(result.outcome, Outcome::kFail);
  EXPECT_TRUE(result.is_marked_failed);
  const auto fields = Seal(text, result);
  ASSERT_THAT(fields, IsOk());
  EXPECT_FALSE(fields->has_value());
}

TEST_F(ArcSealerTest, DK20AChainEndsAtFiftySets) {
  ArcResult chain;
  chain.outcome = Outcome::kPass;
  chain.highest_instance = 50;
  const auto fields = Seal(kMessage, chain);
  ASSERT_THAT(fields, IsOk());
  EXPECT_FALSE(fields->has_value());
}

TEST_F(ArcSealerTest, TagsAreInOrderAndNoFieldOfArcIsSigned) {
  settings_.signed_fields = {"From", "ARC-Seal", "Subject"};
  settings_.oversigned_fields = {};
  const auto fields = Seal(kMessage, ArcResult());
  ASSERT_THAT(fields, IsOk());
  EXPECT_THAT((*fields)->seal, ::testing::ContainsRegex(
                                   "a=[^;]*;.*b=[^;]*;.*cv=none;.*d=list.ex"));
  EXPECT_THAT((*fields)->signature, HasSubstr("h=From:Subject;"));
  EXPECT_EQ((*fields)->results, " i=1; list.example;\r\n\tarc=none");
}

TEST_F(ArcSealerTest, WhatCannotBeSignedIsNotSealed) {
  EXPECT_THAT(Seal("Subject: x\r\n\r\n", ArcResult()),
              StatusIs(absl::StatusCode::kFailedPrecondition));
}

}  // namespace
}  // namespace postern::dkim
