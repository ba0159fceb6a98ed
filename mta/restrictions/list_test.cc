#include "mta/restrictions/list.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/testing/status_matchers.h"
#include "mta/filters/fake_policy_source.h"
#include "mta/restrictions/rule_fixture.h"

namespace postern::mta::restrictions {
namespace {

using ::postern::testing::IsOk;
using ::postern::testing::StatusIs;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;

class ListTest : public RuleFixture {
 protected:
  // Reads the lists; each new check_policy_service gives the next of `answers`.
  void Read(std::vector<std::string> answers = {}) {
    size_t next = 0;
    Services services = TestServices();
    services.make_policy_source = [&](const filters::PolicyService& service) {
      services_.push_back(service);
      auto source = std::make_unique<filters::FakePolicySource>(
          std::vector<std::string>{answers.at(next++)});
      sources_.push_back(source.get());
      return source;
    };
    absl::StatusOr<Lists> lists = Lists::FromConfig(config_, services);
    ASSERT_THAT(lists, IsOk());
    lists_.emplace(*std::move(lists));
  }

  std::string Decide(AddressClass recipient_class,
                     bool is_in_mynetworks = false) {
    facts_.is_in_mynetworks = is_in_mynetworks;
    facts_.recipient_class = recipient_class;
    return RuleFixture::Decide(*lists_);
  }
  std::string DecideAt(Stage stage) {
    facts_.stage = stage;
    return Decide(AddressClass::kRelay);
  }

