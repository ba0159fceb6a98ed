#include "greylistd/digest.h"

#include <openssl/evp.h>

#include <cassert>

#include "absl/strings/escaping.h"

namespace postern::greylistd {

std::string ShortDigest(absl::string_view text) {
  constexpr size_t kKeptBytes = 16;
  unsigned char hash[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  const int ok =
      EVP_Digest(text.data(), text.size(), hash, &size, EVP_sha256(), nullptr);
  assert(ok == 1 && size >= kKeptBytes);
  static_cast<void>(ok);
  return absl::BytesToHexString(
      {reinterpret_cast<const char*>(hash), kKeptBytes});
}

}  // namespace postern::greylistd
