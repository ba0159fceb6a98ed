#include "lib/dkim/crypto.h"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <cassert>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "lib/base/status_macros.h"
#include "lib/mail/tag_list.h"

namespace postern::dkim {
namespace {

constexpr int kMinVerifyBits = 512;
constexpr int kMinSignBits = 1024;
constexpr int kMaxBits = 8192;
constexpr int kMaxExponentBits = 64;
constexpr size_t kMaxKeyBytes = 2048;  // Of a public key in DER.
constexpr size_t kEd25519Bytes = 32;

using Key = std::shared_ptr<EVP_PKEY>;

struct FreeContext {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  void operator()(EVP_PKEY_CTX* context) const { EVP_PKEY_CTX_free(context); }
};
using DigestContext = std::unique_ptr<EVP_MD_CTX, FreeContext>;
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, FreeContext>;

const unsigned char* Bytes(absl::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

unsigned char* Bytes(std::string& text) {
  return reinterpret_cast<unsigned char*>(text.data());
}

// What OpenSSL says about a failure is of no use to anybody here, and must not
// be found by somebody else later.
Key Owned(EVP_PKEY* key) {
  ERR_clear_error();
  return Key(key, EVP_PKEY_free);
}

const EVP_MD* Md() {
  static const EVP_MD* const md = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  return md;
}

absl::Status Bad(absl::string_view what) {
  return absl::InvalidArgumentError(what);
}

bool HasGoodExponent(const EVP_PKEY* key) {
  BIGNUM* exponent = nullptr;
  if (EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_E, &exponent) != 1) {
    return false;
  }
  const bool is_good = BN_is_odd(exponent) && !BN_is_one(exponent) &&
                       BN_num_bits(exponent) <= kMaxExponentBits;
  BN_free(exponent);
  return is_good;
}

absl::Status CheckRsa(const EVP_PKEY* key, int min_bits) {
  const int bits = EVP_PKEY_get_bits(key);
  if (bits < min_bits || bits > kMaxBits) {
    return Bad(absl::StrCat("an RSA key of ", bits, " bits"));
  }
  if (!HasGoodExponent(key)) return Bad("an RSA key with a bad exponent");
  return absl::OkStatus();
}

// Returns null unless all of `der` is a key.
Key RsaFromDer(absl::string_view der) {
  const unsigned char* at = Bytes(der);
  Key key = Owned(d2i_PUBKEY(nullptr, &at, static_cast<long>(der.size())));
  if (key == nullptr) {
    at = Bytes(der);
    key = Owned(d2i_PublicKey(EVP_PKEY_RSA, nullptr, &at,
                              static_cast<long>(der.size())));
  }
  const bool is_all = at == Bytes(der) + der.size();
  if (key == nullptr || !is_all || !EVP_PKEY_is_a(key.get(), "RSA")) return {};
  return key;
}

Key KeyFromPem(absl::string_view pem) {
  BIO* const bio = BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
  // Nobody is asked for a password.
  const auto no_password = [](char*, int, int, void*) { return -1; };
  EVP_PKEY* const key =
      PEM_read_bio_PrivateKey(bio, nullptr, no_password, nullptr);
  BIO_free(bio);
  return Owned(key);
}

Key KeyFromDer(absl::string_view der) {
  if (der.size() == kEd25519Bytes) {
    return Owned(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr,
                                              Bytes(der), der.size()));
  }
  const unsigned char* at = Bytes(der);
  return Owned(d2i_AutoPrivateKey(nullptr, &at, static_cast<long>(der.size())));
}

}  // namespace

void Sha256::Free::operator()(EVP_MD_CTX* context) const {
  EVP_MD_CTX_free(context);
}

Sha256::Sha256() : context_(EVP_MD_CTX_new()) {
  const int result = EVP_DigestInit_ex2(context_.get(), Md(), nullptr);
  assert(result == 1);  // It fails for want of memory.
  (void)result;
}

Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;
Sha256::~Sha256() = default;

void Sha256::Add(absl::string_view bytes) {
  EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size());
}

Sha256 Sha256::Copy() const {
  Sha256 copy;
  EVP_MD_CTX_copy_ex(copy.context_.get(), context_.get());
  return copy;
}

std::string Sha256::Finish() {
  std::string digest(kBytes, '\0');
  EVP_DigestFinal_ex(context_.get(), Bytes(digest), nullptr);
  return digest;
}

std::string Sha256Of(absl::string_view bytes) {
  Sha256 hash;
  hash.Add(bytes);
  return hash.Finish();
}

absl::string_view KeyTypeName(KeyType type) {
  return type == KeyType::kRsa ? "rsa" : "ed25519";
}

std::optional<KeyType> KeyTypeFromName(absl::string_view name) {
  if (name == "rsa") return KeyType::kRsa;
  if (name == "ed25519") return KeyType::kEd25519;
  return std::nullopt;
}

PublicKey::PublicKey(KeyType type, int bits, std::shared_ptr<evp_pkey_st> key)
    : type_(type), bits_(bits), key_(std::move(key)) {}

absl::StatusOr<PublicKey> PublicKey::FromBytes(KeyType type,
                                               absl::string_view bytes) {
  if (type == KeyType::kEd25519) {
    if (bytes.size() != kEd25519Bytes) {
      return Bad(absl::StrCat("an Ed25519 key of ", bytes.size(), " bytes"));
    }
    Key key = Owned(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr,
                                                Bytes(bytes), bytes.size()));
    if (key == nullptr) return Bad("no Ed25519 key");
    return PublicKey(type, 256, std::move(key));
  }
  if (bytes.size() > kMaxKeyBytes) return Bad("an RSA key that is too long");
  Key key = RsaFromDer(bytes);
  if (key == nullptr) return Bad("no RSA key");
  RETURN_IF_ERROR(CheckRsa(key.get(), kMinVerifyBits));
  const int bits = EVP_PKEY_get_bits(key.get());
  return PublicKey(type, bits, std::move(key));
}

