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
  explicit State(absl::string_view key) : context_(EVP_MAC_CTX_new(Hmac())) {
    char digest[] = "SHA256";
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
    std::string digest(kBytes, '\0');
    size_t size = 0;
    Check(EVP_MAC_final(context_, reinterpret_cast<unsigned char*>(&digest[0]),
                        &size, digest.size()));
    assert(size == kBytes);
    return digest;
  }

 private:
  // It fails for want of memory, or in a machine without SHA-256.
  static void Check(int result) {
    assert(result == 1);
    (void)result;
  }

  EVP_MAC_CTX* const context_;
};

KeyedDigest::KeyedDigest(absl::string_view key)
    : state_(std::make_unique<State>(key)) {}
KeyedDigest::KeyedDigest(KeyedDigest&&) noexcept = default;
KeyedDigest& KeyedDigest::operator=(KeyedDigest&&) noexcept = default;
KeyedDigest::~KeyedDigest() = default;

void KeyedDigest::Add(absl::string_view bytes) { state_->Add(bytes); }

std::string KeyedDigest::Finish() { return state_->Finish(); }

std::string KeyedDigestOf(absl::string_view key, absl::string_view bytes) {
  KeyedDigest digest(key);
  digest.Add(bytes);
  return digest.Finish();
}

bool SameSecret(absl::string_view a, absl::string_view b) {
  return a.size() == b.size() &&
         CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace postern::net
