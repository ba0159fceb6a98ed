#include "lib/dkim/arc_verifier.h"

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/base/fake_clock.h"
#include "lib/dkim/arc_sealer.h"
#include "lib/dkim/test_keys.h"
#include "lib/dkim/test_message.h"
#include "lib/dns/fake_resolver.h"
#include "lib/net/runtime.h"

namespace postern::dkim {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr char kMessage[] =
    "From: Joe <joe@example.org>\r\nSubject: Hi\r\n\r\nHello  you\r\n";
constexpr char kKeyName[] = "e._domainkey.list.example";

class ArcVerifierTest : public ::testing::Test {
 protected:
  ArcVerifierTest() { dns_.Add(Record()); }

  static std::string Record() {
    return absl::StrCat(kKeyName, " TXT \"", RecordOf(TestEd25519Key()),
                        "\"\n");
  }

  ArcResult Verify(absl::string_view text) {
    Message message;
    const absl::string_view body = AddHeader(text, message);
    ArcVerifier verifier(message, 1024, finder_);
    AddBody(body, message);
    return runtime_->BlockOn(
        verifier.Finish(net::Deadline::After(absl::Seconds(5))));
  }

  std::string Sealed(const std::string& text = kMessage) {
    return Sealed(text, Verify(text));
  }
  // By one who has found `chain`.
  std::string Sealed(const std::string& text, const ArcResult& chain) {
    Message message;
    const absl::string_view body = AddHeader(text, message);
    ArcSealer sealer(message, settings_,
                     {"list.example", "e",
                      std::make_shared<const PrivateKey>(TestEd25519Key())},
                     clock_);
    AddBody(body, message);
    const auto fields = sealer.Finish(chain, {.authserv_id = "list.example"});
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
};

TEST_F(ArcVerifierTest, ReportsTheChain) {
  EXPECT_EQ(Verify(kMessage).Reported(),
            (mail::AuthResults::Result{.method = "arc", .result = "none"}));
  const ArcResult pass = Verify(Sealed());
  EXPECT_EQ(pass.Reported(),
            (mail::AuthResults::Result{
                .method = "arc",
                .result = "pass",
                .comment = "i=1",
                .properties = {{"header", "d", "list.example"},
                               {"header", "oldest-pass", "0"}}}));
}

TEST_F(ArcVerifierTest, SaysSinceWhenNothingWasChanged) {
  const std::string once = Sealed(kMessage);
  EXPECT_EQ(Verify(Sealed(once)).oldest_pass, 0);
  const std::string changed =
      absl::StrReplaceAll(once, {{"Hello  you", "Hello  you\r\n-- list"}});
  const std::string twice = Sealed(changed, Verify(once));
  EXPECT_EQ(Verify(twice).outcome, Outcome::kPass);
  EXPECT_EQ(Verify(twice).oldest_pass, 2);
  const ArcResult thrice = Verify(Sealed(twice));
  EXPECT_EQ(thrice.oldest_pass, 2);
  EXPECT_EQ(thrice.highest_instance, 3);
  EXPECT_EQ(Verify(Sealed(changed)).outcome, Outcome::kFail);
}

TEST_F(ArcVerifierTest, WhatWasChangedFails) {
  const std::string text = Sealed();
  struct Case {
    const char* from;
    const char* to;
    Obstacle obstacle;
    const char* why;
  };
  const Case cases[] = {
      {"Hello", "hello", Obstacle::kBodyHash, "the last signature: the body"},
      {": Hi", ": hi", Obstacle::kHeaderHash, "the last signature: the sig"},
      {" none\r\nFrom", " none (x)\r\nFrom", Obstacle::kHeaderHash, "seal 1:"},
      {"cv=none", "cv=pass", Obstacle::kSyntax, "cv="},
      {"cv=none", "cv=fail", Obstacle::kSyntax, "has failed"},
      {"cv=none;", "", Obstacle::kSyntax, "cv= is missing"},
      {"i=1", "i=2", Obstacle::kSyntax, "not complete"},
      {"ARC-Seal", "X-Seal", Obstacle::kSyntax, "not complete"},
  };
  for (const Case& c : cases) {
    const std::string changed = absl::StrReplaceAll(text, {{c.from, c.to}});
    ASSERT_NE(changed, text) << c.from << text;
    const ArcResult result = Verify(changed);
    EXPECT_EQ(result.outcome, Outcome::kFail);
    EXPECT_EQ(result.obstacle, c.obstacle) << result.explanation;
    EXPECT_THAT(result.explanation, HasSubstr(c.why));
    EXPECT_THAT(result.hops, IsEmpty());
  }
}

TEST_F(ArcVerifierTest, KeysThatCannotBeHadFailTheChain) {
  const std::string text = Sealed();
  dns_.Reset("");
  EXPECT_EQ(Verify(text).obstacle, Obstacle::kNoKey);
  dns_.Reset(absl::StrCat(kKeyName, " SERVFAIL"));
  const ArcResult result = Verify(text);
  EXPECT_EQ(result.outcome, Outcome::kFail);
  EXPECT_EQ(result.obstacle, Obstacle::kDns);
}

}  // namespace
}  // namespace postern::dkim
