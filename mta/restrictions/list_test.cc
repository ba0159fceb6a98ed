#include "mta/restrictions/list.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/net/runtime.h"
#include "lib/testing/status_matchers.h"
#include "mta/filters/fake_policy_source.h"

namespace postern::mta::restrictions {
namespace {

using ::postern::testing::IsOk;
using ::postern::testing::StatusIs;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

config::v1::Mta ConfigWithRelay(const std::vector<std::string>& relay) {
  config::v1::Mta config;
  config.mutable_smtpd_policy_service_timeout()->set_seconds(10);
  config.set_smtpd_policy_service_default_action("DUNNO");
  for (const std::string& rule : relay) {
    config.add_smtpd_relay_restrictions(rule);
  }
  return config;
}

config::v1::Mta UsualConfig() {
  return ConfigWithRelay({"permit_mynetworks", "reject_unauth_destination"});
}

class ListTest : public ::testing::Test {
 protected:
  // Reads the lists; each check_policy_service gives the next of `answers`.
  void Read(const config::v1::Mta& config,
            std::vector<std::string> answers = {}) {
    size_t next = 0;
    absl::StatusOr<Lists> lists =
        Lists::FromConfig(config, [&](const filters::PolicyService& service) {
          services_.push_back(service);
          auto source = std::make_unique<filters::FakePolicySource>(
              std::vector<std::string>{answers.at(next++)});
          sources_.push_back(source.get());
          return source;
        });
    ASSERT_THAT(lists, IsOk());
    lists_.emplace(*std::move(lists));
  }

  std::string Decide(AddressClass recipient_class,
                     bool is_in_mynetworks = false) {
    Facts facts;
    facts.is_in_mynetworks = is_in_mynetworks;
    facts.recipient_class = recipient_class;
    facts.question.instance = "i";
    facts.question.sender = "s@example.net";
    facts.question.recipient = "r@example.org";
    last_ = runtime_->BlockOn(lists_->Decide(facts));
    return last_.refusal ? last_.refusal->ToString() : "accepted";
  }