bool PublicKey::Verify(absl::string_view digest,
                       absl::string_view signature) const {
  bool is_good = false;
  if (type_ == KeyType::kRsa) {
    const KeyContext context(
        EVP_PKEY_CTX_new_from_pkey(nullptr, key_.get(), nullptr));
    is_good =
        EVP_PKEY_verify_init(context.get()) == 1 &&
        EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_PKCS1_PADDING) == 1 &&
        EVP_PKEY_CTX_set_signature_md(context.get(), Md()) == 1 &&
        EVP_PKEY_verify(context.get(), Bytes(signature), signature.size(),
                        Bytes(digest), digest.size()) == 1;
  } else {
    const DigestContext context(EVP_MD_CTX_new());
    is_good =
        EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr,
                             key_.get()) == 1 &&
        EVP_DigestVerify(context.get(), Bytes(signature), signature.size(),
                         Bytes(digest), digest.size()) == 1;
  }
  if (!is_good) ERR_clear_error();
  return is_good;
}

PrivateKey::PrivateKey(KeyType type, int bits, std::shared_ptr<evp_pkey_st> key)
    : type_(type), bits_(bits), key_(std::move(key)) {}

absl::StatusOr<PrivateKey> Checked(std::shared_ptr<evp_pkey_st> key) {
  if (key == nullptr) return Bad("no private key that can be read");
  if (EVP_PKEY_is_a(key.get(), "ED25519")) {
    return PrivateKey(KeyType::kEd25519, 256, std::move(key));
  }
  if (!EVP_PKEY_is_a(key.get(), "RSA")) {
    return Bad("a private key that is neither RSA nor Ed25519");
  }
  RETURN_IF_ERROR(CheckRsa(key.get(), kMinSignBits));
  const int bits = EVP_PKEY_get_bits(key.get());
  return PrivateKey(KeyType::kRsa, bits, std::move(key));
}

absl::StatusOr<PrivateKey> PrivateKey::Parse(absl::string_view text) {
  if (absl::StrContains(text, "-----BEGIN")) return Checked(KeyFromPem(text));
  const std::optional<std::string> der = mail::Base64Value(text);
  if (!der) return Bad("neither PEM nor base64");
  return Checked(KeyFromDer(*der));
}

absl::StatusOr<PrivateKey> PrivateKey::Generate(KeyType type, int bits) {
  if (type == KeyType::kEd25519) {
    return Checked(Owned(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")));
  }
  if (bits < kMinSignBits || bits > kMaxBits) {
    return Bad(absl::StrCat("RSA keys have ", kMinSignBits, " to ", kMaxBits,
                            " bits"));
  }
  return Checked(Owned(
      EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", static_cast<size_t>(bits))));
}

absl::StatusOr<std::string> PrivateKey::Sign(absl::string_view digest) const {
  size_t size = static_cast<size_t>(EVP_PKEY_get_size(key_.get()));
  std::string signature(size, '\0');
  bool is_signed = false;
  if (type_ == KeyType::kRsa) {
    const KeyContext context(
        EVP_PKEY_CTX_new_from_pkey(nullptr, key_.get(), nullptr));
    is_signed =
        EVP_PKEY_sign_init(context.get()) == 1 &&
        EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_PKCS1_PADDING) == 1 &&
        EVP_PKEY_CTX_set_signature_md(context.get(), Md()) == 1 &&
        EVP_PKEY_sign(context.get(), Bytes(signature), &size, Bytes(digest),
                      digest.size()) == 1;
  } else {
    const DigestContext context(EVP_MD_CTX_new());
    is_signed = EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr,
                                   key_.get()) == 1 &&
                EVP_DigestSign(context.get(), Bytes(signature), &size,
                               Bytes(digest), digest.size()) == 1;
  }
  if (!is_signed) {
    ERR_clear_error();
    return absl::InternalError("the key does not sign");
  }
  signature.resize(size);
  return signature;
}

bool PublicKey::IsOf(const PrivateKey& key) const {
  return EVP_PKEY_eq(key_.get(), key.Public().key_.get()) == 1;
}

// OpenSSL takes the half that it needs.
PublicKey PrivateKey::Public() const { return PublicKey(type_, bits_, key_); }

std::string PrivateKey::PublicBytes() const {
  if (type_ == KeyType::kEd25519) {
    std::string bytes(kEd25519Bytes, '\0');
    size_t size = bytes.size();
    EVP_PKEY_get_raw_public_key(key_.get(), Bytes(bytes), &size);
    return bytes;
  }
  std::string der(static_cast<size_t>(i2d_PUBKEY(key_.get(), nullptr)), '\0');
  unsigned char* at = Bytes(der);
  i2d_PUBKEY(key_.get(), &at);
  return der;
}

std::string PrivateKey::ToPem() const {
  BIO* const bio = BIO_new(BIO_s_mem());
  PEM_write_bio_PKCS8PrivateKey(bio, key_.get(), nullptr, nullptr, 0, nullptr,
                                nullptr);
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  std::string pem(data, static_cast<size_t>(size));
  BIO_free(bio);
  return pem;
}

}  // namespace postern::dkim
