#include "mta/restrictions/dnsbl_rules.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/base/fake_clock.h"
#include "lib/net/drain.h"
#include "mta/restrictions/dnsbl.h"
#include "mta/restrictions/rule_fixture.h"

namespace postern::mta::restrictions {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

class DnsblRulesTest : public RuleFixture {
 protected:
  DnsblRulesTest() {
    dns_.Reset(R"(
      1.2.0.192.bl.test           A   127.0.0.2
      1.2.0.192.bl.test           TXT "spam source"
      client.example.com.rhs.test A   127.0.0.2
      rev.example.com.rhs.test    A   127.0.0.2
      helo.example.com.rhs.test   A   127.0.0.2
      example.net.rhs.test        A   127.0.0.4
      example.org.rhs.test        A   127.0.0.2
      dead.test                   SERVFAIL
      1.2.0.192.dead.test         SERVFAIL
      1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.bl.test A 127.0.0.2
    )");
  }

  ~DnsblRulesTest() override {
    drain_.Begin();
    EXPECT_TRUE(drain_.AwaitIdle(absl::Seconds(20)));
  }

  // As RuleFixture::Ask, with lists to ask.
  std::string Ask(absl::string_view text) {
    config::v1::Mta config = config_;
    config.add_smtpd_recipient_restrictions(std::string(text));
    DnsLists dns_lists({dns_, clock_, drain_, registry_});
    Services services = TestServices();
    services.dns_lists = &dns_lists;
    const absl::StatusOr<Lists> lists = Lists::FromConfig(config, services);
    std::string answer =
        lists.ok() ? Decide(*lists) : lists.status().ToString();
    EXPECT_TRUE(drain_.AwaitIdle(absl::Seconds(20)));
    return answer;
  }

