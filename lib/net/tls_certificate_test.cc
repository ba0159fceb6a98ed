#include "lib/net/tls_certificate.h"

#include <openssl/ssl.h>

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/base/file.h"
#include "lib/net/test_certificate.h"
#include "lib/testing/status_matchers.h"
#include "lib/testing/temp_dir.h"

namespace postern::net {
namespace {

using ::postern::testing::IsOk;
using ::postern::testing::StatusIs;
using ::testing::HasSubstr;

class TlsCertificateTest : public ::testing::Test {
 protected:
  ~TlsCertificateTest() override { SSL_CTX_free(context_); }

  std::string File(const std::string& content) {
    const std::string path =
        dir_.path() + "/" + std::to_string(++files_) + ".pem";
    EXPECT_THAT(WriteFile(path, content), IsOk());
    return path;
  }

  absl::StatusOr<absl::Time> Use(const std::vector<std::string>& files) {
    return UseCertificates(context_, files);
  }

  const testing::TempDir dir_;
  const TestCertificate a_ = MakeTestCertificate("a.example");
  const TestCertificate b_ = MakeTestCertificate("b.example");
  SSL_CTX* const context_ = SSL_CTX_new(TLS_server_method());
  int files_ = 0;
};

TEST_F(TlsCertificateTest, TheKeyStandsFirstOrLastOrInAFileOfItsOwn) {
  EXPECT_THAT(Use({File(a_.key + a_.certificate)}), IsOk());
  EXPECT_THAT(Use({File(a_.certificate + a_.key)}), IsOk());
  EXPECT_THAT(Use({File(a_.key), File(a_.certificate)}), IsOk());
  EXPECT_THAT(Use({File(a_.certificate + b_.certificate + a_.key)}), IsOk())
      << "with a chain";
}

TEST_F(TlsCertificateTest, KeysOfSeveralKindsGoTogether) {
  TestCertificateOptions options;
  options.host = "a.example";
  options.is_rsa = true;
  const TestCertificate rsa = MakeTestCertificate(options);
  EXPECT_THAT(Use({File(a_.key + a_.certificate), File(rsa.key),
                   File(rsa.certificate)}),
              IsOk());
  int kinds = 0;
  for (int more = SSL_CTX_set_current_cert(context_, SSL_CERT_SET_FIRST);
       more == 1;
       more = SSL_CTX_set_current_cert(context_, SSL_CERT_SET_NEXT)) {
    ++kinds;
  }
  EXPECT_EQ(kinds, 2);
}

TEST_F(TlsCertificateTest, TellsWhenTheFirstOfTheCertificatesEnds) {
  TestCertificateOptions options;
  options.host = "a.example";
  options.lifetime = absl::Hours(48);
  const TestCertificate longer = MakeTestCertificate(options);
  const auto end =
      Use({File(longer.key + longer.certificate + a_.certificate)});
  ASSERT_THAT(end, IsOk());
  EXPECT_GT(*end, absl::Now() + absl::Minutes(50));
  EXPECT_LT(*end, absl::Now() + absl::Minutes(70));
}

TEST_F(TlsCertificateTest, NamesTheFileAtFault) {
  const std::string encrypted =
      "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMAA=\n"
      "-----END ENCRYPTED PRIVATE KEY-----\n";
  struct Case {
    const char* why;
    std::string content;
    const char* error;
  };
  const Case cases[] = {
      {"another key", a_.key + b_.certificate, "mismatch"},
      {"no key", a_.certificate, "a private key is missing"},
      {"no certificate", a_.key, "certificate of the private key is missing"},
      {"nothing", "", "holds no certificate and no private key"},
      {"no PEM", "hello", "holds no certificate and no private key"},
      {"cut short", a_.key + a_.certificate.substr(0, 200),
       "is not in the PEM format"},
      {"not base64",
       "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n",
       "is not in the PEM format"},
      {"no certificate in it",
       "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n",
       "a certificate cannot be read"},
      {"no key in it",
       "-----BEGIN PRIVATE KEY-----\nMAA=\n-----END PRIVATE KEY-----\n",
       "the private key cannot be read"},
      {"a passphrase", encrypted, "has a passphrase"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.why);
    const std::string file = File(c.content);
    const auto used = Use({file});
    EXPECT_THAT(used, StatusIs(absl::StatusCode::kInvalidArgument,
                               HasSubstr(file + ": ")));
    EXPECT_THAT(used.status().message(), HasSubstr(c.error));
  }
  EXPECT_THAT(Use({dir_.path() + "/none.pem"}),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("none.pem")));
}

}  // namespace
}  // namespace postern::net
