#include "mta/server/mail_ways.h"

#include <memory>
#include <string>
#include <utility>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/net/runtime.h"
#include "lib/testing/status_matchers.h"

namespace postern::mta::server {
namespace {

using ::postern::testing::IsOkAndHolds;
using Way = MailWays::Way;

class MailWaysTest : public ::testing::Test {
 protected:
  MailWaysTest() {
    config_.set_myhostname("relay.test");
    config_.set_myorigin("origin.test");
    config_.add_mydestination("local.test");
    config_.add_relay_domains("inside.test");
    config_.add_virtual_mailbox_domains("box.test");
    config_.add_virtual_alias_domains("alias.test");
    config_.mutable_routing()->add_transport_maps(
        "inline:{lmtp.test=lmtp:unix:/run/lmtp, other.test=smtp:[mx.test]:26, "
        "direct.test=smtp:, {gone.test=error:5.1.1 no such host}}");
  }

  absl::StatusOr<Way> Find(const std::string& address) {
    MailWays::Parts parts;
    parts.addresses = rewriting::AddressBook::Open(config_).value();
    parts.transports = routing::TransportMap::Open(config_).value();
    parts.relayhost = config_.relayhost();
    parts.myhostname = config_.myhostname();
    const MailWays ways(std::move(parts));
    return runtime_->BlockOn(ways.Find("sender@elsewhere.test", address));
  }

  std::unique_ptr<net::Runtime> runtime_ =
      net::Runtime::Create({.reactors = 1}).value();
  config::v1::Mta config_;
};

TEST_F(MailWaysTest, EachClassHasItsTransport) {
  const struct {
    const char* address;
    Way way;
  } kCases[] = {
      {"a@elsewhere.test", {"smtp", "elsewhere.test"}},
      {"a@inside.test", {"relay", "inside.test"}},
      {"a@box.test", {"virtual", "box.test"}},
      {"a@local.test", {"local", "relay.test"}},
      {"a", {"smtp", "origin.test"}},
  };
  for (const auto& c : kCases) {
    EXPECT_THAT(Find(c.address), IsOkAndHolds(c.way)) << c.address;
  }
  EXPECT_EQ(Find("a@alias.test")->mailer, "error");
}

TEST_F(MailWaysTest, TheRelayhostIsTheNextHopOfSmtp) {
  config_.set_relayhost("[smart.test]:587");
  EXPECT_THAT(Find("a@elsewhere.test"),
              IsOkAndHolds(Way{"smtp", "[smart.test]:587"}));
  EXPECT_THAT(Find("a@inside.test"),
              IsOkAndHolds(Way{"relay", "[smart.test]:587"}));
  EXPECT_THAT(Find("a@box.test"), IsOkAndHolds(Way{"virtual", "box.test"}));
  EXPECT_THAT(Find("a@direct.test"), IsOkAndHolds(Way{"smtp", "direct.test"}));
}

TEST_F(MailWaysTest, ATransportOfTheTablesCounts) {
  EXPECT_THAT(Find("a@lmtp.test"), IsOkAndHolds(Way{"lmtp", "unix:/run/lmtp"}));
  EXPECT_THAT(Find("a@other.test"), IsOkAndHolds(Way{"smtp", "[mx.test]:26"}));
  EXPECT_THAT(Find("a@gone.test"),
              IsOkAndHolds(Way{"error", "5.1.1 no such host"}));
}

TEST_F(MailWaysTest, MailForTheNullSenderWouldStayHere) {
  EXPECT_THAT(Find(""), IsOkAndHolds(Way{"smtp", "origin.test"}));
  config_.add_mydestination("origin.test");
  EXPECT_THAT(Find(""), IsOkAndHolds(Way{"local", "relay.test"}));
}

TEST_F(MailWaysTest, ADomainIsInLowerCase) {
  EXPECT_THAT(Find("A@Elsewhere.Test"),
              IsOkAndHolds(Way{"smtp", "elsewhere.test"}));
}

TEST_F(MailWaysTest, WhatIsNoAddressHasNoWay) {
  EXPECT_FALSE(Find("a b@c").ok());
}

}  // namespace
}  // namespace postern::mta::server
