#include "mta/limits/event.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/config/config.h"
#include "lib/testing/status_matchers.h"

namespace postern::mta::limits {
namespace {

using ::postern::testing::IsOk;

config::v1::Mta ConfigOf(const char* yaml) {
  config::v1::Mta config;
  EXPECT_THAT(config::Load(yaml, "mta.yaml", config), IsOk());
  return config;
}

net::IpAddress Ip(const char* text) {
  return net::IpAddress::Parse(text).value();
}

// As "192.0.2.1/32: 5, …" for a limit of 5.
std::string BoundsOf(const Rules& rules, const char* client) {
  return absl::StrJoin(rules.BoundsOf(5, Ip(client)), ", ",
                       [](std::string* out, const Bound& bound) {
                         absl::StrAppend(out, bound.who.ToString(), ": ",
                                         bound.limit);
                       });
}

TEST(RulesTest, ByDefaultOnlyConnectionsAndWrongPasswordsAreLimited) {
  const Rules rules = RulesFrom(ConfigOf("{}")).value();
  EXPECT_EQ(rules.open_connections, 50);
  for (size_t i = 0; i < kEventCount; ++i) {
    const Event event = static_cast<Event>(i);
    EXPECT_EQ(rules.LimitOf(event), event == Event::kAuthFailure ? 10 : 0)
        << EventName(event);
  }
}

TEST(RulesTest, EveryEventHasItsSetting) {
  const Rules rules =
      RulesFrom(ConfigOf("smtpd_client_connection_rate_limit: 1\n"
                         "smtpd_client_message_rate_limit: 2\n"
                         "smtpd_client_recipient_rate_limit: 3\n"
                         "smtpd_client_new_tls_session_rate_limit: 4\n"
                         "smtpd_client_auth_rate_limit: 5\n"
                         "smtpd_client_auth_failure_rate_limit: 6\n"))
          .value();
  EXPECT_THAT(rules.limits, ::testing::ElementsAre(1, 2, 3, 4, 5, 6));
}

TEST(RulesTest, MynetworksAreExceptionsUnlessOthersAreNamed) {
  Rules rules = RulesFrom(ConfigOf("mynetworks: [10.0.0.0/8]")).value();
  EXPECT_TRUE(rules.IsException(Ip("10.1.2.3")));
  EXPECT_FALSE(rules.IsException(Ip("192.0.2.1")));
  rules =
      RulesFrom(ConfigOf("smtpd_client_event_limit_exceptions: [192.0.2.1]"))
          .value();
  EXPECT_FALSE(rules.IsException(Ip("127.0.0.1")));
  EXPECT_TRUE(rules.IsException(Ip("192.0.2.1")));
}

TEST(RulesTest, AClientIsItsAddressOrItsPrefix) {
  const Rules rules =
      RulesFrom(ConfigOf("smtpd_client_network_factor: 4")).value();
  EXPECT_EQ(BoundsOf(rules, "192.0.2.77"),
            "192.0.2.77/32: 5, 192.0.2.0/24: 20");
  EXPECT_EQ(BoundsOf(rules, "2001:db8:1:2:3::4"),
            "2001:db8:1:2::/64: 5, 2001:db8:1::/48: 20");
}

TEST(RulesTest, ANetworkIsNeverSmallerThanTheClient) {
  const Rules rules = RulesFrom(ConfigOf("smtpd_client_network_factor: 4\n"
                                         "smtpd_client_ipv4_prefix_length: 16"))
                          .value();
  EXPECT_EQ(BoundsOf(rules, "10.1.2.3"), "10.1.0.0/16: 5, 10.1.0.0/16: 20");
}

}  // namespace
}  // namespace postern::mta::limits
