#include "dkimd/assessment.h"

#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace postern::dkimd {
namespace {

using dkim::Obstacle;
using dkim::Outcome;
using dkim::SignatureResult;

SignatureResult Result(Outcome outcome, Obstacle obstacle = Obstacle::kNone) {
  SignatureResult result;
  result.outcome = outcome;
  result.obstacle = obstacle;
  return result;
}

TEST(AssessmentTest, EachObstacleIsAFinding) {
  struct Case {
    Outcome outcome;
    Obstacle obstacle;
    Finding finding;
  };
  const Case cases[] = {
      {Outcome::kPass, Obstacle::kNone, Finding::kGood},
      {Outcome::kNone, Obstacle::kNone, Finding::kNoSignature},
      {Outcome::kTempError, Obstacle::kDns, Finding::kDnsError},
      {Outcome::kFail, Obstacle::kBodyHash, Finding::kBadSignature},
      {Outcome::kFail, Obstacle::kHeaderHash, Finding::kBadSignature},
      {Outcome::kFail, Obstacle::kExpired, Finding::kBadSignature},
      {Outcome::kPermError, Obstacle::kNoKey, Finding::kKeyNotFound},
      {Outcome::kPermError, Obstacle::kRevoked, Finding::kKeyNotFound},
      {Outcome::kPolicy, Obstacle::kWeakKey, Finding::kSecurity},
      {Outcome::kPolicy, Obstacle::kPartialBody, Finding::kSecurity},
      {Outcome::kPolicy, Obstacle::kUnsigned, Finding::kSecurity},
      {Outcome::kPermError, Obstacle::kSyntax, Finding::kSignatureError},
      {Outcome::kPolicy, Obstacle::kLimit, Finding::kSignatureError},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(FindingOf(Result(c.outcome, c.obstacle)), c.finding)
        << FindingName(c.finding);
  }
}

TEST(AssessmentTest, OneGoodSignatureIsEnough) {
  EXPECT_EQ(FindingOf({Result(Outcome::kFail, Obstacle::kBodyHash),
                       Result(Outcome::kPass)}),
            Finding::kGood);
}

TEST(AssessmentTest, WhatMayBeGoodLaterGoesBeforeWhatIsBad) {
  EXPECT_EQ(FindingOf({Result(Outcome::kFail, Obstacle::kBodyHash),
                       Result(Outcome::kTempError, Obstacle::kDns),
                       Result(Outcome::kPermError, Obstacle::kSyntax)}),
            Finding::kDnsError);
  EXPECT_EQ(FindingOf({Result(Outcome::kPermError, Obstacle::kNoKey),
                       Result(Outcome::kFail, Obstacle::kHeaderHash)}),
            Finding::kBadSignature);
  EXPECT_EQ(FindingOf(std::vector<SignatureResult>()), Finding::kNoSignature);
}

// DK-09.
TEST(AssessmentTest, AKeyInTestingIsNoWorseThanNone) {
  SignatureResult result = Result(Outcome::kFail, Obstacle::kBodyHash);
  result.key_is_testing = true;
  EXPECT_EQ(FindingOf(result), Finding::kNoSignature);
  result.outcome = Outcome::kPass;
  EXPECT_EQ(FindingOf(result), Finding::kGood);
}

TEST(AssessmentTest, ASummaryNamesEachSignature) {
  SignatureResult good = Result(Outcome::kPass);
  good.domain = "falcot.com";
  good.selector = "mail";
  SignatureResult bad = Result(Outcome::kPermError, Obstacle::kSyntax);
  bad.explanation = "no d=";
  EXPECT_EQ(Summary({good, bad}), "pass falcot.com/mail, permerror (no d=)");
}

}  // namespace
}  // namespace postern::dkimd
