#include "dkimd/arc_keeper.h"

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "dkimd/test_filter.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/dkim/arc_sealer.h"
#include "lib/dkim/test_keys.h"
#include "lib/dkim/test_message.h"
#include "lib/testing/status_matchers.h"

namespace postern::dkimd {
namespace {

using ::postern::testing::StatusIs;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr char kSeals[] =
    "signing: {domains: [$DOMAIN]}\n"
    "arc: {seal: {domain: falcot.com, selector: rsa, file: "
    "$KEYS/rsa.private}}\n";

// `text` with the seal of a list at falcot.com that says `results` of it.
std::string Sealed(TestFilter& dkimd, const std::string& text,
                   const char* result) {
  dkim::Message message;
  const absl::string_view body = dkim::AddHeader(text, message);
  const dkim::SignerSettings settings;
  dkim::SigningIdentity identity;
  identity.domain = "falcot.com";
  identity.selector = "rsa";
  identity.key = std::make_shared<const dkim::PrivateKey>(dkim::TestRsaKey());
  dkim::ArcSealer sealer(message, settings, identity, dkimd.clock());
  message.AddBody(body);
  mail::AuthResults all;
  all.authserv_id = "list.falcot.com";
  all.results.push_back({.method = "dkim", .result = result});
  const auto fields = sealer.Finish(dkim::ArcResult(), all);
  return absl::StrCat("ARC-Seal:", (*fields)->seal, "\r\n",
                      "ARC-Message-Signature:", (*fields)->signature, "\r\n",
                      "ARC-Authentication-Results:", (*fields)->results, "\r\n",
                      text);
}

TEST(ArcKeeperTest, MailThatIsVerifiedIsSealedAndTheChainPasses) {
  TestFilter dkimd(kSeals);
  const std::string once = dkimd.Signed(kTestMessage);
  const milter::Changes changes = dkimd.Send(dkimd.Outside(), once);
  EXPECT_THAT(TestFilter::Inserted(changes, "ARC-Seal"),
              AllOf(HasSubstr("cv=none"), HasSubstr("i=1")));
  EXPECT_THAT(TestFilter::Inserted(changes, "ARC-Authentication-Results"),
              HasSubstr("dkim=pass"));
  // ARC-Seal is at the top, then the other two (RFC 8617 section 5.1).
  const std::string sealed = dkimd.Applied(changes, once);
  EXPECT_LT(sealed.find("ARC-Seal:"), sealed.find("ARC-Message-Signature:"));
  EXPECT_LT(sealed.find("ARC-Message-Signature:"),
            sealed.find("ARC-Authentication-Results:"));
  const milter::Changes second = dkimd.Send(dkimd.Outside(), sealed);
  EXPECT_THAT(TestFilter::Inserted(second, "Authentication-Results"),
              AllOf(HasSubstr("arc=pass"), HasSubstr("dkim=pass")));
  EXPECT_THAT(TestFilter::Inserted(second, "ARC-Seal"),
              AllOf(HasSubstr("cv=pass"), HasSubstr("i=2")));
  EXPECT_THAT(dkimd.metrics(),
              AllOf(HasSubstr("postern_dkimd_arc_seals_total 2"),
                    HasSubstr("arc_chains_total{result=\"pass\"} 1"),
                    HasSubstr("arc_chains_total{result=\"none\"} 1")));
}

TEST(ArcKeeperTest, WithoutTheBlockNothingIsSealedOrSaid) {
  TestFilter list(kSeals);
  const std::string message = list.Signed(kTestMessage);
  const std::string sealed =
      list.Applied(list.Send(list.Outside(), message), message);
  TestFilter dkimd;
  const milter::Changes changes = dkimd.Send(dkimd.Outside(), sealed);
  EXPECT_THAT(TestFilter::Inserted(changes, "ARC-Seal"), IsEmpty());
  EXPECT_THAT(TestFilter::Inserted(changes, "Authentication-Results"),
              Not(HasSubstr("arc=")));
}

TEST(ArcKeeperTest, ATrustedSealerSpeaksForAMessageThatItChanged) {
  TestFilter list;
  const std::string changed = list.Signed(kTestMessage) + "-- the list\r\n";
  const auto is_refused = [&](const char* sealers, const std::string& text) {
    TestFilter dkimd(
        absl::StrCat("verification: {on_bad_signature: reject}\n"
                     "arc: {verify: true, trusted_sealers: [",
                     sealers, "]}\n"));
    return dkimd.Send(dkimd.Outside(), text).verdict.refuses();
  };
  const std::string sealed = Sealed(list, changed, "pass");
  EXPECT_FALSE(is_refused("falcot.com", sealed));
  EXPECT_TRUE(is_refused("", sealed));
  EXPECT_TRUE(is_refused("example.org", sealed));
  // It saw no good signature; there is no seal; what it sealed was changed.
  EXPECT_TRUE(is_refused("falcot.com", Sealed(list, changed, "fail")));
  EXPECT_TRUE(is_refused("falcot.com", changed));
  EXPECT_TRUE(is_refused("falcot.com", sealed + "more\r\n"));
}

TEST(ArcKeeperTest, ASealThatCannotBeMadeStopsNoMail) {
  TestFilter dkimd(kSeals);
  const std::string text = "From: a@falcot.com\r\n\r\na\rb\r\n";
  const milter::Changes changes = dkimd.Send(dkimd.Outside(), text);
  EXPECT_FALSE(changes.verdict.refuses());
  EXPECT_THAT(TestFilter::Inserted(changes, "ARC-Seal"), IsEmpty());
  EXPECT_THAT(dkimd.metrics(),
              HasSubstr("postern_dkimd_arc_seal_failures_total 1"));
}

TEST(ArcKeeperTest, ASealNeedsAKey) {
  TestFilter dkimd;
  EXPECT_THAT(dkimd.Read("arc: {seal: {domain: falcot.com, selector: gone, "
                         "file: $KEYS/gone}}"),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("arc.seal")));
  EXPECT_THAT(dkimd.Read("arc: {seal: {domain: 'a/b', selector: s}}"),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

}  // namespace
}  // namespace postern::dkimd
