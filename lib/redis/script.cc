#include "lib/redis/script.h"

#include <openssl/evp.h>

#include <cassert>

#include "absl/strings/escaping.h"

namespace postern::redis {

Script::Script(Literal text) : text_(text.text()) {
  unsigned char hash[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  const int ok =
      EVP_Digest(text_.data(), text_.size(), hash, &size, EVP_sha1(), nullptr);
  assert(ok == 1);
  static_cast<void>(ok);
  digest_ = absl::BytesToHexString({reinterpret_cast<const char*>(hash), size});
}

}  // namespace postern::redis
