#include "lib/dkim/reported_results.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace postern::dkim {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

SignatureResult Pass(absl::string_view base64) {
  SignatureResult result;
  result.outcome = Outcome::kPass;
  result.domain = "example.org";
  result.selector = "mail";
  result.identity = "joe@example.org";
  result.algorithm = "rsa-sha256";
  result.base64 = std::string(base64);
  result.key_bits = 2048;
  return result;
}

TEST(ReportedResultsTest, SaysWhoseSignatureItIs) {
  const mail::AuthResults all = {
      .authserv_id = "mx.example.com",
      .results = ReportedResults({Pass("abcdefghijkl")})};
  EXPECT_EQ(all.ToValue(),
            " mx.example.com;\r\n"
            "\tdkim=pass (2048-bit key) header.d=example.org"
            " header.i=joe@example.org\r\n"
            "\theader.s=mail header.a=rsa-sha256 header.b=abcdefgh");
}

TEST(ReportedResultsTest, SaysWhatIsWrong) {
  SignatureResult result = Pass("abcdefghijkl");
  result.outcome = Outcome::kPolicy;
  result.obstacle = Obstacle::kWeakKey;
  result.explanation = "a key of 2048 bits is too weak";
  result.key_is_secure = result.key_is_testing = true;
  const auto reported = ReportedResults({result}, /*has_header_b=*/false);
  ASSERT_THAT(reported, SizeIs(1));
  EXPECT_EQ(reported[0].result, "policy");
  EXPECT_EQ(reported[0].reason, result.explanation);
  EXPECT_EQ(reported[0].comment, "2048-bit key, secure, test mode");
  EXPECT_EQ(reported[0].Value("policy", "dkim-rules"), "weak-key");
  EXPECT_EQ(reported[0].Value("header", "b"), "");
}

// RFC 6008 section 4.
TEST(ReportedResultsTest, AsMuchOfBIsThereAsTellsSignaturesApart) {
  const auto reported =
      ReportedResults({Pass("aaaaaaaaaaXz"), Pass("bbbbbbbbbbbb"),
                       Pass("aaaaaaaaaaYz"), Pass("bbbbbbbbbbbb"), Pass("")});
  EXPECT_EQ(reported[0].Value("header", "b"), "aaaaaaaaaaX");
  EXPECT_EQ(reported[1].Value("header", "b"), "bbbbbbbbbbb");
  EXPECT_EQ(reported[2].Value("header", "b"), "aaaaaaaaaaY");
}

TEST(ReportedResultsTest, NoSignatureIsAResultToo) {
  const auto reported = ReportedResults({SignatureResult()});
  ASSERT_THAT(reported, SizeIs(1));
  EXPECT_EQ(reported[0].result, "none");
  EXPECT_THAT(reported[0].properties, IsEmpty());
}

}  // namespace
}  // namespace postern::dkim
