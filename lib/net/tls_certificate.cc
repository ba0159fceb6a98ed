#include "lib/net/tls_certificate.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <algorithm>
#include <ctime>
#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "lib/base/file.h"
#include "lib/base/status_macros.h"

namespace postern::net {
namespace {

constexpr size_t kMaxFileBytes = 1 << 20;

struct Free {
  void operator()(BIO* bio) const { BIO_free(bio); }
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};

// A private key and the certificates beside it.
struct Chain {
  std::string file;
  std::unique_ptr<EVP_PKEY, Free> key;
  std::vector<std::unique_ptr<X509, Free>> certificates;
  bool is_complete = false;  // The key came last.
};

absl::Status Wrong(const std::string& file, absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat(file, ": ", what));
}

// One piece of a PEM file; OpenSSL owns what it points to.
struct Piece {
  char* name = nullptr;
  char* header = nullptr;
  unsigned char* data = nullptr;
  long size = 0;  // NOLINT: OpenSSL's type.

  Piece() = default;
  Piece(const Piece&) = delete;
  Piece& operator=(const Piece&) = delete;
  ~Piece() {
    OPENSSL_free(name);
    OPENSSL_free(header);
    OPENSSL_clear_free(data, size);
  }
};

absl::Status AddKey(const Piece& piece, const std::string& file,
                    std::vector<Chain>& chains) {
  if (absl::StrContains(piece.name, "ENCRYPTED") ||
      absl::StrContains(piece.header, "ENCRYPTED")) {
    return Wrong(file, "the private key has a passphrase");
  }
  const unsigned char* data = piece.data;
  std::unique_ptr<EVP_PKEY, Free> key(
      d2i_AutoPrivateKey(nullptr, &data, piece.size));
  if (!key) return Wrong(file, "the private key cannot be read");
  if (chains.empty() || chains.back().key) chains.emplace_back();
  Chain& chain = chains.back();
  chain.file = file;
  chain.key = std::move(key);
  chain.is_complete = !chain.certificates.empty();
  return absl::OkStatus();
}

absl::Status AddCertificate(const Piece& piece, const std::string& file,
                            std::vector<Chain>& chains) {
  const unsigned char* data = piece.data;
  std::unique_ptr<X509, Free> certificate(d2i_X509(nullptr, &data, piece.size));
  if (!certificate) return Wrong(file, "a certificate cannot be read");
  if (chains.empty() || chains.back().is_complete) chains.emplace_back();
  Chain& chain = chains.back();
  if (chain.certificates.empty()) chain.file = file;
  chain.certificates.push_back(std::move(certificate));
  return absl::OkStatus();
}

absl::Status ReadChains(const std::string& file, std::vector<Chain>& chains) {
  ASSIGN_OR_RETURN(const std::string text, ReadFile(file, kMaxFileBytes));
  const std::unique_ptr<BIO, Free> bio(
      BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
  bool is_empty = true;
  while (true) {
    Piece piece;
    if (PEM_read_bio(bio.get(), &piece.name, &piece.header, &piece.data,
                     &piece.size) != 1) {
      break;
    }
    if (absl::EndsWith(piece.name, "PRIVATE KEY")) {
      RETURN_IF_ERROR(AddKey(piece, file, chains));
      is_empty = false;
    } else if (absl::string_view(piece.name) == "CERTIFICATE") {
      RETURN_IF_ERROR(AddCertificate(piece, file, chains));
      is_empty = false;
    }
  }
  const unsigned long error = ERR_peek_last_error();  // NOLINT: its type.
  ERR_clear_error();
  const bool is_end = ERR_GET_REASON(error) == PEM_R_NO_START_LINE;
  if (!is_end) return Wrong(file, "is not in the PEM format");
  if (is_empty) return Wrong(file, "holds no certificate and no private key");
  return absl::OkStatus();
}

absl::StatusOr<absl::Time> UseChain(SSL_CTX* context, const Chain& chain) {
  if (!chain.key) return Wrong(chain.file, "a private key is missing");
  if (chain.certificates.empty()) {
    return Wrong(chain.file, "the certificate of the private key is missing");
  }
  STACK_OF(X509)* const rest = sk_X509_new_null();
  for (size_t i = 1; i < chain.certificates.size(); ++i) {
    sk_X509_push(rest, chain.certificates[i].get());
  }
  const int used =
      SSL_CTX_use_cert_and_key(context, chain.certificates.front().get(),
                               chain.key.get(), rest, /*override=*/1);
  sk_X509_free(rest);
  if (used != 1) return Wrong(chain.file, TakeOpensslError());
  absl::Time end = absl::InfiniteFuture();
  for (const auto& certificate : chain.certificates) {
    std::tm tm = {};
    ASN1_TIME_to_tm(X509_get0_notAfter(certificate.get()), &tm);
    end = std::min(end, absl::FromTM(tm, absl::UTCTimeZone()));
  }
  return end;
}

}  // namespace

std::string TakeOpensslError() {
  const char* reason = ERR_reason_error_string(ERR_peek_last_error());
  ERR_clear_error();
  return reason == nullptr ? "OpenSSL refuses it" : reason;
}

absl::StatusOr<absl::Time> UseCertificates(
    SSL_CTX* context, const std::vector<std::string>& files) {
  ERR_clear_error();
  std::vector<Chain> chains;
  for (const std::string& file : files) {
    RETURN_IF_ERROR(ReadChains(file, chains));
  }
  absl::Time end = absl::InfiniteFuture();
  for (const Chain& chain : chains) {
    ASSIGN_OR_RETURN(const absl::Time one, UseChain(context, chain));
    end = std::min(end, one);
  }
  return end;
}

}  // namespace postern::net
