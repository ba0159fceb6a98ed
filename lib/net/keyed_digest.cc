#include "lib/net/keyed_digest.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <cassert>

namespace postern::net {
namespace {

const unsigned char* Bytes(absl::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

EVP_MAC* Hmac() {
  static EVP_MAC* const hmac = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
  return hmac;
}

}  // namespace

class KeyedDigest::State {
 public:
  State(absl::string_view key, Hash hash) : context_(EVP_MAC_CTX_new(Hmac())) {
    char sha256[] = "SHA256", sha512[] = "SHA512";
    char* const digest = hash == Hash::kSha256 ? sha256 : sha512;
    const OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
        OSSL_PARAM_construct_end()};
    Check(EVP_MAC_init(context_, Bytes(key), key.size(), parameters));
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() { EVP_MAC_CTX_free(context_); }

  void Add(absl::string_view bytes) {
    Check(EVP_MAC_update(context_, Bytes(bytes), bytes.size()));
  }

  std::string Finish() {
    size_t size = EVP_MAC_CTX_get_mac_size(context_);
    std::string digest(size, '\0');
    Check(EVP_MAC_final(context_, reinterpret_cast<unsigned char*>(&digest[0]),
                        &size, digest.size()));
    assert(size == digest.size());
    return digest;
  }

 private:
  // It fails for want of memory, or in a machine without the hash.
  static void Check(int result) {
    assert(result == 1);
    (void)result;
  }

  EVP_MAC_CTX* const context_;
};

KeyedDigest::KeyedDigest(absl::string_view key, Hash hash)
    : state_(std::make_unique<State>(key, hash)) {}
KeyedDigest::KeyedDigest(KeyedDigest&&) noexcept = default;
KeyedDigest& KeyedDigest::operator=(KeyedDigest&&) noexcept = default;
KeyedDigest::~KeyedDigest() = default;

void KeyedDigest::Add(absl::string_view bytes) { state_->Add(bytes); }

std::string KeyedDigest::Finish() { return state_->Finish(); }

std::string KeyedDigestOf(absl::string_view key, absl::string_view bytes,
                          KeyedDigest::Hash hash) {
  KeyedDigest digest(key, hash);
  digest.Add(bytes);
  return digest.Finish();
}

bool SameSecret(absl::string_view a, absl::string_view b) {
  return a.size() == b.size() &&
         CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace postern::net