  std::optional<Lists> lists_;
  std::vector<filters::PolicyService> services_;
  std::vector<filters::FakePolicySource*> sources_;
};

TEST_F(ListTest, MTA36StrangersCannotRelay) {
  Read();
  EXPECT_EQ(Decide(AddressClass::kElsewhere),
            "554 5.7.1 <r@example.org>: Relay access denied");
  EXPECT_EQ(last_.reason, Reason::kRelay);
  EXPECT_EQ(Decide(AddressClass::kElsewhere, true), "accepted");
  EXPECT_EQ(Decide(AddressClass::kRelay), "accepted");
  EXPECT_EQ(Decide(AddressClass::kMailbox), "accepted");
  facts_.recipient_unlisted = {550, "5.1.1", "User unknown"};
  EXPECT_THAT(Decide(AddressClass::kMailbox), StartsWith("550 5.1.1"));
  EXPECT_THAT(Decide(AddressClass::kMailbox, true), StartsWith("550 5.1.1"));
}

TEST_F(ListTest, MTA36AnOpenRelayIsNotTaken) {
  const std::vector<std::string> open[] = {
      {},
      {"permit"},
      {"permit_mynetworks"},
      {"permit", "reject_unauth_destination"},
      {"permit_auth_destination"},
      {"warn_if_reject reject_unauth_destination"},
      {"check_policy_service unix:/p"},
      {"warn_if_reject reject", "permit", "reject"},
      {"everybody", "reject"},
  };
  (*config_.mutable_smtpd_restriction_classes())["everybody"] = "permit";
  (*config_.mutable_smtpd_restriction_classes())["nobody"] = "sleep 1, reject";
  const config::v1::Mta base = config_;
  const auto with = [&](const std::vector<std::string>& rules, bool relay) {
    config::v1::Mta config = base;
    config.clear_smtpd_relay_restrictions();
    for (const std::string& rule : rules) {
      relay ? config.add_smtpd_relay_restrictions(rule)
            : config.add_smtpd_recipient_restrictions(rule);
    }
    return config;
  };
  for (const bool relay : {true, false}) {
    for (const auto& rules : open) {
      EXPECT_THAT(Lists::FromConfig(with(rules, relay), {}),
                  StatusIs(absl::StatusCode::kInvalidArgument,
                           AllOf(StartsWith("smtpd_relay_restrictions: "),
                                 HasSubstr("open relay"))))
          << ::testing::PrintToString(rules);
    }
    for (const auto& rules : std::vector<std::vector<std::string>>{
             {"reject_unauth_destination", "permit"},
             {"permit_mynetworks", "permit_auth_destination", "reject"},
             {"permit_sasl_authenticated, defer_unauth_destination"},
             {"nobody"},
             {"defer"}}) {
      EXPECT_THAT(Lists::FromConfig(with(rules, relay), {}), IsOk());
    }
  }
}

TEST_F(ListTest, APermissionEndsItsOwnListOnly) {
  config_.add_smtpd_client_restrictions("permit");
  config_.add_smtpd_client_restrictions("reject");
  config_.add_smtpd_recipient_restrictions("permit_mynetworks");
  config_.add_smtpd_recipient_restrictions("defer");
  Read();
  EXPECT_EQ(Decide(AddressClass::kRelay, true), "accepted");
  EXPECT_THAT(Decide(AddressClass::kRelay), StartsWith("450 4.3.2"));
  EXPECT_THAT(Decide(AddressClass::kElsewhere), HasSubstr("Relay access"));
}

TEST_F(ListTest, ARefusalEndsAllListsAndNamesWhatTheListIsAbout) {
  config_.add_smtpd_recipient_restrictions("check_policy_service unix:/p");
  const config::v1::Mta base = config_;
  struct Case {
    void (config::v1::Mta::*add)(std::string&&);
    const char* want;
  };
  const Case cases[] = {
      {&config::v1::Mta::add_smtpd_client_restrictions,
       "554 5.7.1 <client.example.com[192.0.2.1]>: Client host rejected: "
       "Access denied"},
      {&config::v1::Mta::add_smtpd_helo_restrictions,
       "554 5.7.1 <helo.example.com>: Helo command rejected: Access denied"},
      {&config::v1::Mta::add_smtpd_sender_restrictions,
       "554 5.7.1 <s@example.net>: Sender address rejected: Access denied"},
  };
  for (const Case& c : cases) {
    config_ = base;
    (config_.*c.add)("reject");
    Read({"OK"});
    EXPECT_EQ(Decide(AddressClass::kRelay), c.want);
    EXPECT_THAT(sources_.back()->asked(), IsEmpty());
  }
}

TEST_F(ListTest, WithDelayRejectEverythingWaitsForTheRecipient) {
  config_.add_smtpd_client_restrictions("reject");
  config_.add_smtpd_helo_restrictions("reject");
  config_.add_smtpd_sender_restrictions("reject");
  Read();
  for (const Stage stage : {Stage::kConnect, Stage::kHelo, Stage::kSender}) {
    EXPECT_FALSE(lists_->HasListsAt(stage));
    EXPECT_EQ(DecideAt(stage), "accepted");
  }
  EXPECT_THAT(DecideAt(Stage::kRecipient), HasSubstr("Client host"));
}

TEST_F(ListTest, WithoutDelayRejectEachStageHasItsList) {
  config_.set_smtpd_delay_reject(false);
  config_.add_smtpd_client_restrictions("reject");
  config_.add_smtpd_helo_restrictions("defer");
  config_.add_smtpd_sender_restrictions("reject");
  Read();
  EXPECT_TRUE(lists_->HasListsAt(Stage::kConnect));
  EXPECT_THAT(DecideAt(Stage::kConnect), HasSubstr("Client host"));
  EXPECT_THAT(DecideAt(Stage::kHelo), HasSubstr("450 4.3.2 <helo.example"));
  EXPECT_THAT(DecideAt(Stage::kSender), HasSubstr("Sender address"));
  EXPECT_EQ(DecideAt(Stage::kRecipient), "accepted");
}

TEST_F(ListTest, DataAndItsEndHaveTheirLists) {
  config_.add_smtpd_data_restrictions("reject");
  config_.add_smtpd_end_of_data_restrictions("defer_if_permit");
  Read();
  EXPECT_TRUE(lists_->HasListsAt(Stage::kData));
  EXPECT_EQ(DecideAt(Stage::kData),
            "554 5.7.1 <DATA>: Data command rejected: Access denied");
  EXPECT_EQ(DecideAt(Stage::kEndOfData),
            "450 4.7.0 <END-OF-MESSAGE>: End-of-data rejected: "
            "defer_if_permit requested");
}

TEST_F(ListTest, WithoutHeloItsListIsSkipped) {
  config_.add_smtpd_helo_restrictions("reject");
  Read();
  facts_.question.helo_name = "";
  EXPECT_EQ(Decide(AddressClass::kRelay), "accepted");
}

TEST_F(ListTest, TheRelayListIsFirstOrLast) {
  config_.add_smtpd_recipient_restrictions("reject");
  Read();
  EXPECT_THAT(Decide(AddressClass::kElsewhere), HasSubstr("Relay access"));
  config_.set_smtpd_relay_before_recipient_restrictions(false);
  Read();
  EXPECT_THAT(Decide(AddressClass::kElsewhere), HasSubstr("Access denied"));
}

TEST_F(ListTest, DeferIfRejectReachesFromTheRelayListToTheRecipients) {
  config_.add_smtpd_client_restrictions("defer_if_reject");
  config_.add_smtpd_recipient_restrictions("reject");
  Read();
  EXPECT_THAT(Decide(AddressClass::kRelay), StartsWith("554"));
  config_.clear_smtpd_client_restrictions();
  config_.add_smtpd_relay_restrictions("defer_if_reject");
  Read();
  EXPECT_THAT(Decide(AddressClass::kRelay), StartsWith("450"));
}

TEST_F(ListTest, AClassDecidesForTheListThatNamesIt) {
  (*config_.mutable_smtpd_restriction_classes())["friends"] = "permit";
  (*config_.mutable_smtpd_restriction_classes())["strict"] =
      "permit_mynetworks, reject";
  (*config_.mutable_smtpd_restriction_classes())["loop"] = "loop";
  EXPECT_EQ(Ask("friends, reject"), "accepted");
  EXPECT_THAT(Ask("strict, permit"), StartsWith("554 5.7.1 <r@example.org>"));
  EXPECT_EQ(Ask("warn_if_reject strict, permit"), "accepted");
  EXPECT_THAT(Ask("loop"), StartsWith("451 4.3.5"));
}

TEST_F(ListTest, AnAnswerMayBeAListOfRestrictions) {
  config_.add_smtpd_recipient_restrictions("check_policy_service unix:/p");
  Read({"permit_mynetworks, reject"});
  EXPECT_EQ(Decide(AddressClass::kRelay, true), "accepted");
  EXPECT_THAT(Decide(AddressClass::kRelay), StartsWith("554 5.7.1"));
  Read({"no_such_thing"});
  EXPECT_EQ(Decide(AddressClass::kRelay),
            "451 4.3.5 Server configuration error");
}

TEST_F(ListTest, AsksPolicyServicesInOrderAndKeepsTheirHeaders) {
  config_.add_smtpd_sender_restrictions("check_policy_service unix:/one");
  config_.add_smtpd_recipient_restrictions("check_policy_service unix:/two");
  config_.add_smtpd_recipient_restrictions("check_policy_service unix:/three");
  Read({"PREPEND X-A: 1", "OK", "REJECT"});
  EXPECT_EQ(Decide(AddressClass::kRelay), "accepted");
  EXPECT_THAT(last_.actions.headers, ElementsAre("X-A: 1"));
  EXPECT_THAT(sources_[0]->asked(),
              ElementsAre("i s@example.net -> r@example.org"));
  EXPECT_THAT(sources_[1]->asked(), SizeIs(1));
  EXPECT_THAT(sources_[2]->asked(), IsEmpty());
}

TEST_F(ListTest, DiscardEndsAllListsAndAllQuestions) {
  config_.add_smtpd_client_restrictions("check_policy_service unix:/p");
  config_.add_smtpd_recipient_restrictions("reject");
  Read({"DISCARD"});
  EXPECT_EQ(Decide(AddressClass::kElsewhere), "accepted");
  EXPECT_TRUE(last_.actions.discard);
  facts_.is_discarded = true;
  EXPECT_EQ(Decide(AddressClass::kElsewhere), "accepted");
  EXPECT_THAT(sources_[0]->asked(), SizeIs(1));
}

TEST_F(ListTest, AGreylistedRecipientIsDeferred) {
  config_.add_smtpd_recipient_restrictions("check_policy_service unix:/p");
  Read({"DEFER_IF_PERMIT Greylisted"});
  EXPECT_EQ(
      Decide(AddressClass::kRelay),
      "450 4.7.1 <r@example.org>: Recipient address rejected: Greylisted");
  EXPECT_THAT(Decide(AddressClass::kElsewhere), StartsWith("554"));
}

TEST_F(ListTest, APolicyServiceIsOneHoweverOftenItIsNamed) {
  config_.set_smtpd_policy_service_default_action("DEFER");
  config_.add_smtpd_recipient_restrictions("check_policy_service unix:/one");
  config_.add_smtpd_recipient_restrictions("check_policy_service unix:/one");
  config_.add_smtpd_recipient_restrictions(
      "check_policy_service { unix:/two, timeout=3s, default_action=OK }");
  Read({"DUNNO", "DUNNO"});
  ASSERT_THAT(services_, SizeIs(2));
  EXPECT_EQ(services_[0].timeout, absl::Seconds(10));
  EXPECT_EQ(services_[0].default_action.kind, policy::Verdict::Kind::kDefer);
  EXPECT_EQ(services_[1].timeout, absl::Seconds(3));
  EXPECT_EQ(services_[1].default_action.kind, policy::Verdict::Kind::kOk);
}

TEST_F(ListTest, TheClientsNameIsNotWaitedForInVain) {
  Read();
  EXPECT_FALSE(lists_->needs_client_name());
  config_.add_smtpd_recipient_restrictions("check_policy_service unix:/p");
  Read({"DUNNO"});
  EXPECT_TRUE(lists_->needs_client_name());
}

TEST_F(ListTest, MistakesNameFieldAndIndex) {
  config_.add_smtpd_recipient_restrictions("permit_mynetworks");
  config_.add_smtpd_recipient_restrictions("rejct");
  EXPECT_THAT(Lists::FromConfig(config_, {}),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       StartsWith("smtpd_recipient_restrictions[1]: unknown "
                                  "restriction \"rejct\"; did you mean")));
}

}  // namespace
}  // namespace postern::mta::restrictions
