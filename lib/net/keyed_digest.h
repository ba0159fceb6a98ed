// HMAC-SHA-256, or -512: proves that who sends something knows a secret, and
// that it came as it was sent.
//
//   KeyedDigest digest(secret);
//   digest.Add(first);
//   digest.Add(rest);
//   if (!SameSecret(digest.Finish(), received)) …somebody else's…
//
// Source:  RFC 2104, FIPS 198-1.
// Threads: one at a time.

#ifndef POSTERN_LIB_NET_KEYED_DIGEST_H_
#define POSTERN_LIB_NET_KEYED_DIGEST_H_

#include <cstddef>
#include <memory>
#include <string>

#include "absl/strings/string_view.h"

namespace postern::net {

class KeyedDigest {
 public:
  enum class Hash { kSha256, kSha512 };
  static constexpr size_t kBytes = 32;  // Of SHA-256.

  explicit KeyedDigest(absl::string_view key, Hash hash = Hash::kSha256);
  KeyedDigest(KeyedDigest&&) noexcept;
  KeyedDigest& operator=(KeyedDigest&&) noexcept;
  ~KeyedDigest();

  void Add(absl::string_view bytes);

  // Returns the digest: 32 bytes, or 64. Once, and last.
  std::string Finish();

 private:
  class State;
  std::unique_ptr<State> state_;
};

// Returns the digest of `bytes` under `key`.
std::string KeyedDigestOf(absl::string_view key, absl::string_view bytes,
                          KeyedDigest::Hash hash = KeyedDigest::Hash::kSha256);

// Compares without telling by the time it takes where they differ.
bool SameSecret(absl::string_view a, absl::string_view b);

}  // namespace postern::net

#endif  // POSTERN_LIB_NET_KEYED_DIGEST_H_
