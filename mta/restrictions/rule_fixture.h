// A rule for tests, as it stands in a configuration, with the facts of a
// stranger who sends to a domain that we relay for.
//
//   class MyTest : public RuleFixture {};
//   facts_.question.helo_name = "host";
//   EXPECT_EQ(Ask("reject_non_fqdn_helo_hostname"), "504 5.5.2 <host>: …");
//
// Ask() evaluates a list and says "accepted" or the reply.

#ifndef POSTERN_MTA_RESTRICTIONS_RULE_FIXTURE_H_
#define POSTERN_MTA_RESTRICTIONS_RULE_FIXTURE_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "gtest/gtest.h"
#include "lib/config/config.h"
#include "lib/dns/fake_resolver.h"
#include "lib/net/runtime.h"
#include "mta/restrictions/list.h"
#include "proto/config/v1/mta.pb.h"

namespace postern::mta::restrictions {

class RuleFixture : public ::testing::Test {
 protected:
  RuleFixture() {
    facts_.client = net::IpAddress::Parse("192.0.2.1").value();
    SetSender("s", "example.net");
    SetRecipient("r", "example.org");
    facts_.recipient_class = AddressClass::kRelay;
    facts_.question.client_name = "client.example.com";
    facts_.client_name_status = NameStatus::kOk;
    facts_.question.reverse_client_name = "client.example.com";
    facts_.reverse_client_name_status = NameStatus::kOk;
    facts_.question.client_address = "192.0.2.1";
    facts_.question.protocol_name = "ESMTP";
    facts_.question.helo_name = "helo.example.com";
    facts_.question.instance = "i";
    EXPECT_TRUE(config::ApplyDefaults(config_).ok());
    config_.clear_smtpd_relay_restrictions();
    config_.add_smtpd_relay_restrictions("permit_mynetworks");
    config_.add_smtpd_relay_restrictions("reject_unauth_destination");
  }

  void SetSender(const std::string& local_part, const std::string& domain) {
    facts_.sender = mail::Address{local_part, domain};
    sender_ = facts_.sender->ToString();
    facts_.question.sender = sender_;
  }

  void SetRecipient(const std::string& local_part, const std::string& domain) {
    facts_.recipient = mail::Address{local_part, domain};
    recipient_ = facts_.recipient->ToString();
    facts_.question.recipient = recipient_;
  }

  // Sets fields of the configuration, in YAML; the defaults for the rest.
  void Configure(absl::string_view yaml) {
    const absl::Status loaded = config::Load(yaml, "mta.yaml", config_);
    ASSERT_TRUE(loaded.ok()) << loaded;
  }

  Services TestServices() {
    Services services;
    services.resolver = &dns_;
    return services;
  }

  std::string Decide(const Lists& lists) {
    last_ = runtime_->BlockOn(lists.Decide(facts_));
    return last_.refusal ? last_.refusal->ToString() : "accepted";
  }

  // Evaluates `text` as smtpd_recipient_restrictions.
  std::string Ask(absl::string_view text) {
    config::v1::Mta config = config_;
    config.add_smtpd_recipient_restrictions(std::string(text));
    const absl::StatusOr<Lists> lists =
        Lists::FromConfig(config, TestServices());
    return lists.ok() ? Decide(*lists) : lists.status().ToString();
  }

  config::v1::Mta config_;
  Facts facts_;
  dns::FakeResolver dns_;
  Decision last_;
  std::unique_ptr<net::Runtime> runtime_ =
      net::Runtime::Create({.reactors = 1, .blocking_threads = 1}).value();

 private:
  std::string sender_;
  std::string recipient_;
};

}  // namespace postern::mta::restrictions

#endif  // POSTERN_MTA_RESTRICTIONS_RULE_FIXTURE_H_
