#include "mta/restrictions/rule_resources.h"

#include <memory>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/testing/status_matchers.h"
#include "mta/filters/fake_policy_source.h"

namespace postern::mta::restrictions {
namespace {

using ::postern::testing::IsOk;
using ::postern::testing::StatusIs;
using ::testing::HasSubstr;

TEST(RuleResourcesTest, ATableIsOpenedOnce) {
  RuleResources resources({});
  const auto first = resources.OpenTable("inline:{a=OK}");
  ASSERT_THAT(first, IsOk());
  EXPECT_EQ(*resources.OpenTable("inline:{a=OK}"), *first);
  EXPECT_NE(*resources.OpenTable("inline:{a=REJECT}"), *first);
  EXPECT_FALSE(resources.OpenTable("hash:/nowhere/at/all").ok());
}

TEST(RuleResourcesTest, OnceSealedOnlyWhatIsKnownIsGiven) {
  RuleResources resources({});
  ASSERT_THAT(resources.OpenTable("static:OK"), IsOk());
  resources.Seal();
  EXPECT_TRUE(resources.is_sealed());
  EXPECT_THAT(resources.OpenTable("static:OK"), IsOk());
  EXPECT_THAT(resources.OpenTable("static:REJECT"),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("not named")));
}

TEST(RuleResourcesTest, KeepsPolicySourcesByName) {
  RuleResources resources({});
  EXPECT_EQ(resources.FindPolicySource("unix:/p"), nullptr);
  filters::PolicySource* const kept = resources.KeepPolicySource(
      "unix:/p", std::make_unique<filters::FakePolicySource>(
                     std::vector<std::string>{"DUNNO"}));
  EXPECT_EQ(resources.FindPolicySource("unix:/p"), kept);
}

}  // namespace
}  // namespace postern::mta::restrictions
