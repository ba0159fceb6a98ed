#include "mta/server/auth_settings.h"

#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/config/config.h"
#include "lib/testing/status_matchers.h"

namespace postern::mta::server {
namespace {

using ::postern::testing::IsOk;
using ::postern::testing::StatusIs;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Not;
using ::testing::StartsWith;

absl::StatusOr<AuthSettings> Read(absl::string_view yaml) {
  config::v1::Mta config;
  const absl::Status loaded = config::Load(yaml, "mta.yaml", config);
  EXPECT_THAT(loaded, IsOk());
  return AuthSettings::FromConfig(config, "mx.example.org");
}

net::IpAddress Ip(const char* text) {
  return net::IpAddress::Parse(text).value();
}

TEST(AuthSettingsTest, IsOffAndOnlyUnderTlsByDefault) {
  const auto settings = Read("{}");
  ASSERT_THAT(settings, IsOk());
  EXPECT_FALSE(settings->rules.is_enabled);
  EXPECT_EQ(settings->cyrus, nullptr);
  EXPECT_TRUE(settings->rules.only_encrypted);  // MTA-20.
  EXPECT_FALSE(settings->IsFor(Ip("192.0.2.1")));
}

TEST(AuthSettingsTest, OffersMechanismsWhenItIsOn) {
  const auto settings = Read(
      "smtpd_sasl_auth_enable: true\n"
      "smtpd_sasl_security_options: [noanonymous, noplaintext]\n"
      "smtpd_sasl_tls_security_options: [noanonymous]\n"
      "smtpd_sasl_exceptions_networks: [192.0.2.0/24]\n");
  ASSERT_THAT(settings, IsOk());
  EXPECT_TRUE(settings->rules.is_enabled);
  EXPECT_THAT(settings->rules.clear_mechanisms, Not(Contains("PLAIN")));
  EXPECT_THAT(settings->rules.encrypted_mechanisms, Contains("PLAIN"));
  EXPECT_THAT(settings->rules.encrypted_mechanisms, Not(Contains("NTLM")));
  EXPECT_FALSE(settings->IsFor(Ip("192.0.2.1")));
  EXPECT_TRUE(settings->IsFor(Ip("198.51.100.1")));
}

TEST(AuthSettingsTest, TheTlsOptionsAreTheOthersUnlessGiven) {
  const auto settings = Read(
      "smtpd_sasl_auth_enable: true\n"
      "smtpd_sasl_security_options: [noanonymous, noplaintext]\n");
  ASSERT_THAT(settings, IsOk());
  EXPECT_THAT(settings->rules.encrypted_mechanisms, Not(Contains("PLAIN")));
}

TEST(AuthSettingsTest, SaslauthdCanOnlyCompare) {
  const auto settings = Read(
      "smtpd_sasl_auth_enable: true\n"
      "smtpd_sasl_pwcheck_method: saslauthd\n");
  ASSERT_THAT(settings, IsOk());
  EXPECT_THAT(settings->rules.encrypted_mechanisms,
              ::testing::UnorderedElementsAre("PLAIN", "LOGIN"));
  const auto only = Read(
      "smtpd_sasl_auth_enable: true\n"
      "smtpd_sasl_pwcheck_method: saslauthd\n"
      "smtpd_sasl_mech_list: LOGIN\n");
  ASSERT_THAT(only, IsOk());
  EXPECT_THAT(only->rules.encrypted_mechanisms, ElementsAre("LOGIN"));
}

TEST(AuthSettingsTest, TheDelayGrowsUpToABound) {
  const auto settings = Read("smtpd_sasl_failure_delay: 500ms");
  ASSERT_THAT(settings, IsOk());
  EXPECT_EQ(settings->DelayAfter(1), absl::Milliseconds(500));
  EXPECT_EQ(settings->DelayAfter(2), absl::Seconds(1));
  EXPECT_EQ(settings->DelayAfter(3), absl::Seconds(2));
  EXPECT_EQ(settings->DelayAfter(4), absl::Seconds(4));
  EXPECT_EQ(settings->DelayAfter(4'000'000'000), absl::Seconds(4));
}

TEST(AuthSettingsTest, NamesTheFieldAtFault) {
  struct Case {
    const char* yaml;
    const char* want;
  };
  const Case cases[] = {
      {"smtpd_sasl_security_options: [nonsense]",
       "smtpd_sasl_security_options: \"nonsense\""},
      {"smtpd_sasl_tls_security_options: [nonsense]",
       "smtpd_sasl_tls_security_options: \"nonsense\""},
      {"smtpd_sasl_mechanism_filter: ['hash:/a']",
       "smtpd_sasl_mechanism_filter: \"hash:/a\""},
      {"smtpd_sasl_auth_enable: true\n"
       "smtpd_sasl_mechanism_filter: [x-nobody-has-it]",
       "smtpd_sasl_auth_enable: there is no mechanism"},
  };
  for (const Case& c : cases) {
    EXPECT_THAT(Read(c.yaml), StatusIs(absl::StatusCode::kInvalidArgument,
                                       StartsWith(c.want)))
        << c.yaml;
  }
}

}  // namespace
}  // namespace postern::mta::server
