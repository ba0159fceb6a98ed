#include "mta/restrictions/address_rules.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mta/restrictions/rule_fixture.h"

namespace postern::mta::restrictions {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

class AddressRulesTest : public RuleFixture {};

TEST_F(AddressRulesTest, AnAddressNeedsAFullDomain) {
  struct Case {
    const char* domain;
    bool is_good;
  };
  const Case cases[] = {
      {"example.net", true}, {"example.net.", true}, {"[192.0.2.1]", true},
      {"nodots", false},     {"a..b", false},        {"192.0.2.1", false},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.domain);
    SetSender("s", c.domain);
    SetRecipient("r", "example.org");
    EXPECT_EQ(Ask("reject_non_fqdn_sender") == "accepted", c.is_good);
    EXPECT_EQ(Ask("reject_non_fqdn_recipient"), "accepted");
    SetSender("s", "example.net");
    SetRecipient("r", c.domain);
    EXPECT_EQ(Ask("reject_non_fqdn_recipient") == "accepted", c.is_good);
  }
  SetSender("s", "nodots");
  EXPECT_EQ(Ask("reject_non_fqdn_sender"),
            "504 5.5.2 <s@nodots>: Sender address rejected: need "
            "fully-qualified address");
  SetSender("", "");
  EXPECT_EQ(Ask("reject_non_fqdn_sender"), "accepted");
}

TEST_F(AddressRulesTest, ADomainNeedsAnMxOrAnAddress) {
  dns_.Reset(R"(
    mail.example  MX 10 host.example
    host.example  A  192.0.2.1
    null.example  MX 0 .
    slow.example  TIMEOUT
  )");
  struct Case {
    const char* domain;
    const char* sender;
    const char* recipient;
  };
  const Case cases[] = {
      {"mail.example", "accepted", "accepted"},
      {"host.example", "accepted", "accepted"},
      {"[192.0.2.1]", "accepted", "accepted"},
      {"none.example",
       "450 4.1.8 <x@none.example>: Sender address rejected: Domain not found",
       "450 4.1.2 <x@none.example>: Recipient address rejected: Domain not "
       "found"},
      {"null.example",
       "550 5.7.27 <x@null.example>: Sender address rejected: Domain "
       "null.example does not accept mail (nullMX)",
       "556 5.1.10 <x@null.example>: Recipient address rejected: Domain "
       "null.example does not accept mail (nullMX)"},
      {"slow.example",
       "450 4.1.8 <x@slow.example>: Sender address rejected: Domain not found",
       "450 4.1.2 <x@slow.example>: Recipient address rejected: Domain not "
       "found"},
  };
  for (const Case& c : cases) {
    SetSender("x", c.domain);
    SetRecipient("x", c.domain);
    EXPECT_EQ(Ask("reject_unknown_sender_domain"), c.sender);
    EXPECT_EQ(Ask("reject_unknown_recipient_domain"), c.recipient);
  }
  config_.set_unknown_address_reject_code(550);
  SetSender("x", "none.example");
  EXPECT_THAT(Ask("reject_unknown_sender_domain"), StartsWith("550 5.1.8"));
  EXPECT_EQ(last_.reason, Reason::kSender);
}

TEST_F(AddressRulesTest, OurOwnDomainsAndTheNullSenderNeedNoDns) {
  facts_.sender_class = AddressClass::kMailbox;
  EXPECT_EQ(Ask("reject_unknown_sender_domain"), "accepted");
  SetSender("", "");
  facts_.sender_class = AddressClass::kElsewhere;
  EXPECT_EQ(Ask("reject_unknown_sender_domain"), "accepted");
  EXPECT_THAT(dns_.questions(), IsEmpty());
}

TEST_F(AddressRulesTest, ATemporaryFailureLetsALaterRuleRefuse) {
  dns_.Reset("example.net TIMEOUT");
  const char list[] = "reject_unknown_sender_domain, reject";
  EXPECT_THAT(Ask(list), StartsWith("554"));
  config_.set_reject_tempfail_action("defer");
  EXPECT_THAT(Ask(list), StartsWith("450 4.1.8"));
  config_.set_unknown_address_tempfail_action("x");
  EXPECT_THAT(Ask(list), HasSubstr("unknown_address_tempfail_action: "));
}

TEST_F(AddressRulesTest, UnlistedAddressesAreRefusedInTheList) {
  facts_.sender_unlisted = {550, "5.1.0", "User unknown"};
  facts_.recipient_unlisted = {550, "5.1.1", "User unknown"};
  EXPECT_THAT(Ask("reject_unlisted_sender, reject"), StartsWith("550 5.1.0"));
  EXPECT_THAT(Ask("reject_unlisted_recipient, reject"),
              StartsWith("550 5.1.1"));
  EXPECT_EQ(Ask("warn_if_reject reject_unlisted_sender"),
            "550 5.1.1 <r@example.org>: Recipient address rejected: User "
            "unknown");
}

}  // namespace
}  // namespace postern::mta::restrictions
