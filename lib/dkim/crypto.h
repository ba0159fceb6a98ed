// The keys and digests of signatures; all of OpenSSL that DKIM uses is here.
//
//   ASSIGN_OR_RETURN(const PrivateKey key, PrivateKey::Parse(pem));
//   ASSIGN_OR_RETURN(const std::string signature, key.Sign(digest));
//   ASSIGN_OR_RETURN(const PublicKey public_key,
//                    PublicKey::FromBytes(key.type(), key.PublicBytes()));
//   public_key.Verify(digest, signature)   // true
//
// Both kinds of key sign a SHA-256 digest. There is no SHA-1.
//
// Source:  RFC 6376 section 3.3, RFC 8301 (no rsa-sha1; keys from 1024 bits),
//          RFC 8463 (Ed25519; the digest is the message).
// Errors:  InvalidArgument: a key that is none, or one that we do not use.
// Threads: keys are immutable and may be used by many threads.
// Limits:  RSA: 512 to 8192 bits for verifying (who verifies sets the real
//          minimum), 1024 to 8192 for signing; exponents that are odd, over 1
//          and of at most 64 bits (DK-01, DK-08).

#ifndef POSTERN_LIB_DKIM_CRYPTO_H_
#define POSTERN_LIB_DKIM_CRYPTO_H_

#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

struct evp_md_ctx_st;
struct evp_pkey_st;

namespace postern::dkim {

class Sha256 {
 public:
  static constexpr size_t kBytes = 32;

  Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;
  ~Sha256();

  void Add(absl::string_view bytes);

  // Returns one that has been given the same so far.
  Sha256 Copy() const;

  // Returns the kBytes bytes of the digest. Once, and last.
  std::string Finish();

 private:
  struct Free {
    void operator()(evp_md_ctx_st* context) const;
  };
  std::unique_ptr<evp_md_ctx_st, Free> context_;
};

std::string Sha256Of(absl::string_view bytes);

enum class KeyType { kRsa, kEd25519 };

// Returns the name of the type in a key record: "rsa", "ed25519".
absl::string_view KeyTypeName(KeyType type);
std::optional<KeyType> KeyTypeFromName(absl::string_view name);

class PublicKey {
 public:
  // Takes the bytes of p= of a key record: for RSA a SubjectPublicKeyInfo or an
  // RSAPublicKey in DER with nothing behind it, for Ed25519 the 32 bytes.
  static absl::StatusOr<PublicKey> FromBytes(KeyType type,
                                             absl::string_view bytes);

  KeyType type() const { return type_; }
  int bits() const { return bits_; }

  // Tells whether this is the public half of `key`.
  bool IsOf(const class PrivateKey& key) const;

  // Tells whether `signature` is that of `digest`.
  bool Verify(absl::string_view digest, absl::string_view signature) const;

 private:
  friend class PrivateKey;
  PublicKey(KeyType type, int bits, std::shared_ptr<evp_pkey_st> key);

  KeyType type_;
  int bits_;
  std::shared_ptr<evp_pkey_st> key_;
};

class PrivateKey {
 public:
  // Takes a key in PEM (PKCS#1 or PKCS#8, not encrypted), in base64 of the same
  // in DER, or in base64 of the 32 bytes of an Ed25519 key.
  static absl::StatusOr<PrivateKey> Parse(absl::string_view text);

  // Makes a new key; `bits` is for RSA.
  static absl::StatusOr<PrivateKey> Generate(KeyType type, int bits);

  KeyType type() const { return type_; }
  int bits() const { return bits_; }

  absl::StatusOr<std::string> Sign(absl::string_view digest) const;

  // Returns its public half.
  PublicKey Public() const;

  // Returns the public key as p= of a key record has it, without base64.
  std::string PublicBytes() const;

  // Returns the key as PKCS#8 in PEM, as opendkim-genkey writes it.
  std::string ToPem() const;

 private:
  friend absl::StatusOr<PrivateKey> Checked(std::shared_ptr<evp_pkey_st> key);
  PrivateKey(KeyType type, int bits, std::shared_ptr<evp_pkey_st> key);

  KeyType type_;
  int bits_;
  std::shared_ptr<evp_pkey_st> key_;
};

}  // namespace postern::dkim

#endif  // POSTERN_LIB_DKIM_CRYPTO_H_
