#include "mta/restrictions/verify_rules.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/base/fake_clock.h"
#include "lib/net/drain.h"
#include "mta/restrictions/rule_fixture.h"
#include "mta/restrictions/verify.h"

namespace postern::mta::restrictions {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

class VerifyRulesTest : public RuleFixture {
 protected:
  VerifyRulesTest() { config_.set_myhostname("relay.example.org"); }

  ~VerifyRulesTest() override {
    EXPECT_TRUE(drain_.AwaitIdle(absl::Seconds(20)));
  }

  // As RuleFixture::Ask, with somebody who verifies.
  std::string Ask(absl::string_view text) {
    AddressVerifier verifier(
        {VerifyStore::Open("", clock_).value(), clock_, drain_, registry_});
    verifier.SetProbe([this](std::string address) {
      probed_.push_back(address);
      return Answer();
    });
    config::v1::Mta config = config_;
    config.add_smtpd_recipient_restrictions(std::string(text));
    Services services = TestServices();
    services.verifier = &verifier;
    const absl::StatusOr<Lists> lists = Lists::FromConfig(config, services);
    std::string answer =
        lists.ok() ? Decide(*lists) : lists.status().ToString();
    EXPECT_TRUE(drain_.AwaitIdle(absl::Seconds(20)));
    return answer;
  }

  net::Task<VerifyResult> Answer() { co_return answer_; }

  FakeClock clock_;
  net::Drain drain_;
  metrics::Registry registry_;
  VerifyResult answer_ = {Deliverability::kUndeliverable,
                          "host mx[192.0.2.9]:25 said: 550 no\r\n250 ok"};
  std::vector<std::string> probed_;
};

TEST_F(VerifyRulesTest, AnAddressThatIsRefusedElsewhereIsRefusedHere) {
  EXPECT_EQ(Ask("reject_unverified_sender"),
            "450 4.1.7 <s@example.net>: Sender address rejected: unverified "
            "address: host mx[192.0.2.9]:25 said: 550 no??250 ok");
  EXPECT_EQ(last_.reason, Reason::kUnverified);
  EXPECT_THAT(Ask("reject_unverified_recipient"),
              StartsWith("450 4.1.1 <r@example.org>: Recipient address "
                         "rejected: unverified address: "));
  config_.set_unverified_sender_reject_code(550);
  config_.set_unverified_sender_reject_reason("Sender lookup failed");
  EXPECT_EQ(Ask("reject_unverified_sender"),
            "550 5.1.7 <s@example.net>: Sender address rejected: Sender "
            "lookup failed");
  config_.set_unverified_recipient_reject_code(250);
  EXPECT_EQ(Ask("reject_unverified_recipient"), "accepted");
}

TEST_F(VerifyRulesTest, AnAddressThatIsTakenElsewherePasses) {
  answer_ = {Deliverability::kDeliverable, "250 ok"};
  SetSender("S", "Example.NET");
  EXPECT_EQ(Ask("reject_unverified_sender, reject_unverified_recipient"),
            "accepted");
  EXPECT_THAT(probed_, ElementsAre("S@example.net", "r@example.org"));
}

TEST_F(VerifyRulesTest, WhatCannotBeFoundOutDefersIfNothingElseRefuses) {
  answer_ = {Deliverability::kUnknown, "timeout"};
  EXPECT_THAT(Ask("reject_unverified_sender"), StartsWith("450 4.1.7"));
  EXPECT_EQ(Ask("reject_unverified_sender, reject"),
            "554 5.7.1 <r@example.org>: Recipient address rejected: Access "
            "denied");
  config_.set_unverified_sender_tempfail_action("defer");
  config_.set_unverified_sender_defer_code(451);
  EXPECT_THAT(Ask("reject_unverified_sender, reject"), StartsWith("451 4.1.7"));
}

TEST_F(VerifyRulesTest, AddressesOfOursAreLookedUpWithoutAProbe) {
  facts_.recipient_class = AddressClass::kMailbox;
  EXPECT_EQ(Ask("reject_unverified_recipient"), "accepted");
  facts_.sender_class = AddressClass::kMailbox;
  facts_.sender_unlisted.emplace();
  facts_.sender_unlisted->text = "User unknown";
  EXPECT_THAT(Ask("reject_unverified_sender"),
              HasSubstr("unverified address: User unknown"));
  EXPECT_THAT(probed_, IsEmpty());
}

TEST_F(VerifyRulesTest, TheNullSenderAndOurProbesAreNotVerified) {
  SetSender("", "");
  EXPECT_EQ(Ask("reject_unverified_sender"), "accepted");
  SetSender("double-bounce", "relay.example.org");
  EXPECT_EQ(Ask("reject_unverified_sender"), "accepted");
  EXPECT_THAT(probed_, IsEmpty());
}

// Else a host that verifies senders would probe the sender of our probe, and
// we the sender of its.
TEST_F(VerifyRulesTest, TheSenderOfOurProbesIsTakenAsARecipientAndGetsNothing) {
  facts_.recipient_class = AddressClass::kElsewhere;
  SetRecipient("double-bounce", "relay.example.org");
  EXPECT_EQ(Ask("reject_unverified_sender, reject"), "accepted");
  EXPECT_TRUE(last_.is_for_nobody);
  EXPECT_THAT(probed_, IsEmpty());
  SetRecipient("other", "relay.example.org");
  EXPECT_NE(Ask("reject"), "accepted");
  EXPECT_FALSE(last_.is_for_nobody);
}

TEST_F(VerifyRulesTest, TheProbeSenderHasADomainUnlessItIsNull) {
  EXPECT_EQ(ProbeSender(config_), "double-bounce@relay.example.org");
  config_.set_address_verify_sender("postmaster@my.domain");
  EXPECT_EQ(ProbeSender(config_), "postmaster@my.domain");
  config_.set_address_verify_sender("<>");
  EXPECT_EQ(ProbeSender(config_), "");
  config_.set_address_verify_sender("");
  EXPECT_EQ(ProbeSender(config_), "");
}

TEST_F(VerifyRulesTest, MistakesNameTheField) {
  config_.set_unverified_sender_reject_code(200);
  EXPECT_THAT(Ask("reject_unverified_sender"),
              HasSubstr("unverified_sender_reject_code: "));
  config_.set_unverified_recipient_tempfail_action("permit");
  EXPECT_THAT(Ask("reject_unverified_recipient"),
              HasSubstr("unverified_recipient_tempfail_action: "));
}

}  // namespace
}  // namespace postern::mta::restrictions
