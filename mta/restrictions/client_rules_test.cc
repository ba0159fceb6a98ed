#include "mta/restrictions/client_rules.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mta/restrictions/rule_fixture.h"

namespace postern::mta::restrictions {
namespace {

class ClientRulesTest : public RuleFixture {};

TEST_F(ClientRulesTest, ANameMustResolveBothWays) {
  struct Case {
    NameStatus status;
    const char* want;
  };
  const Case cases[] = {
      {NameStatus::kOk, "accepted"},
      {NameStatus::kNone,
       "550 5.7.25 Client host rejected: cannot find your hostname, "
       "[192.0.2.1]"},
      {NameStatus::kForged,
       "550 5.7.25 Client host rejected: cannot find your hostname, "
       "[192.0.2.1]"},
      {NameStatus::kTemporaryFailure,
       "450 4.7.25 Client host rejected: cannot find your hostname, "
       "[192.0.2.1]"},
  };
  config_.set_unknown_client_reject_code(550);
  for (const Case& c : cases) {
    facts_.client_name_status = c.status;
    EXPECT_EQ(Ask("reject_unknown_client_hostname"), c.want);
    EXPECT_EQ(Ask("reject_unknown_client"), c.want);
    EXPECT_EQ(Ask("reject_unknown_reverse_client_hostname"), "accepted");
  }
}

TEST_F(ClientRulesTest, AReverseNameMustOnlyExist) {
  facts_.client_name_status = NameStatus::kForged;
  EXPECT_EQ(Ask("reject_unknown_reverse_client_hostname"), "accepted");
  facts_.reverse_client_name_status = NameStatus::kNone;
  EXPECT_EQ(Ask("reject_unknown_reverse_client_hostname"),
            "450 4.7.1 Client host rejected: cannot find your reverse "
            "hostname, [192.0.2.1]");
  EXPECT_EQ(last_.reason, Reason::kClient);
}

}  // namespace
}  // namespace postern::mta::restrictions
