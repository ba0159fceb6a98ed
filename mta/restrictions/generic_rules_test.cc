#include "mta/restrictions/generic_rules.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mta/restrictions/rule_fixture.h"

namespace postern::mta::restrictions {
namespace {

using ::testing::HasSubstr;

class GenericRulesTest : public RuleFixture {};

TEST_F(GenericRulesTest, EachSaysWhatPostfixSays) {
  struct Case {
    const char* list;
    const char* want;
  };
  const Case cases[] = {
      {"permit", "accepted"},
      {"permit, reject", "accepted"},
      {"reject",
       "554 5.7.1 <r@example.org>: Recipient address rejected: Access denied"},
      {"defer",
       "450 4.3.2 <r@example.org>: Recipient address rejected: Try again "
       "later"},
      {"defer_if_permit",
       "450 4.7.0 <r@example.org>: Recipient address rejected: "
       "defer_if_permit requested"},
      {"defer_if_permit, reject",
       "554 5.7.1 <r@example.org>: Recipient address rejected: Access denied"},
      {"defer_if_reject", "accepted"},
      {"defer_if_reject, reject",
       "450 4.7.0 <r@example.org>: Recipient address rejected: "
       "defer_if_reject requested"},
      {"warn_if_reject reject", "accepted"},
      {"warn_if_reject defer_if_permit, permit", "accepted"},
      {"sleep 0, reject",
       "554 5.7.1 <r@example.org>: Recipient address rejected: Access denied"},
  };
  for (const Case& c : cases) EXPECT_EQ(Ask(c.list), c.want) << c.list;
}

TEST_F(GenericRulesTest, TheCodesAreConfigured) {
  config_.set_reject_code(550);
  config_.set_defer_code(451);
  EXPECT_THAT(Ask("reject"), HasSubstr("550 5.7.1"));
  EXPECT_THAT(Ask("defer"), HasSubstr("451 4.3.2"));
  config_.set_reject_code(450);
  EXPECT_THAT(Ask("reject"), HasSubstr("450 4.7.1"));
}

TEST_F(GenericRulesTest, SleepIsANumberOfSeconds) {
  EXPECT_THAT(Ask("sleep"), HasSubstr("sleep needs an argument"));
  EXPECT_THAT(Ask("sleep long"), HasSubstr("is not a number of seconds"));
  EXPECT_THAT(Ask("sleep 100000"), HasSubstr("is not a number of seconds"));
}

}  // namespace
}  // namespace postern::mta::restrictions
