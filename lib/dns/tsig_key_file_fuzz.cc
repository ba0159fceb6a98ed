// The text of a key file: nothing crashes, and a key that comes out has a name
// and a secret.

#include <cassert>
#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"
#include "lib/dns/name.h"
#include "lib/dns/tsig_key_file.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto key = postern::dns::ParseTsigKeyFile(
      absl::string_view(reinterpret_cast<const char*>(data), size));
  assert(!key.ok() ||
         (postern::dns::IsDomainName(key->name) && !key->secret.empty()));
  return 0;
}
