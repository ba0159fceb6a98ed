#include "mta/restrictions/login_rules.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mta/restrictions/rule_fixture.h"

namespace postern::mta::restrictions {
namespace {

using ::testing::HasSubstr;

class LoginRulesTest : public RuleFixture {
 protected:
  LoginRulesTest() {
    config_.add_smtpd_sender_login_maps(
        "inline:{ {jean@example.net = jean} {@team.example = Jean, sophie} }");
  }
};

TEST_F(LoginRulesTest, AnAddressIsForItsOwners) {
  const std::string fine = "accepted";
  const std::string stranger = "not logged in";
  const std::string other = "not owned by user";
  struct Case {
    const char* user;
    const char* local_part;
    const char* domain;
    std::string all;
    std::string authenticated;
    std::string known;
    std::string unauthenticated;
  };
  const Case cases[] = {
      {"", "jean", "example.net", stranger, fine, fine, stranger},
      {"", "other", "example.net", fine, fine, fine, fine},
      {"jean", "jean", "example.net", fine, fine, fine, fine},
      {"JEAN", "jean", "example.net", fine, fine, fine, fine},
      {"sophie", "jean", "example.net", other, other, other, fine},
      {"sophie", "any", "team.example", fine, fine, fine, fine},
      {"jean", "other", "example.net", other, other, fine, fine},
      {"jean", "", "", fine, fine, fine, fine},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(absl::StrCat(c.user, " ", c.local_part, "@", c.domain));
    facts_.question.sasl_username = c.user;
    SetSender(c.local_part, c.domain);
    EXPECT_THAT(Ask("reject_sender_login_mismatch"), HasSubstr(c.all));
    EXPECT_THAT(Ask("reject_authenticated_sender_login_mismatch"),
                HasSubstr(c.authenticated));
    EXPECT_THAT(Ask("reject_known_sender_login_mismatch"), HasSubstr(c.known));
    EXPECT_THAT(Ask("reject_unauthenticated_sender_login_mismatch"),
                HasSubstr(c.unauthenticated));
  }
}

TEST_F(LoginRulesTest, TheReplyIsPostfixs) {
  facts_.question.sasl_username = "sophie";
  SetSender("jean", "example.net");
  EXPECT_EQ(Ask("reject_sender_login_mismatch"),
            "553 5.7.1 <jean@example.net>: Sender address rejected: not owned "
            "by user sophie");
}

TEST_F(LoginRulesTest, WithoutTablesNothingMismatches) {
  config_.clear_smtpd_sender_login_maps();
  facts_.question.sasl_username = "sophie";
  EXPECT_EQ(Ask("reject_sender_login_mismatch"), "accepted");
}

TEST_F(LoginRulesTest, ATableThatFailsDefers) {
  config_.clear_smtpd_sender_login_maps();
  config_.add_smtpd_sender_login_maps("fail:");
  facts_.question.sasl_username = "sophie";
  EXPECT_THAT(Ask("reject_sender_login_mismatch"), HasSubstr("451 4.3.0"));
}

}  // namespace
}  // namespace postern::mta::restrictions
