#include "mta/content/meters.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace postern::mta::content {
namespace {

using ::testing::HasSubstr;

TEST(MetersTest, CountsActionsByListAndAction) {
  metrics::Registry registry;
  Meters meters(registry);
  meters.CountAction(CheckList::kBody, CheckAction::Verb::kReject);
  meters.forged_results.Increment();
  const std::string text = registry.Render();
  EXPECT_THAT(text, HasSubstr("postern_mta_content_actions_total{action="
                              "\"reject\",list=\"body_checks\"} 1"));
  EXPECT_THAT(text, HasSubstr("postern_mta_content_actions_total{action="
                              "\"reject\",list=\"header_checks\"} 0"));
  EXPECT_THAT(text, HasSubstr("postern_mta_content_forged_results_total 1"));
}

}  // namespace
}  // namespace postern::mta::content
