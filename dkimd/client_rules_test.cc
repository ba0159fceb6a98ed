#include "dkimd/client_rules.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/base/file.h"
#include "lib/config/config.h"
#include "lib/testing/status_matchers.h"
#include "lib/testing/temp_dir.h"

namespace postern::dkimd {
namespace {

using ::postern::testing::IsOk;
using ::postern::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::StartsWith;

config::v1::DkimClients Config(absl::string_view yaml) {
  config::v1::DkimClients config;
  const absl::Status loaded = config::Load(yaml, "test.yaml", config);
  EXPECT_TRUE(loaded.ok()) << loaded;
  return config;
}

ClientRules Rules(absl::string_view yaml) {
  std::vector<std::string> files;
  return ClientRules::FromConfig(Config(yaml), files).value();
}

milter::Envelope From(const char* address, const char* name = "") {
  milter::Envelope envelope;
  envelope.client_address = net::IpAddress::Parse(address).value();
  envelope.client_name = name;
  return envelope;
}

TEST(ClientRulesTest, OnlyThisMachineIsOursUnlessSaidOtherwise) {
  const ClientRules rules = Rules("{}");
  EXPECT_EQ(rules.OriginOf(From("127.0.0.1")), Origin::kInternal);
  EXPECT_EQ(rules.OriginOf(From("::1")), Origin::kInternal);
  EXPECT_EQ(rules.OriginOf(milter::Envelope()), Origin::kInternal);
  EXPECT_EQ(rules.OriginOf(From("192.0.2.1")), Origin::kExternal);
}

TEST(ClientRulesTest, HostsMayBeInFiles) {
  const testing::TempDir folder;
  const std::string path = folder.path() + "/hosts";
  ASSERT_THAT(WriteFile(path, "192.0.2.0/24\n!192.0.2.7\n.falcot.com\n"),
              IsOk());
  std::vector<std::string> files;
  const auto rules = ClientRules::FromConfig(
      Config("internal_hosts: ['refile:" + path + "']"), files);
  ASSERT_THAT(rules, IsOk());
  EXPECT_THAT(files, ElementsAre(path));
  EXPECT_EQ(rules->OriginOf(From("192.0.2.1")), Origin::kInternal);
  EXPECT_EQ(rules->OriginOf(From("192.0.2.7")), Origin::kExternal);
  EXPECT_EQ(rules->OriginOf(From("198.51.100.1", "mail.falcot.com")),
            Origin::kInternal);
  EXPECT_EQ(rules->OriginOf(From("127.0.0.1")), Origin::kExternal);
}

TEST(ClientRulesTest, WhoHasLoggedInIsOneOfOurs) {
  milter::Envelope envelope = From("192.0.2.1");
  envelope.macros.Set("{auth_authen}", "raphael");
  EXPECT_EQ(Rules("{}").OriginOf(envelope), Origin::kAuthenticated);
  EXPECT_EQ(Rules("sign_authenticated: false").OriginOf(envelope),
            Origin::kExternal);
  EXPECT_EQ(LoginOf(envelope), "raphael");
  // A certificate may log somebody in without a name.
  milter::Envelope external = From("192.0.2.1");
  external.macros.Set("{auth_type}", "EXTERNAL");
  EXPECT_EQ(Rules("{}").OriginOf(external), Origin::kAuthenticated);
}

TEST(ClientRulesTest, AMacroOfTheServerMakesAClientOneOfOurs) {
  milter::Envelope envelope = From("192.0.2.1");
  envelope.macros.Set("{daemon_name}", "ORIGINATING");
  for (const char* yes :
       {"macros: 'daemon_name|ORIGINATING'", "macros: [x, daemon_name]",
        "macros: '{daemon_name}=VERIFYING|ORIGINATING'"}) {
    EXPECT_EQ(Rules(yes).OriginOf(envelope), Origin::kMacro) << yes;
  }
  for (const char* no :
       {"macros: 'daemon_name|originating'", "macros: auth_ssf",
        "macros: 'daemon_name=VERIFYING'"}) {
    EXPECT_EQ(Rules(no).OriginOf(envelope), Origin::kExternal) << no;
  }
}

TEST(ClientRulesTest, PeersGoBeforeAllElse) {
  milter::Envelope envelope = From("127.0.0.1");
  envelope.macros.Set("{auth_authen}", "raphael");
  EXPECT_EQ(Rules("peer_list: 127.0.0.1").OriginOf(envelope), Origin::kPeer);
}

TEST(ClientRulesTest, SomeAreExpectedToUseOurDomains) {
  const ClientRules rules = Rules("external_ignore: 192.0.2.0/24");
  EXPECT_TRUE(rules.IsExpectedOutside(From("192.0.2.1")));
  EXPECT_FALSE(rules.IsExpectedOutside(From("198.51.100.1")));
}

TEST(ClientRulesTest, AnErrorNamesTheField) {
  for (const char* field :
       {"internal_hosts", "peer_list", "external_ignore", "exempt_domains"}) {
    std::vector<std::string> files;
    EXPECT_THAT(
        ClientRules::FromConfig(Config(std::string(field) + ": ['<>']"), files),
        StatusIs(absl::StatusCode::kInvalidArgument,
                 StartsWith(std::string("clients.") + field)));
  }
  std::vector<std::string> files;
  EXPECT_THAT(ClientRules::FromConfig(Config("macros: ['=x']"), files),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       StartsWith("clients.macros")));
}

}  // namespace
}  // namespace postern::dkimd
