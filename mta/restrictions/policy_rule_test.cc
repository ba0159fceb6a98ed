#include "mta/restrictions/policy_rule.h"

#include <memory>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mta/filters/fake_policy_source.h"
#include "mta/restrictions/rule_fixture.h"

namespace postern::mta::restrictions {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class PolicyRuleTest : public RuleFixture {
 protected:
  std::string AskService(const std::string& answer) {
    Services services = TestServices();
    services.make_policy_source = [&](const filters::PolicyService&) {
      return std::make_unique<filters::FakePolicySource>(
          std::vector<std::string>{answer});
    };
    config_.clear_smtpd_recipient_restrictions();
    config_.add_smtpd_recipient_restrictions("check_policy_service unix:/p");
    return Decide(Lists::FromConfig(config_, services).value());
  }
};

TEST_F(PolicyRuleTest, TheAnswerIsAnActionAboutTheListsSubject) {
  EXPECT_EQ(AskService("DUNNO"), "accepted");
  EXPECT_EQ(AskService("REJECT 5.7.9 no"),
            "554 5.7.9 <r@example.org>: Recipient address rejected: no");
  EXPECT_EQ(last_.reason, Reason::kPolicyService);
  EXPECT_THAT(AskService("permit_mynetworks, defer"), StartsWith("450 4.3.2"));
}

TEST_F(PolicyRuleTest, AServiceThatNobodyMadeIsAMisconfiguration) {
  EXPECT_EQ(Ask("check_policy_service unix:/p"),
            "451 4.3.5 Server configuration error");
}

TEST_F(PolicyRuleTest, MistakesAreToldAtOnce) {
  EXPECT_THAT(Ask("check_policy_service inet:127.0.0.1"),
              HasSubstr("check_policy_service: "));
  config_.set_smtpd_policy_service_default_action("PREPEND");
  EXPECT_THAT(Ask("check_policy_service unix:/p"),
              HasSubstr("smtpd_policy_service_default_action: "));
}

}  // namespace
}  // namespace postern::mta::restrictions
