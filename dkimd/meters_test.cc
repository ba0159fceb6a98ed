#include "dkimd/meters.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace postern::dkimd {
namespace {

using ::testing::HasSubstr;

TEST(MetersTest, WhatIsCountedIsShownByItsLabels) {
  metrics::Registry registry;
  Meters meters(registry);
  meters.CountMessage({Work::kSign, Reason::kInternal});
  meters.CountFinding(Finding::kBadSignature);
  meters.CountAction(config::v1::DKIM_ACTION_QUARANTINE);
  const std::string page = registry.Render();
  EXPECT_THAT(page, HasSubstr("postern_dkimd_messages_total{reason=\"internal\""
                              ",work=\"sign\"} 1"));
  EXPECT_THAT(page, HasSubstr("postern_dkimd_findings_total{finding="
                              "\"bad_signature\"} 1"));
  EXPECT_THAT(page, HasSubstr("postern_dkimd_actions_total{action="
                              "\"quarantine\"} 1"));
  EXPECT_THAT(page, HasSubstr("postern_dkimd_messages_total{reason=\"no_key\""
                              ",work=\"verify\"} 0"));
}

}  // namespace
}  // namespace postern::dkimd
