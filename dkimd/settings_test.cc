#include "dkimd/settings.h"

#include <unistd.h>

#include <memory>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/base/file.h"
#include "lib/config/config.h"
#include "lib/dkim/crypto.h"
#include "lib/testing/status_matchers.h"
#include "lib/testing/temp_dir.h"

namespace postern::dkimd {
namespace {

using ::postern::testing::IsOk;
using ::postern::testing::StatusIs;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

absl::StatusOr<std::shared_ptr<const Settings>> Read(absl::string_view yaml) {
  config::v1::Dkimd config;
  const absl::Status loaded = config::Load(yaml, "test.yaml", config);
  EXPECT_TRUE(loaded.ok()) << loaded;
  return Settings::FromConfig(config);
}

TEST(SettingsTest, WithoutAFileNobodyIsRefused) {
  const auto settings = Read("{}");
  ASSERT_THAT(settings, IsOk());
  const Settings& s = **settings;
  EXPECT_TRUE(s.signs && s.verifies && !s.is_monitor);
  EXPECT_TRUE(s.sanitizer.removes && s.sanitizer.removes_all);
  EXPECT_EQ(s.signer.header_form, dkim::Canonicalization::kRelaxed);
  EXPECT_EQ(s.signer.lifetime, absl::Hours(7 * 24));
  EXPECT_THAT(s.sender_headers, ElementsAre("From"));
  EXPECT_EQ(s.verifier.max_signatures, 10u);
  EXPECT_EQ(s.verifier.min_key_bits, 1024);
  for (size_t i = 0; i < kFindings; ++i) {
    const Finding finding = static_cast<Finding>(i);
    EXPECT_EQ(s.ActionFor(finding), finding == Finding::kSigningFailure
                                        ? config::v1::DKIM_ACTION_TEMPFAIL
                                        : config::v1::DKIM_ACTION_ACCEPT)
        << FindingName(finding);
  }
}

TEST(SettingsTest, TheExampleHasTheSettingsThatItNames) {
  config::v1::Dkimd config;
  ASSERT_THAT(config::LoadFile("deploy/config/dkimd.yaml", config), IsOk());
  EXPECT_EQ(config.signing().domains(0).domain(0), "example.org");
  config.mutable_signing()->clear_domains();  // Their keys are not there.
  EXPECT_THAT(Settings::FromConfig(config), IsOk());
}

// DK-05.
TEST(SettingsTest, TheUsualFieldsAreSignedAndOversigned) {
  const auto settings = Read("{}");
  ASSERT_THAT(settings, IsOk());
  for (const std::string& name : (*settings)->signer.oversigned_fields) {
    EXPECT_THAT((*settings)->signer.signed_fields, Contains(name));
  }
  for (const char* name : {"Received", "Return-Path", "DKIM-Signature"}) {
    EXPECT_THAT((*settings)->signer.signed_fields, Not(Contains(name)));
  }
  EXPECT_THAT((*settings)->signer.oversigned_fields,
              ElementsAre("From", "Subject", "Date", "To", "Cc", "Reply-To",
                          "Content-Type", "MIME-Version", "Message-ID"));
}

TEST(SettingsTest, TheSettingsOfTheFileCount) {
  const auto settings = Read(R"(
mode: monitor
operation: s
signing:
  canonicalization: simple
  sign_headers: [From, Subject]
  omit_headers: Subject
  oversign_headers: []
verification: {on_bad_signature: quarantine, maximum_signatures: 3}
results: {authserv_id: mx.falcot.com, remove_all: false, keep: true}
replay: {threshold: 100, action: tempfail}
)");
  ASSERT_THAT(settings, IsOk());
  const Settings& s = **settings;
  EXPECT_TRUE(s.signs && !s.verifies && s.is_monitor);
  EXPECT_EQ(s.signer.header_form, dkim::Canonicalization::kSimple);
  EXPECT_EQ(s.signer.body_form, dkim::Canonicalization::kSimple);
  EXPECT_THAT(s.signer.signed_fields, ElementsAre("From"));
  EXPECT_THAT(s.signer.oversigned_fields, IsEmpty());
  EXPECT_EQ(s.ActionFor(Finding::kBadSignature),
            config::v1::DKIM_ACTION_QUARANTINE);
  EXPECT_EQ(s.ActionFor(Finding::kReplay), config::v1::DKIM_ACTION_TEMPFAIL);
  EXPECT_EQ(s.replay_threshold, 100u);
  EXPECT_EQ(s.authserv_id, "mx.falcot.com");
  EXPECT_FALSE(s.sanitizer.removes || s.sanitizer.removes_all);
}

TEST(SettingsTest, ADefaultActionCountsWhereNothingIsSaid) {
  const auto settings = Read(
      "verification: {on_default: reject, on_dns_error: tempfail, "
      "on_no_signature: accept}");
  ASSERT_THAT(settings, IsOk());
  const Settings& s = **settings;
  for (const Finding finding :
       {Finding::kBadSignature, Finding::kInternalError, Finding::kKeyNotFound,
        Finding::kSecurity, Finding::kSignatureError}) {
    EXPECT_EQ(s.ActionFor(finding), config::v1::DKIM_ACTION_REJECT);
  }
  EXPECT_EQ(s.ActionFor(Finding::kDnsError), config::v1::DKIM_ACTION_TEMPFAIL);
  EXPECT_EQ(s.ActionFor(Finding::kNoSignature), config::v1::DKIM_ACTION_ACCEPT);
  // It is of verifying alone.
  EXPECT_EQ(s.ActionFor(Finding::kReplay), config::v1::DKIM_ACTION_ACCEPT);
  EXPECT_EQ(s.ActionFor(Finding::kSigningFailure),
            config::v1::DKIM_ACTION_TEMPFAIL);
}

// FROM-17.
TEST(SettingsTest, ALoginSignsForItsAuthorsAlone) {
  const auto settings = Read(
      "clients: {login_authors: 'inline:{{raphael=falcot.com .falcot.com}, "
      "roland=roland@example.org}'}");
  ASSERT_THAT(settings, IsOk());
  const auto may = [&](const char* login, const char* user, const char* host) {
    return (*settings)->MaySignFor(login,
                                   {{.local_part = user, .domain = host}});
  };
  EXPECT_TRUE(may("raphael", "anybody", "falcot.com"));
  EXPECT_TRUE(may("raphael", "anybody", "mail.falcot.com"));
  EXPECT_FALSE(may("raphael", "raphael", "example.org"));
  EXPECT_TRUE(may("roland", "roland", "example.org"));
  EXPECT_FALSE(may("roland", "raphael", "example.org"));
  EXPECT_FALSE(may("nobody", "roland", "example.org"));
  EXPECT_FALSE((*settings)->MaySignFor(
      "raphael", {{.local_part = "a", .domain = "falcot.com"},
                  {.local_part = "b", .domain = "x.org"}}));
  EXPECT_TRUE((*Read("{}"))->MaySignFor("anybody", {{"a", "b.example"}}));
}

// DK-19: what does not become settings never replaces those in force.
TEST(SettingsTest, WhatIsWrongIsAnErrorThatNamesItsField) {
  struct Case {
    const char* yaml;
    const char* field;
  };
  const Case cases[] = {
      {"signing: {canonicalization: relaxed/nofws}",
       "signing.canonicalization"},
      {"signing: {sign_headers: 'a b'}", "signing.sign_headers"},
      {"signing: {oversign_headers: ['a:b']}", "signing.oversign_headers"},
      {"signing: {dont_sign_mail_to: ['<>']}", "signing.dont_sign_mail_to"},
      {"signing: {signing_table: 'csl:a=b'}", "signing.signing_table"},
      {"clients: {internal_hosts: ['*']}", "clients.internal_hosts"},
      {"clients: {login_authors: 'nothing:x'}", "clients.login_authors"},
      {"clients: {login_authors: 'inline:{a=<>}'}", "clients.login_authors"},
  };
  for (const Case& c : cases) {
    EXPECT_THAT(Read(c.yaml), StatusIs(absl::StatusCode::kInvalidArgument,
                                       HasSubstr(c.field)))
        << c.yaml;
  }
}

TEST(SettingsTest, OfManyKeysNoneIsReadAtStart) {
  std::string table = "csl:";
  for (int i = 0; i < 1001; ++i) {
    table += "k" + std::to_string(i) + "=falcot.com:s:/missing,";
  }
  EXPECT_THAT(
      Read("signing: {signing_table: 'csl:*=k0', key_table: '" + table + "'}"),
      IsOk());
}

TEST(SettingsTest, KeysOfTheUserToBeAreForThatUserToJudge) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root gives files away";
  const testing::TempDir folder;
  const std::string path = folder.path() + "/mail.private";
  const std::string pem =
      dkim::PrivateKey::Generate(dkim::KeyType::kEd25519, 0).value().ToPem();
  ASSERT_THAT(WriteFile(path, pem, 0600), IsOk());
  ASSERT_EQ(::chown(path.c_str(), 12345, 54321), 0);
  const std::string yaml =
      "signing: {domains: [{domain: falcot.com, keys: [{selector: mail, file: "
      "'" +
      path + "'}]}]}";
  EXPECT_THAT(Read(yaml), StatusIs(absl::StatusCode::kPermissionDenied));
  EXPECT_THAT(Read("daemon: {user: nobody}\n" + yaml), IsOk());
}

TEST(SettingsTest, AKeyThatCannotBeUsedIsSeenAtOnce) {
  const testing::TempDir folder;
  const std::string path = folder.path() + "/mail.private";
  const std::string yaml =
      "signing: {domains: [{domain: falcot.com, keys: [{selector: mail, file: "
      "'" +
      path + "'}]}]}";
  EXPECT_THAT(Read(yaml), StatusIs(absl::StatusCode::kNotFound));
  ASSERT_THAT(WriteFile(path, "no key", 0600), IsOk());
  EXPECT_THAT(Read(yaml),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(path)));
  const std::string pem =
      dkim::PrivateKey::Generate(dkim::KeyType::kEd25519, 0).value().ToPem();
  ASSERT_THAT(WriteFile(path, pem, 0600), IsOk());
  EXPECT_THAT(Read(yaml), IsOk());
}

}  // namespace
}  // namespace postern::dkimd
