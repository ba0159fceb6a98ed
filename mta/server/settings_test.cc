#include "mta/server/settings.h"

#include <string>
#include <utility>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/base/file.h"
#include "lib/config/config.h"
#include "lib/testing/status_matchers.h"
#include "lib/testing/temp_dir.h"

namespace postern::mta::server {
namespace {

using ::postern::testing::IsOk;
using ::postern::testing::StatusIs;
using ::testing::HasSubstr;
using ::testing::StartsWith;

config::v1::Mta Config(absl::string_view yaml) {
  config::v1::Mta config;
  const absl::Status loaded = config::Load(yaml, "mta.yaml", config);
  EXPECT_THAT(loaded, IsOk());
  return config;
}

TEST(SettingsTest, TheDefaultsAreSafe) {
  const absl::StatusOr<Settings> settings =
      Settings::FromConfig(Config("myhostname: mx.example.org"), {});
  ASSERT_THAT(settings, IsOk());
  EXPECT_TRUE(
      settings->IsInMynetworks(net::IpAddress::Parse("127.0.0.1").value()));
  EXPECT_TRUE(settings->IsInMynetworks(net::IpAddress::Parse("::1").value()));
  // MTA-36: private networks are nobody's friends by themselves.
  for (const char* address : {"10.0.0.1", "192.168.0.1", "172.16.0.1",
                              "fd00::1", "fe80::1", "192.0.2.1"}) {
    EXPECT_FALSE(
        settings->IsInMynetworks(net::IpAddress::Parse(address).value()))
        << address;
  }
  EXPECT_FALSE(settings->lists.needs_client_name());
  EXPECT_EQ(settings->data.max_message_bytes, 50 << 20);
  EXPECT_EQ(settings->data.max_line_bytes, 64 << 10);
  EXPECT_EQ(settings->data.max_hops, 50);
  EXPECT_EQ(settings->dialogue.recipient_limit, 1000u);
  EXPECT_EQ(settings->timeout, absl::Minutes(5));
  EXPECT_EQ(settings->session_time_limit, absl::Hours(1));
  EXPECT_FALSE(settings->dialogue.disconnect_on_bare_newline);
}

TEST(SettingsTest, WithoutANameTheMachinesCounts) {
  const absl::StatusOr<Settings> settings =
      Settings::FromConfig(Config("{}"), {});
  ASSERT_THAT(settings, IsOk());
  EXPECT_NE(settings->dialogue.myhostname, "");
}

TEST(SettingsTest, TakesWhatIsConfigured) {
  const absl::StatusOr<Settings> settings = Settings::FromConfig(
      Config("myhostname: mx.example.org\n"
             "mynetworks: [192.0.2.0/24]\n"
             "message_size_limit: 1MiB\n"
             "smtpd_hard_error_limit: 3\n"
             "smtpd_forbid_bare_newline: disconnect\n"
             "smtpd_recipient_restrictions:\n"
             "- check_policy_service inet:127.0.0.1:10023\n"),
      {});
  ASSERT_THAT(settings, IsOk());
  EXPECT_TRUE(
      settings->IsInMynetworks(net::IpAddress::Parse("192.0.2.7").value()));
  EXPECT_FALSE(
      settings->IsInMynetworks(net::IpAddress::Parse("127.0.0.1").value()));
  EXPECT_EQ(settings->data.max_message_bytes, 1 << 20);
  EXPECT_EQ(settings->dialogue.hard_error_limit, 3u);
  EXPECT_TRUE(settings->dialogue.disconnect_on_bare_newline);
  EXPECT_TRUE(settings->lists.needs_client_name());
}

constexpr char kExample[] = "deploy/config/mta.yaml";

TEST(SettingsTest, TheExampleIsGood) {
  config::v1::Mta config;
  ASSERT_THAT(config::LoadFile(kExample, config), IsOk());
  EXPECT_THAT(Settings::FromConfig(config, {}), IsOk());
}

TEST(SettingsTest, TheExampleOfReplicasIsGood) {
  config::v1::Mta config;
  ASSERT_THAT(config::LoadFile("deploy/config/mta-replica.yaml", config),
              IsOk());
  const testing::TempDir dir;
  const std::string secret = dir.path() + "/secret";
  ASSERT_THAT(WriteFile(secret, std::string(64, 'a')), IsOk());
  config.mutable_handoff()->set_secret_file(secret);
  config.set_myhostname("mta-0.example.org");
  const absl::StatusOr<Settings> settings = Settings::FromConfig(config, {});
  ASSERT_THAT(settings, IsOk());
  EXPECT_EQ(settings->handoff.givers.size(), 1u);
  EXPECT_EQ(settings->handoff.secret.size(), 64u);
}

// Looks for every field of `message` in the text of the example.
void ExpectComplete(const google::protobuf::Descriptor& message,
                    const std::string& text) {
  for (int i = 0; i < message.field_count(); ++i) {
    const google::protobuf::FieldDescriptor& field = *message.field(i);
    EXPECT_THAT(text, HasSubstr(field.name() + ":")) << message.full_name();
    const google::protobuf::Descriptor* inner = field.message_type();
    if (inner == nullptr || inner->options().map_entry()) continue;
    // The files of mutual TLS are told in the manual only, Redis in greylistd's
    // example; what a listener overrides is the whole again.
    if (inner->name() != "Duration" && inner->name() != "Admin" &&
        inner->name() != "Mta" && inner->name() != "Redis") {
      ExpectComplete(*inner, text);
    }
  }
}

TEST(SettingsTest, TheExampleHasEveryField) {
  const absl::StatusOr<std::string> text = ReadFile(kExample);
  ASSERT_THAT(text, IsOk());
  ExpectComplete(*config::v1::Mta::descriptor(), *text);
}

TEST(SettingsTest, TheGreetingBeginsWithTheNameUnlessItIsWritten) {
  const std::string host = "myhostname: mx.example.org\n";
  for (const auto& [yaml, banner] :
       {std::pair(host, "mx.example.org ESMTP Postern"),
        std::pair(host + "smtpd_banner: $myhostname ESMTP $mail_name (Debian)",
                  "mx.example.org ESMTP Postern (Debian)")}) {
    const absl::StatusOr<Settings> settings =
        Settings::FromConfig(Config(yaml), {});
    ASSERT_THAT(settings, IsOk()) << yaml;
    EXPECT_EQ(settings->dialogue.banner, banner);
  }
}

TEST(SettingsTest, NamesTheFieldAtFault) {
  for (const std::string& banner :
       {std::string("''"), std::string("café"), std::string(507, 'a')}) {
    EXPECT_THAT(Settings::FromConfig(Config("smtpd_banner: " + banner), {}),
                StatusIs(absl::StatusCode::kInvalidArgument,
                         StartsWith("smtpd_banner: ")))
        << banner;
  }
  EXPECT_THAT(
      Settings::FromConfig(Config("myhostname: 'a b'"), {}),
      StatusIs(absl::StatusCode::kInvalidArgument, StartsWith("myhostname: ")));
  EXPECT_THAT(
      Settings::FromConfig(Config("smtpd_relay_restrictions: [permit]"), {}),
      StatusIs(absl::StatusCode::kInvalidArgument,
               StartsWith("smtpd_relay_restrictions: ")));
}

}  // namespace
}  // namespace postern::mta::server
