#include "mta/server/tls_settings.h"

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
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::StartsWith;
using Use = TlsSettings::Use;

config::v1::Mta ConfigOf(const std::string& yaml) {
  config::v1::Mta config;
  EXPECT_THAT(config::Load(yaml, "mta.yaml", config), IsOk());
  return config;
}

TlsSettings Read(const std::string& yaml) {
  const auto settings = TlsSettings::FromConfig(ConfigOf(yaml));
  EXPECT_THAT(settings, IsOk());
  return settings.value_or(TlsSettings());
}

const std::string kMay =
    "smtpd_tls_security_level: may\nsmtpd_tls_chain_files: /c.pem\n";
const std::string kEncrypt =
    "smtpd_tls_security_level: encrypt\nsmtpd_tls_chain_files: /c.pem\n";

TEST(TlsSettingsTest, WithoutALevelThereIsNoTls) {
  const TlsSettings settings = Read("smtpd_tls_chain_files: /c.pem");
  EXPECT_FALSE(settings.is_on());
  EXPECT_THAT(settings.Files(), IsEmpty());
}

TEST(TlsSettingsTest, LevelAndWrappermodeSayHowTlsIsUsed) {
  EXPECT_EQ(Read(kMay).use, Use::kOffered);
  EXPECT_EQ(Read(kEncrypt).use, Use::kRequired);
  EXPECT_EQ(Read(kMay + "smtpd_tls_wrappermode: true").use, Use::kImplicit);
  EXPECT_EQ(Read("smtpd_tls_wrappermode: true\nsmtpd_tls_chain_files: /c").use,
            Use::kImplicit);
}

TEST(TlsSettingsTest, WhereTlsIsAMustTheMandatorySettingsCount) {
  const std::string both =
      "smtpd_tls_protocols: '>=TLSv1.2'\n"
      "smtpd_tls_mandatory_protocols: '>=TLSv1.3'\n";
  EXPECT_TRUE(Read(kMay + both).options.versions.tls12);
  EXPECT_FALSE(Read(kEncrypt + both).options.versions.tls12);
  EXPECT_EQ(Read(kMay).options.ciphers, net::TlsCiphers::kMedium);
  EXPECT_EQ(Read(kEncrypt).options.ciphers, net::TlsCiphers::kHigh);
}

TEST(TlsSettingsTest, ACertificateMayStandInFilesOfItsOwn) {
  const std::string level = "smtpd_tls_security_level: may\n";
  EXPECT_THAT(Read(level + "smtpd_tls_cert_file: /c\nsmtpd_tls_key_file: /k")
                  .options.chain_files,
              ElementsAre("/k", "/c"));
  EXPECT_THAT(Read(level + "smtpd_tls_cert_file: /c").options.chain_files,
              ElementsAre("/c"));
  EXPECT_THAT(Read(level + "smtpd_tls_cert_file: /c\nsmtpd_tls_key_file: /c")
                  .options.chain_files,
              ElementsAre("/c"));
}

TEST(TlsSettingsTest, NamesHaveCertificatesOfTheirOwn) {
  const TlsSettings settings = Read(
      kMay +
      "tls_server_sni_maps:\n"
      "  - 'inline:{ {a.example = /a.pem}, {.b.example = /k.pem, /b.pem} }'\n"
      "  - 'inline:{ {a.example = /other.pem} }'\n");
  EXPECT_THAT(settings.options.chain_files_by_name,
              ElementsAre(Pair(".b.example", ElementsAre("/k.pem", "/b.pem")),
                          Pair("a.example", ElementsAre("/a.pem"))));
  EXPECT_THAT(settings.Files(),
              ElementsAre("/c.pem", "/k.pem", "/b.pem", "/a.pem"));
}

TEST(TlsSettingsTest, ClientsMayBeAskedForCertificates) {
  EXPECT_EQ(Read(kMay).options.client_certificate,
            net::ClientCertificate::kNotAsked);
  const TlsSettings asked =
      Read(kMay + "smtpd_tls_ask_ccert: true\nsmtpd_tls_CAfile: /ca.pem\n");
  EXPECT_EQ(asked.options.client_certificate, net::ClientCertificate::kAsked);
  EXPECT_EQ(asked.options.ca_file, "/ca.pem");
  EXPECT_EQ(
      Read(kEncrypt + "smtpd_tls_req_ccert: true\nsmtpd_tls_CApath: /ca\n")
          .options.client_certificate,
      net::ClientCertificate::kRequired);
}

TEST(TlsSettingsTest, ErrorsNameTheField) {
  struct Case {
    const char* why;
    std::string yaml;
    const char* field;
  };
  const Case cases[] = {
      {"no certificate", "smtpd_tls_security_level: may",
       "smtpd_tls_chain_files: "},
      {"two ways to name one", kMay + "smtpd_tls_cert_file: /c",
       "smtpd_tls_cert_file: "},
      {"a certificate is a must, TLS is not",
       kMay + "smtpd_tls_req_ccert: true\nsmtpd_tls_CAfile: /ca",
       "smtpd_tls_req_ccert: "},
      {"nobody can vouch for a certificate",
       kEncrypt + "smtpd_tls_req_ccert: true", "smtpd_tls_req_ccert: "},
      {"an old version", "smtpd_tls_protocols: '>=TLSv1'",
       "smtpd_tls_protocols: "},
      {"an unknown version", "smtpd_tls_mandatory_protocols: SSLv4",
       "smtpd_tls_mandatory_protocols: "},
      {"an unknown digest", "smtpd_tls_fingerprint_digest: sha257",
       "smtpd_tls_fingerprint_digest: "},
      {"a table that cannot be read as a whole",
       kMay + "tls_server_sni_maps: 'regexp:/a'", "tls_server_sni_maps: "},
      {"a name without a file",
       kMay + "tls_server_sni_maps: 'inline:{ {a = , } }'",
       "tls_server_sni_maps: "},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.why);
    EXPECT_THAT(
        TlsSettings::FromConfig(ConfigOf(c.yaml)),
        StatusIs(absl::StatusCode::kInvalidArgument, StartsWith(c.field)));
  }
}

}  // namespace
}  // namespace postern::mta::server
