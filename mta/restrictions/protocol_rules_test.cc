#include "mta/restrictions/protocol_rules.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mta/restrictions/rule_fixture.h"

namespace postern::mta::restrictions {
namespace {

using ::testing::StartsWith;

class ProtocolRulesTest : public RuleFixture {};

TEST_F(ProtocolRulesTest, WhoRunsAheadIsRefused) {
  EXPECT_EQ(Ask("reject_unauth_pipelining"), "accepted");
  facts_.has_improper_pipelining = true;
  EXPECT_EQ(Ask("reject_unauth_pipelining"),
            "503 5.5.0 <r@example.org>: Recipient address rejected: Improper "
            "use of SMTP command pipelining");
  EXPECT_EQ(last_.reason, Reason::kProtocol);
}

TEST_F(ProtocolRulesTest, ABounceHasOneRecipient) {
  const char rule[] = "reject_multi_recipient_bounce";
  facts_.question.recipient_count = 1;
  EXPECT_EQ(Ask(rule), "accepted");
  SetSender("", "");
  EXPECT_EQ(Ask(rule),
            "550 5.5.3 <r@example.org>: Recipient address rejected: "
            "Multi-recipient bounce");
  facts_.question.recipient_count = 0;
  EXPECT_EQ(Ask(rule), "accepted");
  config_.add_smtpd_data_restrictions(rule);
  facts_.stage = Stage::kData;
  facts_.question.recipient_count = 1;
  EXPECT_EQ(Ask("permit"), "accepted");
  facts_.question.recipient_count = 2;
  EXPECT_EQ(Ask("permit"),
            "550 5.5.3 <DATA>: Data command rejected: Multi-recipient bounce");
}

TEST_F(ProtocolRulesTest, ASessionMayHaveToBeEncrypted) {
  EXPECT_EQ(Ask("reject_plaintext_session"),
            "450 4.7.1 Session encryption is required");
  config_.set_plaintext_reject_code(550);
  EXPECT_THAT(Ask("reject_plaintext_session"), StartsWith("550 5.7.1"));
  facts_.is_encrypted = true;
  EXPECT_EQ(Ask("reject_plaintext_session"), "accepted");
}

}  // namespace
}  // namespace postern::mta::restrictions
