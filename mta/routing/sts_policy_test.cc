#include "mta/routing/sts_policy.h"

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/testing/status_matchers.h"

namespace postern::mta::routing {
namespace {

using ::postern::testing::IsOk;
using ::postern::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Optional;
using Mode = StsPolicy::Mode;

constexpr char kUsual[] =
    "version: STSv1\r\nmode: enforce\r\nmx: mail.example.com\r\n"
    "mx: *.Example.net\r\nmx: backupmx.example.com\r\nmax_age: 604800\r\n";

StsPolicy WithMx(std::vector<std::string> mx) {
  return {.mode = Mode::kEnforce, .mx = std::move(mx), .max_age = {}};
}

TEST(StsPolicyTest, TheExampleOfTheRfcIsRead) {
  const absl::StatusOr<StsPolicy> policy = ParseStsPolicy(kUsual);
  ASSERT_THAT(policy, IsOk());
  EXPECT_EQ(policy->mode, Mode::kEnforce);
  EXPECT_THAT(policy->mx, ElementsAre("mail.example.com", "*.example.net",
                                      "backupmx.example.com"));
  EXPECT_EQ(policy->max_age, absl::Hours(7 * 24));
}

TEST(StsPolicyTest, LinesMayEndInLfAloneAndTheLastMayHaveNone) {
  const absl::StatusOr<StsPolicy> policy =
      ParseStsPolicy("version:STSv1\nmode:testing \nmx: a.example\nmax_age: 1");
  ASSERT_THAT(policy, IsOk());
  EXPECT_EQ(policy->mode, Mode::kTesting);
}

TEST(StsPolicyTest, TheFirstOfAKeyCountsAndUnknownOnesDoNot) {
  const absl::StatusOr<StsPolicy> policy =
      ParseStsPolicy(absl::StrCat(kUsual, "mode: none\nnew: thing: x\n"));
  ASSERT_THAT(policy, IsOk());
  EXPECT_EQ(policy->mode, Mode::kEnforce);
}

TEST(StsPolicyTest, OnlyTheModeNoneNeedsNoHosts) {
  const absl::StatusOr<StsPolicy> policy =
      ParseStsPolicy("version: STSv1\nmode: none\nmax_age: 86400\n");
  ASSERT_THAT(policy, IsOk());
  EXPECT_THAT(policy->mx, IsEmpty());
}

TEST(StsPolicyTest, AMaxAgeIsBounded) {
  const absl::StatusOr<StsPolicy> policy =
      ParseStsPolicy("version: STSv1\nmode: none\nmax_age: 9999999999\n");
  ASSERT_THAT(policy, IsOk());
  EXPECT_EQ(policy->max_age, absl::Seconds(31557600));
}

TEST(StsPolicyTest, WhatIsNoPolicyIsRefused) {
  struct Case {
    const char* why;
    std::string file;
    const char* text;
  };
  const std::string mx = "mx: a.example\n";
  const Case cases[] = {
      {"nothing", "", "version is missing"},
      {"a web page", "<html>\n", "no field"},
      {"another version", "version: STSv2\nmode: none\nmax_age: 1\n",
       "no such version"},
      {"no mode", "version: STSv1\nmax_age: 1\n" + mx, "mode is missing"},
      {"another mode", "version: STSv1\nmode: Enforce\nmax_age: 1\n" + mx,
       "no such mode"},
      {"no age", "version: STSv1\nmode: enforce\n" + mx, "max_age is missing"},
      {"a negative age", "version: STSv1\nmode: enforce\nmax_age: -1\n" + mx,
       "no such max_age"},
      {"an age without end",
       "version: STSv1\nmode: enforce\nmax_age: 12345678901\n" + mx,
       "no such max_age"},
      {"no hosts", "version: STSv1\nmode: testing\nmax_age: 1\n",
       "mx is missing"},
      {"a wildcard inside", absl::StrCat(kUsual, "mx: a.*.example\n"),
       "no pattern"},
      {"part of a label", absl::StrCat(kUsual, "mx: a*.example\n"),
       "no pattern"},
      {"any host", absl::StrCat(kUsual, "mx: *\n"), "no pattern"},
      {"an empty host", absl::StrCat(kUsual, "mx:\n"), "no pattern"},
      {"too much", std::string(65537, '\n'), "64 KiB"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.why);
    EXPECT_THAT(
        ParseStsPolicy(c.file),
        StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(c.text)));
  }
}

TEST(StsPolicyTest, AWildcardIsOneLabel) {
  const StsPolicy policy = WithMx({"mail.example.com", "*.example.net"});
  EXPECT_TRUE(policy.Names("mail.example.com"));
  EXPECT_TRUE(policy.Names("Mail.Example.Com."));
  EXPECT_TRUE(policy.Names("mx1.example.net"));
  EXPECT_FALSE(policy.Names("example.net"));
  EXPECT_FALSE(policy.Names("a.mx1.example.net"));
  EXPECT_FALSE(policy.Names("mx.mail.example.com"));
  EXPECT_FALSE(policy.Names("localhost"));
}

TEST(StsPolicyTest, ItsLinesAreAPolicyAgain) {
  const StsPolicy policy = ParseStsPolicy(kUsual).value();
  std::string file;
  for (const std::string& line : policy.ToLines()) {
    absl::StrAppend(&file, line, "\n");
  }
  EXPECT_EQ(ParseStsPolicy(file).value(), policy);
}

dns::Answer Answered(std::vector<std::vector<std::string>> texts) {
  dns::Answer answer;
  for (std::vector<std::string>& parts : texts) {
    answer.records.push_back(dns::Txt{std::move(parts)});
  }
  return answer;
}

TEST(StsIdTest, OneRecordOfThisVersionHasIt) {
  EXPECT_THAT(StsIdOf(Answered({{"v=STSv1; id=20160831085700Z;"}})),
              Optional(std::string("20160831085700Z")));
  EXPECT_THAT(StsIdOf(Answered({{"v=spf1 -all"}, {"v=STSv1;", "x=1;id=a1"}})),
              Optional(std::string("a1")));
}

TEST(StsIdTest, ADomainWithoutARightRecordHasNone) {
  struct Case {
    const char* why;
    std::vector<std::vector<std::string>> texts;
  };
  const Case cases[] = {
      {"no record", {}},
      {"two of them", {{"v=STSv1; id=1"}, {"v=STSv1; id=2"}}},
      {"no id", {{"v=STSv1;"}}},
      {"an empty id", {{"v=STSv1; id="}}},
      {"a long id", {{"v=STSv1; id=" + std::string(33, '1')}}},
      {"an id with signs", {{"v=STSv1; id=1-2"}}},
      {"another version", {{"v=STSv10; id=1"}}},
      {"the version last", {{"id=1; v=STSv1"}}},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(StsIdOf(Answered(c.texts)), std::nullopt) << c.why;
  }
}

}  // namespace
}  // namespace postern::mta::routing
