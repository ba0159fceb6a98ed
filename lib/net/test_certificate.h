// Certificates for tests: self-signed, with their keys.

#ifndef POSTERN_LIB_NET_TEST_CERTIFICATE_H_
#define POSTERN_LIB_NET_TEST_CERTIFICATE_H_

#include <openssl/types.h>

#include <string>

#include "absl/time/time.h"

namespace postern::net {

struct TestCertificate {
  std::string key;          // PEM.
  std::string certificate;  // PEM.
};

// Makes a certificate for `host`, which is also its subject.
TestCertificate MakeTestCertificate(const std::string& host);

struct TestCertificateOptions {
  std::string host;
  bool is_rsa = false;                       // Else ECDSA.
  absl::Duration lifetime = absl::Hours(1);  // From now on.
};
TestCertificate MakeTestCertificate(const TestCertificateOptions& options);

// Returns its SHA-256 fingerprint, as TlsFacts has it.
std::string FingerprintOf(const TestCertificate& certificate);

// Makes it the identity of whoever uses `context`.
void UseTestCertificate(SSL_CTX* context, const TestCertificate& identity);

}  // namespace postern::net

#endif  // POSTERN_LIB_NET_TEST_CERTIFICATE_H_
