// What is known of a TLS connection, for policies, logs and Received.
//
// Names of certificates are whatever their makers wrote: UTF-8 without control
// characters, at most 256 bytes, but not to be believed unless `is_trusted`.
//
// Source:  Postfix: ccert_subject is the subject's common name, ccert_issuer
//          the issuer's (or its organization), fingerprints are "AB:CD:…".
// Threads: a value.

#ifndef POSTERN_LIB_NET_TLS_FACTS_H_
#define POSTERN_LIB_NET_TLS_FACTS_H_

#include <openssl/types.h>

#include <string>

#include "absl/strings/string_view.h"

namespace postern::net {

struct TlsFacts {
  std::string version;     // "TLSv1.3"; empty: the connection is not secured.
  std::string cipher;      // "TLS_AES_256_GCM_SHA384".
  int cipher_bits = 0;     // Of the key that is used,
  int algorithm_bits = 0;  // and of the algorithm.
  bool is_resumed = false;
  std::string server_name;  // What the client asked for by SNI; may be empty.

  bool has_certificate = false;  // The peer has shown one.
  bool is_trusted = false;       // An authority vouches for it.
  std::string subject;
  std::string issuer;
  std::string fingerprint;         // Of the certificate.
  std::string pubkey_fingerprint;  // Of its public key.
};

// Tells whether `digest` names an algorithm for fingerprints: "sha256".
bool IsFingerprintDigest(const std::string& digest);

// Returns the bytes of a digest as "AB:CD:…".
std::string FormatFingerprint(absl::string_view digest);

// For lib/net alone: what OpenSSL knows of `ssl` after its handshake.
TlsFacts FactsOf(SSL* ssl, const std::string& fingerprint_digest);

// For lib/net alone: its "tls-exporter" channel binding (RFC 9266); empty where
// the handshake was none that two connections cannot share.
std::string BindingOf(SSL* ssl);

}  // namespace postern::net

#endif  // POSTERN_LIB_NET_TLS_FACTS_H_
