#include "mta/restrictions/destination_rules.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mta/restrictions/rule_fixture.h"

namespace postern::mta::restrictions {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class DestinationRulesTest : public RuleFixture {};

TEST_F(DestinationRulesTest, PermissionsDependOnOneFact) {
  struct Case {
    const char* rule;
    void (*make_true)(Facts&);
  };
  const Case cases[] = {
      {"permit_mynetworks", [](Facts& f) { f.is_in_mynetworks = true; }},
      {"permit_inet_interfaces", [](Facts& f) { f.is_this_host = true; }},
      {"permit_sasl_authenticated",
       [](Facts& f) { f.question.sasl_username = "jean"; }},
      {"permit_tls_all_clientcerts",
       [](Facts& f) { f.has_trusted_ccert = true; }},
  };
  const Facts stranger = facts_;
  for (const Case& c : cases) {
    const std::string list = absl::StrCat(c.rule, " reject");
    facts_ = stranger;
    EXPECT_THAT(Ask(list), StartsWith("554")) << c.rule;
    c.make_true(facts_);
    EXPECT_EQ(Ask(list), "accepted") << c.rule;
  }
}

TEST_F(DestinationRulesTest, PermitAuthDestinationPermitsWhatIsOurs) {
  EXPECT_EQ(Ask("permit_auth_destination, reject"), "accepted");
  facts_.recipient_class = AddressClass::kMailbox;
  EXPECT_EQ(Ask("permit_auth_destination, reject"), "accepted");
  config_.clear_smtpd_relay_restrictions();
  facts_.recipient_class = AddressClass::kElsewhere;
  EXPECT_THAT(Ask("permit_auth_destination, reject"), StartsWith("554"));
}

TEST_F(DestinationRulesTest, MTA36StrangersCannotRelay) {
  config_.clear_smtpd_relay_restrictions();
  EXPECT_EQ(Ask("reject_unauth_destination"), "accepted");
  facts_.recipient_class = AddressClass::kElsewhere;
  EXPECT_EQ(Ask("reject_unauth_destination"),
            "554 5.7.1 <r@example.org>: Relay access denied");
  EXPECT_EQ(last_.reason, Reason::kRelay);
  EXPECT_EQ(Ask("defer_unauth_destination"),
            "454 4.7.1 <r@example.org>: Relay access denied");
  config_.set_relay_domains_reject_code(550);
  EXPECT_THAT(Ask("reject_unauth_destination"), StartsWith("550 5.7.1"));
}

TEST_F(DestinationRulesTest, FingerprintsAreLookedUpInRelayClientcerts) {
  config_.add_relay_clientcerts("inline:{AA:BB=jean}");
  config_.add_relay_clientcerts("inline:{CC:DD=sophie}");
  const char list[] = "permit_tls_clientcerts reject";
  EXPECT_THAT(Ask(list), StartsWith("554"));
  facts_.question.ccert_fingerprint = "11:22";
  EXPECT_THAT(Ask(list), StartsWith("554"));
  facts_.question.ccert_pubkey_fingerprint = "CC:DD";
  EXPECT_EQ(Ask(list), "accepted");
  facts_.question.ccert_fingerprint = "AA:BB";
  facts_.question.ccert_pubkey_fingerprint = "";
  EXPECT_EQ(Ask(list), "accepted");
}

TEST_F(DestinationRulesTest, ATableThatCannotBeOpenedIsAMistake) {
  config_.add_relay_clientcerts("hash:/nowhere");
  EXPECT_THAT(Ask("permit_tls_clientcerts"), HasSubstr("relay_clientcerts: "));
}

}  // namespace
}  // namespace postern::mta::restrictions
