#include "lib/net/test_certificate.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <cstddef>

#include "lib/net/tls_facts.h"

namespace postern::net {
namespace {

constexpr size_t kRsaBits = 2048;

BIO* Text(const std::string& text) {
  return BIO_new_mem_buf(text.data(), static_cast<int>(text.size()));
}

std::string Take(BIO* bio) {
  char* data = nullptr;
  const auto size = BIO_get_mem_data(bio, &data);
  std::string text(data, size);
  BIO_free(bio);
  return text;
}

}  // namespace

TestCertificate MakeTestCertificate(const std::string& host) {
  TestCertificateOptions options;
  options.host = host;
  return MakeTestCertificate(options);
}

TestCertificate MakeTestCertificate(const TestCertificateOptions& options) {
  EVP_PKEY* const key =
      options.is_rsa ? EVP_RSA_gen(kRsaBits) : EVP_EC_gen("P-256");
  X509* const x509 = X509_new();
  X509_set_version(x509, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(x509), 1);
  X509_gmtime_adj(X509_getm_notBefore(x509), -3600);
  X509_gmtime_adj(X509_getm_notAfter(x509),
                  absl::ToInt64Seconds(options.lifetime));
  X509_set_pubkey(x509, key);
  X509_NAME* const name = X509_get_subject_name(x509);
  X509_NAME_add_entry_by_txt(
      name, "CN", MBSTRING_UTF8,
      reinterpret_cast<const unsigned char*>(options.host.data()),
      static_cast<int>(options.host.size()), -1, 0);
  X509_set_issuer_name(x509, name);
  X509_EXTENSION* const san = X509V3_EXT_conf_nid(
      nullptr, nullptr, NID_subject_alt_name, ("DNS:" + options.host).c_str());
  if (san != nullptr) X509_add_ext(x509, san, -1);
  X509_EXTENSION_free(san);
  X509_sign(x509, key, EVP_sha256());
  BIO* const certificate_out = BIO_new(BIO_s_mem());
  PEM_write_bio_X509(certificate_out, x509);
  BIO* const key_out = BIO_new(BIO_s_mem());
  PEM_write_bio_PrivateKey(key_out, key, nullptr, nullptr, 0, nullptr, nullptr);
  X509_free(x509);
  EVP_PKEY_free(key);
  return {.key = Take(key_out), .certificate = Take(certificate_out)};
}

void UseTestCertificate(SSL_CTX* context, const TestCertificate& identity) {
  BIO* const certificate_in = Text(identity.certificate);
  X509* const certificate =
      PEM_read_bio_X509(certificate_in, nullptr, nullptr, nullptr);
  BIO* const key_in = Text(identity.key);
  EVP_PKEY* const key =
      PEM_read_bio_PrivateKey(key_in, nullptr, nullptr, nullptr);
  SSL_CTX_use_certificate(context, certificate);
  SSL_CTX_use_PrivateKey(context, key);
  EVP_PKEY_free(key);
  BIO_free(key_in);
  X509_free(certificate);
  BIO_free(certificate_in);
}

std::string FingerprintOf(const TestCertificate& certificate) {
  BIO* const in = BIO_new_mem_buf(certificate.certificate.data(), -1);
  X509* const x509 = PEM_read_bio_X509(in, nullptr, nullptr, nullptr);
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  X509_digest(x509, EVP_sha256(), digest, &size);
  X509_free(x509);
  BIO_free(in);
  return FormatFingerprint({reinterpret_cast<const char*>(digest), size});
}

}  // namespace postern::net