  FakeClock clock_;
  net::Drain drain_;
  metrics::Registry registry_;
};

TEST_F(DnsblRulesTest, WhoIsListedIsRefusedInPostfixsWords) {
  facts_.question.reverse_client_name = "rev.example.com";
  const struct {
    const char* rule;
    const char* reply;
  } cases[] = {
      {"reject_rbl_client bl.test",
       "554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using "
       "bl.test; spam source"},
      {"reject_rbl_client bl.test=127.0.0.[2..9]",
       "554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using "
       "bl.test; spam source"},
      {"reject_rhsbl_client rhs.test",
       "554 5.7.1 Service unavailable; Client host [client.example.com] "
       "blocked using rhs.test"},
      {"reject_rhsbl_reverse_client rhs.test",
       "554 5.7.1 Service unavailable; Unverified Client host "
       "[rev.example.com] blocked using rhs.test"},
      {"reject_rhsbl_helo rhs.test",
       "554 5.7.1 Service unavailable; Helo command [helo.example.com] "
       "blocked using rhs.test"},
      {"reject_rhsbl_sender rhs.test",
       "554 5.7.1 Service unavailable; Sender address [s@example.net] blocked "
       "using rhs.test"},
      {"reject_rhsbl_recipient rhs.test",
       "554 5.7.1 Service unavailable; Recipient address [r@example.org] "
       "blocked using rhs.test"},
      {"reject_rbl_client bl.test=127.0.0.3", "accepted"},
      {"reject_rbl_client other.test", "accepted"},
      {"reject_rhsbl_sender rhs.test=127.0.0.2", "accepted"},
  };
  for (const auto& c : cases) EXPECT_EQ(Ask(c.rule), c.reply) << c.rule;
}

TEST_F(DnsblRulesTest, ARefusalHasItsReason) {
  EXPECT_THAT(Ask("reject_rbl_client bl.test"), StartsWith("554"));
  EXPECT_EQ(last_.reason, Reason::kDnsList);
}

TEST_F(DnsblRulesTest, AnIPv6ClientIsAskedForByNibbles) {
  facts_.client = net::IpAddress::Parse("2001:db8::1").value();
  facts_.question.client_address = "2001:db8::1";
  EXPECT_THAT(Ask("reject_rbl_client bl.test"),
              HasSubstr("Client host [2001:db8::1] blocked"));
}

TEST_F(DnsblRulesTest, WhatIsNoDomainIsNotAskedAbout) {
  facts_.client_name_status = NameStatus::kNone;
  facts_.question.client_name = "unknown";
  facts_.reverse_client_name_status = NameStatus::kNone;
  facts_.question.reverse_client_name = "unknown";
  facts_.question.helo_name = "[192.0.2.1]";
  facts_.question.sender = "";
  for (const char* const rule :
       {"reject_rhsbl_client rhs.test", "reject_rhsbl_reverse_client rhs.test",
        "reject_rhsbl_helo rhs.test", "reject_rhsbl_sender rhs.test",
        "permit_rhswl_client rhs.test"}) {
    EXPECT_EQ(Ask(rule), "accepted") << rule;
  }
  facts_.question.helo_name = "192.0.2.1";
  EXPECT_EQ(Ask("reject_rhsbl_helo rhs.test"), "accepted");
  EXPECT_THAT(dns_.questions(), IsEmpty());
}

TEST_F(DnsblRulesTest, ADeadListRefusesNobody) {
  EXPECT_EQ(Ask("reject_rbl_client dead.test"), "accepted");
  EXPECT_THAT(Ask("reject_rbl_client dead.test, reject_rbl_client bl.test"),
              StartsWith("554 5.7.1"));
}

TEST_F(DnsblRulesTest, AWelcomedClientPassesTheRestOfTheList) {
  EXPECT_EQ(Ask("permit_dnswl_client bl.test, reject"), "accepted");
  EXPECT_EQ(Ask("permit_rhswl_client rhs.test, reject"), "accepted");
  EXPECT_THAT(Ask("permit_dnswl_client bl.test=127.0.0.9, reject"),
              StartsWith("554"));
}

TEST_F(DnsblRulesTest, AWelcomeThatCannotBeReadDefersARefusal) {
  EXPECT_THAT(Ask("permit_dnswl_client dead.test, reject"), StartsWith("450"));
  EXPECT_EQ(Ask("permit_dnswl_client dead.test"), "accepted");
}

TEST_F(DnsblRulesTest, MTA36_AWelcomeNeverOpensTheRelay) {
  facts_.recipient_class = AddressClass::kElsewhere;
  config_.clear_smtpd_relay_restrictions();
  EXPECT_THAT(Ask("permit_dnswl_client bl.test, permit_rhswl_client rhs.test, "
                  "reject_unauth_destination"),
              HasSubstr("Relay access denied"));
}

TEST_F(DnsblRulesTest, AllListsAreAskedBeforeTheFirstAnswerIsUsed) {
  EXPECT_THAT(Ask("reject_rbl_client bl.test, reject_rhsbl_helo rhs.test"),
              StartsWith("554"));
  EXPECT_THAT(dns_.questions(),
              ::testing::IsSupersetOf(
                  {"1.2.0.192.bl.test A", "helo.example.com.rhs.test A"}));
}

TEST_F(DnsblRulesTest, NothingIsAskedWhenAnEarlierRulePermits) {
  facts_.is_in_mynetworks = true;
  EXPECT_EQ(Ask("permit_mynetworks, reject_rbl_client bl.test"), "accepted");
  EXPECT_THAT(dns_.questions(), IsEmpty());
}

TEST_F(DnsblRulesTest, TheReplyIsTheConfigurations) {
  config_.set_maps_rbl_reject_code(450);
  config_.set_default_rbl_reply("$rbl_code No, $client_name: $rbl_txt");
  EXPECT_EQ(Ask("reject_rbl_client bl.test"),
            "450 4.7.1 No, client.example.com: spam source");
  config_.add_rbl_reply_maps("inline:{{bl.test=554 5.7.9 by $rbl_domain}}");
  EXPECT_EQ(Ask("reject_rbl_client bl.test=127.0.0.2"), "554 5.7.9 by bl.test");
  EXPECT_THAT(Ask("reject_rhsbl_helo rhs.test"), StartsWith("450 4.7.1 No, "));
}

TEST_F(DnsblRulesTest, ATemplateOfATableThatIsWrongIsReplacedByTheUsual) {
  config_.add_rbl_reply_maps("inline:{{bl.test=go away}}");
  EXPECT_THAT(Ask("reject_rbl_client bl.test"),
              StartsWith("554 5.7.1 Service unavailable; Client host"));
}

TEST_F(DnsblRulesTest, MistakesNameTheFieldAndTheRule) {
  EXPECT_THAT(Ask("reject_rbl_client"), HasSubstr("needs an argument"));
  EXPECT_THAT(Ask("reject_rbl_client bl.test=127.0.0"),
              HasSubstr("reject_rbl_client: "));
  config_.set_default_rbl_reply("$nonsense");
  EXPECT_THAT(Ask("reject_rbl_client bl.test"),
              HasSubstr("default_rbl_reply: "));
}

}  // namespace
}  // namespace postern::mta::restrictions
