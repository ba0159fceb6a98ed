#include "lib/net/tls_facts.h"

#include <openssl/asn1.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace postern::net {
namespace {

constexpr size_t kMaxNameBytes = 256;

// The entry `nid` of a name; empty if it is not there or not fit to be shown.
std::string EntryOf(const X509_NAME* name, int nid) {
  const int index = X509_NAME_get_index_by_NID(name, nid, -1);
  if (index < 0) return "";
  unsigned char* data = nullptr;
  const int size = ASN1_STRING_to_UTF8(
      &data, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, index)));
  if (size < 0) return "";
  const std::string text(reinterpret_cast<const char*>(data), size);
  OPENSSL_free(data);
  // A NUL would let "good.example\0.evil.example" look like the first half.
  const bool is_clean = std::none_of(text.begin(), text.end(), [](char c) {
    return absl::ascii_iscntrl(static_cast<unsigned char>(c));
  });
  return is_clean && text.size() <= kMaxNameBytes ? text : "";
}

std::string IssuerOf(const X509* certificate) {
  const X509_NAME* name = X509_get_issuer_name(certificate);
  std::string common_name = EntryOf(name, NID_commonName);
  if (!common_name.empty()) return common_name;
  return EntryOf(name, NID_organizationName);
}

std::string FingerprintOf(absl::string_view data, const EVP_MD* digest) {
  unsigned char out[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  if (EVP_Digest(data.data(), data.size(), out, &size, digest, nullptr) != 1) {
    return "";
  }
  return FormatFingerprint({reinterpret_cast<const char*>(out), size});
}

// The DER form that `encode` gives of `object`.
template <typename Encode, typename Object>
std::string DerOf(Encode encode, Object object) {
  unsigned char* data = nullptr;
  const int size = encode(object, &data);
  if (size < 0) return "";
  const std::string der(reinterpret_cast<const char*>(data), size);
  OPENSSL_free(data);
  return der;
}

void AddCertificate(SSL* ssl, X509* certificate, const std::string& digest_name,
                    TlsFacts& facts) {
  facts.has_certificate = true;
  facts.is_trusted = SSL_get_verify_result(ssl) == X509_V_OK;
  facts.subject = EntryOf(X509_get_subject_name(certificate), NID_commonName);
  facts.issuer = IssuerOf(certificate);
  const EVP_MD* digest = EVP_get_digestbyname(digest_name.c_str());
  if (digest == nullptr) return;
  facts.fingerprint = FingerprintOf(DerOf(&i2d_X509, certificate), digest);
  facts.pubkey_fingerprint = FingerprintOf(
      DerOf(&i2d_X509_PUBKEY, X509_get_X509_PUBKEY(certificate)), digest);
}

}  // namespace

bool IsFingerprintDigest(const std::string& digest) {
  return EVP_get_digestbyname(digest.c_str()) != nullptr;
}

std::string FormatFingerprint(absl::string_view digest) {
  std::string text;
  for (const char byte : digest) {
    if (!text.empty()) text += ':';
    absl::StrAppend(
        &text, absl::Hex(static_cast<unsigned char>(byte), absl::kZeroPad2));
  }
  return absl::AsciiStrToUpper(text);
}

TlsFacts FactsOf(SSL* ssl, const std::string& fingerprint_digest) {
  TlsFacts facts;
  facts.version = SSL_get_version(ssl);
  facts.cipher = SSL_get_cipher_name(ssl);
  facts.cipher_bits =
      SSL_CIPHER_get_bits(SSL_get_current_cipher(ssl), &facts.algorithm_bits);
  facts.is_resumed = SSL_session_reused(ssl) == 1;
  const char* name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
  if (name != nullptr) facts.server_name = name;
  X509* certificate = SSL_get0_peer_certificate(ssl);
  if (certificate != nullptr) {
    AddCertificate(ssl, certificate, fingerprint_digest, facts);
  }
  return facts;
}

std::string BindingOf(SSL* ssl) {
  constexpr absl::string_view kLabel = "EXPORTER-Channel-Binding";
  // RFC 9266 section 4.2: TLS 1.2 needs the extended master secret.
  if (SSL_version(ssl) < TLS1_3_VERSION && SSL_get_extms_support(ssl) != 1) {
    return "";
  }
  unsigned char value[32];
  if (SSL_export_keying_material(ssl, value, sizeof(value), kLabel.data(),
                                 kLabel.size(), nullptr, 0, 1) != 1) {
    return "";
  }
  return {reinterpret_cast<const char*>(value), sizeof(value)};
}

}  // namespace postern::net
