#include "mta/restrictions/access_rules.h"

#include <fstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/testing/temp_dir.h"
#include "mta/restrictions/rule_fixture.h"

namespace postern::mta::restrictions {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class AccessRulesTest : public RuleFixture {
 protected:
  // Looks the facts up in a table of one entry; what follows refuses.
  bool Finds(const std::string& rule, const std::string& key) {
    const std::string list =
        absl::StrCat(rule, " inline:{ {", key, " = OK} }, reject");
    return Ask(list) == "accepted";
  }
};

TEST_F(AccessRulesTest, AClientIsLookedUpByNameThenByAddress) {
  for (const char* key : {"client.example.com", "example.com", "com",
                          "192.0.2.1", "192.0.2", "192.0", "192"}) {
    EXPECT_TRUE(Finds("check_client_access", key)) << key;
  }
  for (const char* key : {".example.com", "192.0.2.0", "2", "unknown"}) {
    EXPECT_FALSE(Finds("check_client_access", key)) << key;
  }
  facts_.question.client_name = "unknown";
  EXPECT_TRUE(Finds("check_client_access", "unknown"));
  EXPECT_FALSE(Finds("check_client_access", "example.com"));
  EXPECT_TRUE(Finds("check_reverse_client_hostname_access", "example.com"));
  EXPECT_EQ(
      Ask("check_client_access inline:{ {192.0.2 = REJECT}, {unknown = DUNNO} "
          "}"),
      "accepted")
      << "DUNNO ends the look-up";
  EXPECT_EQ(Ask("check_client_access inline:{ {192.0.2 = REJECT} }"),
            "554 5.7.1 <unknown[192.0.2.1]>: Client host rejected: Access "
            "denied");
  EXPECT_EQ(last_.reason, Reason::kAccess);
}

TEST_F(AccessRulesTest, HeloIsADomain) {
  EXPECT_TRUE(Finds("check_helo_access", "helo.example.com"));
  EXPECT_TRUE(Finds("check_helo_access", "example.com"));
  facts_.question.helo_name = "";
  EXPECT_FALSE(Finds("check_helo_access", "example.com"));
}

TEST_F(AccessRulesTest, AMailAddressIsLookedUpWholeThenByDomainThenByUser) {
  for (const char* key : {"s@example.net", "example.net", "net", "s@"}) {
    EXPECT_TRUE(Finds("check_sender_access", key)) << key;
  }
  EXPECT_FALSE(Finds("check_sender_access", "@example.net"));
  EXPECT_TRUE(Finds("check_recipient_access", "example.org"));
  EXPECT_EQ(Ask("check_sender_access inline:{ {s@ = REJECT} {example.net = "
                "OK} }"),
            "accepted");
}

TEST_F(AccessRulesTest, TheNullSenderHasAKeyOfItsOwn) {
  SetSender("", "");
  EXPECT_TRUE(Finds("check_sender_access", "<>"));
  config_.set_smtpd_null_access_lookup_key("null");
  EXPECT_TRUE(Finds("check_sender_access", "null"));
  facts_.sender.reset();
  EXPECT_FALSE(Finds("check_sender_access", "null"));
}

TEST_F(AccessRulesTest, FingerprintsAreLookedUp) {
  EXPECT_FALSE(Finds("check_ccert_access", "AA:BB"));
  facts_.question.ccert_pubkey_fingerprint = "AA:BB";
  EXPECT_TRUE(Finds("check_ccert_access", "AA:BB"));
}

TEST_F(AccessRulesTest, ATableWithPatternsSeesTheWholeKeyOnly) {
  const testing::TempDir dir;
  const std::string path = dir.path() + "/access";
  std::ofstream(path) << "/^example\\.net$/ REJECT\n";
  EXPECT_EQ(Ask(absl::StrCat("check_sender_access regexp:", path)), "accepted");
  EXPECT_THAT(Ask("check_client_access static:REJECT"), StartsWith("554"));
}

TEST_F(AccessRulesTest, EveryActionDoesWhatItSays) {
  struct Case {
    const char* action;
    const char* want;
  };
  const Case cases[] = {
      {"OK", "accepted"},
      {"RELAY", "accepted"},
      {"20240101", "accepted"},
      {"550", "accepted"},  // Digits alone are OK, as in access(5).
      {"DUNNO", "450 4.3.2"},
      {"REJECT", "554 5.7.1 <s@example.net>: Sender address rejected: Access"},
      {"reject 5.1.1 odd",
       "554 5.1.7 <s@example.net>: Sender address "
       "rejected: odd"},
      {"DEFER later",
       "450 4.7.1 <s@example.net>: Sender address rejected: "
       "later"},
      {"421 4.7.9 bye",
       "421 4.7.9 <s@example.net>: Sender address rejected: "
       "bye"},
      {"WARN odd", "450 4.3.2"},
      {"HOLD", "450 4.3.2"},
      {"DISCARD", "accepted"},
      {"FILTER smtp:x", "451 4.3.5"},
      {"permit_mynetworks, reject", "554 5.7.1 <s@example.net>: Sender"},
      {"reject_non_fqdn_sender", "450 4.3.2"},
      {"no_such_rule", "451 4.3.5"},
      {"45 x", "451 4.3.5"},
  };
  for (const Case& c : cases) {
    EXPECT_THAT(Ask(absl::StrCat("check_sender_access inline:{ {example.net = ",
                                 c.action, "} }, defer")),
                StartsWith(c.want))
        << c.action;
  }
}

TEST_F(AccessRulesTest, AnActionMayNameAClass) {
  (*config_.mutable_smtpd_restriction_classes())["strict"] =
      "permit_mynetworks, reject";
  EXPECT_THAT(
      Ask("check_recipient_access inline:{ {r@example.org = strict} }"),
      StartsWith("554 5.7.1 <r@example.org>: Recipient address rejected"));
}

TEST_F(AccessRulesTest, ATableThatFailsDefersAndIsNotASilentMiss) {
  EXPECT_EQ(Ask("check_sender_access fail:x, permit"),
            "451 4.3.0 <s@example.net>: Temporary lookup failure");
  EXPECT_THAT(Ask("warn_if_reject check_sender_access fail:x, permit"),
              StartsWith("451 4.3.0"));
}

TEST_F(AccessRulesTest, MistakesAreToldAtOnce) {
  EXPECT_THAT(Ask("check_client_access hash:/nowhere"), HasSubstr("/nowhere"));
  EXPECT_THAT(Ask("check_client_access"), HasSubstr("needs an argument"));
  EXPECT_THAT(Ask("check_client_access permit"), HasSubstr("is not a table"));
}

TEST_F(AccessRulesTest, ATableAloneStandsForTheListsRule) {
  EXPECT_THAT(Ask("inline:{ {r@example.org = REJECT} }"), StartsWith("554"));
  config_.add_smtpd_client_restrictions("inline:{ {192.0.2.1 = REJECT} }");
  EXPECT_THAT(Ask("permit"), HasSubstr("Client host rejected"));
}

}  // namespace
}  // namespace postern::mta::restrictions
