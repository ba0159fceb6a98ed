// The published collection for ARC: arc-valimail. Where we differ, a test says
// why.

#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "gtest/gtest.h"
#include "lib/dkim/arc_sealer.h"
#include "lib/dkim/signature.h"
#include "tests/conformance/dkim_suite.h"

namespace postern::dkim {
namespace {

using ArcConformanceTest = SuiteTest;

// The scenarios of a file of the ARC test suite.
std::vector<YamlNode> Scenarios(const std::string& text) {
  std::vector<YamlNode> scenarios;
  for (const absl::string_view part :
       absl::StrSplit(absl::StrCat("\n", text), "\n---")) {
    if (!part.empty() && part.find(':') != part.npos) {
      scenarios.push_back(Tree(std::string(part)));
    }
  }
  return scenarios;
}

TEST_F(ArcConformanceTest, ChainsOfTheArcTestSuite) {
  int count = 0;
  for (const YamlNode& scenario :
       Scenarios(Read("arc-valimail/arc-validation-dev.yml"))) {
    dns_.Reset("");
    AddRecords(At(scenario, "txt-records"));
    for (const auto& test : At(scenario, "tests").entries) {
      const ArcResult result = VerifyArc(WithCrlf(Text(test.value, "message")));
      std::string want = absl::AsciiStrToLower(Text(test.value, "cv"));
      want = std::string(absl::StripAsciiWhitespace(want));
      // The suite leaves open what becomes of a chain whose last seal says that
      // it had failed. RFC 8617 section 5.2, step 2: it has.
      if (test.key == "cv_fail_i1_as_cv_fail") want = "fail";
      EXPECT_EQ(OutcomeName(result.outcome), want.empty() ? "none" : want)
          << test.key << ": " << result.explanation;
      ++count;
    }
  }
  EXPECT_GE(count, 50);
}

// Tags and their values, without white space.
std::string Tags(absl::string_view value) {
  return absl::StrReplaceAll(value,
                             {{" ", ""}, {"\t", ""}, {"\r", ""}, {"\n", ""}});
}

TEST_F(ArcConformanceTest, SealsOfTheArcTestSuite) {
  int count = 0;
  for (const YamlNode& scenario :
       Scenarios(Read("arc-valimail/arc-sign-canonicalization.yml"))) {
    const SigningIdentity identity = {
        Text(scenario, "domain"), Text(scenario, "sel"),
        std::make_shared<const PrivateKey>(
            PrivateKey::Parse(Text(scenario, "privatekey")).value())};
    AddRecords(At(scenario, "txt-records"));
    for (const auto& test : At(scenario, "tests").entries) {
      SCOPED_TRACE(test.key);
      const std::string text = WithCrlf(Text(test.value, "message"));
      SignerSettings signing;
      signing.signed_fields =
          absl::StrSplit(Text(test.value, "sig-headers"), ':');
      signing.oversigned_fields = {};
      clock_.Set(
          absl::FromUnixSeconds(std::atol(Text(test.value, "t").c_str())));
      Message message;
      const absl::string_view body = AddHeader(text, message);
      ArcSealer sealer(message, signing, identity, clock_);
      AddBody(body, message);
      // What the Authentication-Results of these messages say.
      const auto fields = sealer.Finish(
          ArcResult(),
          {.authserv_id = Text(test.value, "srv-id"),
           .results = {{.method = "arc", .result = "none"},
                       {.method = "spf",
                        .result = "pass",
                        .properties = {{"smtp", "mfrom", "jqd@d1.example"}}},
                       {.method = "dkim",
                        .result = "pass",
                        .comment = "1024-bit key",
                        .properties = {{"header", "i", "@d1.example"}}},
                       {.method = "dmarc", .result = "pass"}}});
      ASSERT_TRUE(fields.ok()) << fields.status();
      EXPECT_EQ(Tags((*fields)->results), Tags(Text(test.value, "AAR")));
      EXPECT_EQ(Tags((*fields)->signature), Tags(Text(test.value, "AMS")));
      // The seal signs the folds of our signature, which the suite has without
      // any; RFC 8617 leaves them to who seals. So it is verified instead.
      EXPECT_EQ(Tags(WithoutSignature((*fields)->seal)),
                Tags(WithoutSignature(Text(test.value, "AS"))));
      const ArcResult sealed = VerifyArc(
          absl::StrCat(kArcSeal, ":", (*fields)->seal, "\r\n", kArcSignature,
                       ":", (*fields)->signature, "\r\n", kArcResults, ":",
                       (*fields)->results, "\r\n", text));
      EXPECT_EQ(sealed.outcome, Outcome::kPass) << sealed.explanation;
      ++count;
    }
  }
  EXPECT_GE(count, 9);
}

}  // namespace
}  // namespace postern::dkim
