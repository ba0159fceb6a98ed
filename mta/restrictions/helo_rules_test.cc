#include "mta/restrictions/helo_rules.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mta/restrictions/rule_fixture.h"

namespace postern::mta::restrictions {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class HeloRulesTest : public RuleFixture {};

TEST_F(HeloRulesTest, TheFormOfTheName) {
  struct Case {
    const char* helo;
    const char* invalid;
    const char* non_fqdn;
  };
  const Case cases[] = {
      {"host.example", "accepted", "accepted"},
      {"host", "accepted", "504 5.5.2 <host>: Helo command rejected: need "},
      {"a..b", "501 5.5.2 <a..b>: Helo command rejected: Invalid name",
       "504 5.5.2"},
      {"192.0.2.1", "accepted", "504 5.5.2"},
      {"1.2.3.4.5", "501 5.5.2", "504 5.5.2"},
      {"[192.0.2.1]", "accepted", "accepted"},
      {"[IPv6:2001:db8::1]", "accepted", "accepted"},
      {"[host]", "501 5.5.2 <[host]>: Helo command rejected: invalid ip addr",
       "501 5.5.2"},
      {"", "accepted", "accepted"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.helo);
    facts_.question.helo_name = c.helo;
    EXPECT_THAT(Ask("reject_invalid_helo_hostname"), StartsWith(c.invalid));
    EXPECT_THAT(Ask("reject_non_fqdn_helo_hostname"), StartsWith(c.non_fqdn));
  }
}

TEST_F(HeloRulesTest, TheNameMustBeInTheDns) {
  dns_.Reset(R"(
    host.example    A   192.0.2.1
    mail.example    MX  10 host.example
    slow.example    TIMEOUT
  )");
  struct Case {
    const char* helo;
    const char* want;
  };
  const Case cases[] = {
      {"host.example", "accepted"},
      {"mail.example", "accepted"},
      {"none.example",
       "450 4.7.1 <none.example>: Helo command rejected: Host not found"},
      {"slow.example",
       "450 4.7.1 <slow.example>: Helo command rejected: Host not found"},
      {"[192.0.2.1]", "accepted"},
      {"[host]", "501 5.5.2 <[host]>: Helo command rejected: invalid ip"},
  };
  for (const Case& c : cases) {
    facts_.question.helo_name = c.helo;
    EXPECT_THAT(Ask("reject_unknown_helo_hostname"), StartsWith(c.want));
  }
}

TEST_F(HeloRulesTest, ATemporaryFailureLetsALaterRuleRefuse) {
  dns_.Reset("slow.example TIMEOUT");
  facts_.question.helo_name = "slow.example";
  const char list[] = "reject_unknown_helo_hostname, reject";
  EXPECT_THAT(Ask(list), StartsWith("554"));
  config_.set_unknown_helo_hostname_tempfail_action("defer");
  EXPECT_THAT(Ask(list), StartsWith("450 4.7.1"));
  config_.set_unknown_helo_hostname_tempfail_action("shrug");
  EXPECT_THAT(Ask(list), HasSubstr("unknown_helo_hostname_tempfail_action: "));
}

TEST_F(HeloRulesTest, TheCodesAreConfigured) {
  config_.set_invalid_hostname_reject_code(550);
  config_.set_non_fqdn_reject_code(551);
  config_.set_unknown_hostname_reject_code(552);
  facts_.question.helo_name = "-x";
  EXPECT_THAT(Ask("reject_invalid_hostname"), StartsWith("550 5.5.2"));
  EXPECT_THAT(Ask("reject_non_fqdn_hostname"), StartsWith("551 5.5.2"));
  EXPECT_THAT(Ask("reject_unknown_hostname"), StartsWith("552 5.7.1"));
}

}  // namespace
}  // namespace postern::mta::restrictions
