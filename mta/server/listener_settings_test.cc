#include "mta/server/listener_settings.h"

#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/base/file.h"
#include "lib/config/config.h"
#include "lib/net/test_certificate.h"
#include "lib/testing/status_matchers.h"
#include "lib/testing/temp_dir.h"

namespace postern::mta::server {
namespace {

using ::postern::testing::IsOk;
using ::postern::testing::StatusIs;
using ::testing::StartsWith;

absl::StatusOr<ListenerSettings> Read(absl::string_view yaml) {
  config::v1::Mta config;
  const absl::Status loaded = config::Load(
      absl::StrCat("myhostname: mx.example.org\n", yaml), "mta.yaml", config);
  if (!loaded.ok()) return loaded;
  return ListenerSettings::FromConfig(config, {});
}

TEST(ListenerSettingsTest, EveryListenerHasItsOwn) {
  const auto all = Read(
      "message_size_limit: 2MiB\n"
      "listeners:\n"
      "  - listen: 127.0.0.1:25\n"
      "  - listen: 127.0.0.1:26\n"
      "    override: {myhostname: in.example.org, message_size_limit: 1MiB}\n");
  ASSERT_THAT(all, IsOk());
  EXPECT_EQ(all->Of("127.0.0.1:25").settings->dialogue.myhostname,
            "mx.example.org");
  EXPECT_EQ(all->Of("127.0.0.1:25").settings->data.max_message_bytes, 2 << 20);
  EXPECT_EQ(all->Of("127.0.0.1:26").settings->dialogue.myhostname,
            "in.example.org");
  EXPECT_EQ(all->Of("127.0.0.1:26").settings->data.max_message_bytes, 1 << 20);
  EXPECT_EQ(all->Of("127.0.0.1:99").settings, all->Of("127.0.0.1:25").settings);
}

TEST(ListenerSettingsTest, EqualSettingsAreShared) {
  const auto all = Read(
      "listeners:\n"
      "  - {listen: '127.0.0.1:25', override: {smtpd_recipient_limit: 1000}}\n"
      "  - {listen: '127.0.0.1:26', override: {smtpd_recipient_limit: 9}}\n");
  ASSERT_THAT(all, IsOk());
  EXPECT_EQ(all->Of("127.0.0.1:25").settings, all->Of("no such").settings);
  EXPECT_NE(all->Of("127.0.0.1:26").settings, all->Of("no such").settings);
}

TEST(ListenerSettingsTest, ErrorsNameTheListenerAndTheField) {
  EXPECT_THAT(
      Read("listeners:\n"
           "  - listen: 127.0.0.1:25\n"
           "  - listen: 127.0.0.1:26\n"
           "    override: {smtpd_relay_restrictions: [permit]}\n"),
      StatusIs(absl::StatusCode::kInvalidArgument,
               StartsWith("listeners[1].override.smtpd_relay_restrictions: ")));
  EXPECT_THAT(Read("smtpd_relay_restrictions: [permit]\n"
                   "listeners: [{listen: '127.0.0.1:25'}]\n"),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       StartsWith("smtpd_relay_restrictions: ")));
  EXPECT_THAT(Read("listeners: [{listen: '127.0.0.1:25'}, "
                   "{listen: '127.0.0.1:25'}]\n"),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       StartsWith("listeners[1].listen: ")));
}

TEST(ListenerSettingsTest, ARoleStandsForSettings) {
  const testing::TempDir dir;
  const net::TestCertificate made = net::MakeTestCertificate("mx.example.org");
  const std::string chain = dir.path() + "/chain.pem";
  ASSERT_THAT(WriteFile(chain, made.key + made.certificate), IsOk());
  const auto all = Read(
      absl::StrCat("smtpd_tls_chain_files: ", chain,
                   "\n"
                   "listeners:\n"
                   "  - {listen: '127.0.0.1:25'}\n"
                   "  - {listen: '127.0.0.1:587', role: submission}\n"
                   "  - {listen: '127.0.0.1:465', role: submissions}\n"
                   "  - {listen: '127.0.0.1:26', role: submission, override: "
                   "{smtpd_tls_security_level: may}}\n"));
  ASSERT_THAT(all, IsOk());
  const auto use_of = [&all](const std::string& listen) {
    return all->Of(listen).settings->tls.use;
  };
  const HeaderClient user = {.is_authenticated = true};
  EXPECT_FALSE(all->Of("127.0.0.1:25").settings->header.Rewrites(user));
  for (const char* listen : {"127.0.0.1:587", "127.0.0.1:465"}) {
    const Settings& ours = *all->Of(listen).settings;
    EXPECT_TRUE(ours.auth.rules.is_enabled) << listen;
    EXPECT_TRUE(ours.header.Rewrites(user)) << listen;
  }
  EXPECT_EQ(use_of("127.0.0.1:25"), TlsSettings::Use::kNone);
  EXPECT_EQ(use_of("127.0.0.1:587"), TlsSettings::Use::kRequired);
  EXPECT_EQ(use_of("127.0.0.1:465"), TlsSettings::Use::kImplicit);
  EXPECT_EQ(use_of("127.0.0.1:26"), TlsSettings::Use::kOffered);
  EXPECT_EQ(all->Of("127.0.0.1:25").tls, nullptr);
  EXPECT_NE(all->Of("127.0.0.1:587").tls, nullptr);
  EXPECT_NE(all->Of("127.0.0.1:587").tls, all->Of("127.0.0.1:465").tls);
}

TEST(ListenerSettingsTest, ASubmissionListenerNeedsACertificate) {
  EXPECT_THAT(
      Read("listeners: [{listen: '127.0.0.1:587', role: submission}]"),
      StatusIs(absl::StatusCode::kInvalidArgument,
               StartsWith("listeners[0].override.smtpd_tls_chain_files: ")));
}

// What the queue and the deliveries do is the same for all.
TEST(ListenerSettingsTest, WhatIsOneForTheProgramCannotBeOverridden) {
  for (const char* field :
       {"daemon: {}", "dns: {}", "listeners: []", "queue: {}", "smtp: {}",
        "relayhost: a", "virtual_mailbox_maps: []", "bounce_size_limit: 1",
        "smtp_tls_security_level: encrypt", "smtp_tls_CAfile: a",
        "smtp_tls_CApath: a", "smtp_starttls_timeout: 1s",
        "smtp_tls_policy_maps: []"}) {
    SCOPED_TRACE(field);
    const auto all = Read(absl::StrCat(
        "listeners: [{listen: '127.0.0.1:25', override: {", field, "}}]\n"));
    EXPECT_THAT(all.status().message(),
                ::testing::HasSubstr("is one for the whole program"));
  }
}

}  // namespace
}  // namespace postern::mta::server