  std::unique_ptr<net::Runtime> runtime_ =
      net::Runtime::Create({.reactors = 1, .blocking_threads = 1}).value();
  std::optional<Lists> lists_;
  std::vector<filters::PolicyService> services_;
  std::vector<filters::FakePolicySource*> sources_;
  Decision last_;
};

TEST_F(ListTest, MTA36StrangersCannotRelay) {
  Read(UsualConfig());
  EXPECT_EQ(Decide(AddressClass::kElsewhere),
            "554 5.7.1 <r@example.org>: Relay access denied");
  EXPECT_EQ(last_.reason, Reason::kRelay);
  EXPECT_EQ(Decide(AddressClass::kElsewhere, true), "accepted");
  EXPECT_EQ(Decide(AddressClass::kRelay), "accepted");
  EXPECT_EQ(Decide(AddressClass::kMailbox), "accepted");
  EXPECT_THAT(Decide(AddressClass::kUnknownMailbox), StartsWith("550 5.1.1"));
  EXPECT_THAT(Decide(AddressClass::kUnknownMailbox, true),
              StartsWith("550 5.1.1"));
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
  };
  for (const auto& rules : open) {
    EXPECT_THAT(Lists::FromConfig(ConfigWithRelay(rules), nullptr),
                StatusIs(absl::StatusCode::kInvalidArgument,
                         AllOf(StartsWith("smtpd_relay_restrictions: "),
                               HasSubstr("open relay"))))
        << ::testing::PrintToString(rules);
  }
  for (const auto& rules : std::vector<std::vector<std::string>>{
           {"reject_unauth_destination", "permit"},
           {"permit_mynetworks", "permit_auth_destination", "reject"},
           {"defer"}}) {
    EXPECT_THAT(Lists::FromConfig(ConfigWithRelay(rules), nullptr), IsOk());
  }
}

TEST_F(ListTest, APermissionEndsItsOwnListOnly) {
  config::v1::Mta config = UsualConfig();
  config.add_smtpd_client_restrictions("permit");
  config.add_smtpd_client_restrictions("reject");
  config.add_smtpd_recipient_restrictions("permit_mynetworks");
  config.add_smtpd_recipient_restrictions("defer");
  Read(config);
  EXPECT_EQ(Decide(AddressClass::kRelay, true), "accepted");
  EXPECT_EQ(Decide(AddressClass::kRelay),
            "450 4.7.1 <r@example.org>: Access denied");
  EXPECT_THAT(Decide(AddressClass::kElsewhere), HasSubstr("Relay access"));
}

TEST_F(ListTest, ARefusalEndsAllLists) {
  config::v1::Mta config = UsualConfig();
  config.add_smtpd_helo_restrictions("reject");
  config.add_smtpd_recipient_restrictions("check_policy_service unix:/p");
  Read(config, {"OK"});
  EXPECT_EQ(Decide(AddressClass::kRelay),
            "554 5.7.1 <r@example.org>: Access denied");
  EXPECT_THAT(sources_[0]->asked(), IsEmpty());
}

TEST_F(ListTest, PermitAuthDestinationPermitsWhatIsOurs) {
  Read(ConfigWithRelay({"permit_auth_destination", "defer"}));
  EXPECT_EQ(Decide(AddressClass::kRelay), "accepted");
  EXPECT_THAT(Decide(AddressClass::kElsewhere), StartsWith("450"));
}

TEST_F(ListTest, AsksPolicyServicesInOrderAndKeepsTheirHeaders) {
  config::v1::Mta config = UsualConfig();
  config.add_smtpd_sender_restrictions("check_policy_service unix:/one");
  config.add_smtpd_recipient_restrictions("check_policy_service unix:/two");
  config.add_smtpd_recipient_restrictions("check_policy_service unix:/three");
  Read(config, {"PREPEND X-A: 1", "OK", "REJECT"});
  EXPECT_TRUE(lists_->asks_policy_services());
  EXPECT_EQ(Decide(AddressClass::kRelay), "accepted");
  EXPECT_THAT(last_.headers, ElementsAre("X-A: 1"));
  EXPECT_THAT(sources_[0]->asked(),
              ElementsAre("i s@example.net -> r@example.org"));
  EXPECT_THAT(sources_[1]->asked(), ::testing::SizeIs(1));
  EXPECT_THAT(sources_[2]->asked(), IsEmpty());
}

TEST_F(ListTest, AGreylistedRecipientIsDeferred) {
  config::v1::Mta config = UsualConfig();
  config.add_smtpd_recipient_restrictions("check_policy_service unix:/p");
  Read(config, {"DEFER_IF_PERMIT Greylisted"});
  EXPECT_EQ(
      Decide(AddressClass::kRelay),
      "450 4.7.1 <r@example.org>: Recipient address rejected: Greylisted");
  EXPECT_THAT(Decide(AddressClass::kElsewhere), StartsWith("554"));
}

TEST_F(ListTest, APolicyServiceHasTheUsualOrItsOwnTimeoutAndDefault) {
  config::v1::Mta config = UsualConfig();
  config.set_smtpd_policy_service_default_action("DEFER");
  config.add_smtpd_recipient_restrictions("check_policy_service unix:/one");
  config.add_smtpd_recipient_restrictions(
      "check_policy_service { unix:/two, timeout=3s, default_action=OK }");
  Read(config, {"DUNNO", "DUNNO"});
  EXPECT_EQ(services_[0].timeout, absl::Seconds(10));
  EXPECT_EQ(services_[0].default_action.kind, policy::Verdict::Kind::kDefer);
  EXPECT_EQ(services_[1].timeout, absl::Seconds(3));
  EXPECT_EQ(services_[1].default_action.kind, policy::Verdict::Kind::kOk);
}

TEST_F(ListTest, WithoutPolicyServicesNobodyIsAsked) {
  Read(UsualConfig());
  EXPECT_FALSE(lists_->asks_policy_services());
}

TEST_F(ListTest, MistakesNameFieldAndIndex) {
  config::v1::Mta config = UsualConfig();
  config.add_smtpd_recipient_restrictions("permit_mynetworks");
  config.add_smtpd_recipient_restrictions("rejct");
  EXPECT_THAT(Lists::FromConfig(config, nullptr),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       StartsWith("smtpd_recipient_restrictions[1]: unknown "
                                  "restriction \"rejct\"; did you mean")));
  config::v1::Mta bad_default = UsualConfig();
  bad_default.set_smtpd_policy_service_default_action("PREPEND");
  bad_default.add_smtpd_recipient_restrictions("check_policy_service unix:/p");
  EXPECT_THAT(Lists::FromConfig(bad_default, nullptr),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       StartsWith("smtpd_policy_service_default_action: ")));
}

}  // namespace
}  // namespace postern::mta::restrictions
